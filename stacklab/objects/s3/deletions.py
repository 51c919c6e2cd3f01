"""Deleting objects and versions, one by one or many at a time; the parts they were made of go with them."""

import asyncio
from functools import partial
from xml.etree.ElementTree import Element

from stacklab.core import clock
from stacklab.core.db.database import transaction
from stacklab.core.db.synced import synced
from stacklab.core.db.together import together
from stacklab.core.errors import BadRequest, Failure, NotFound
from stacklab.http.reply import Reply
from stacklab.objects import model, one_version, version_ids, versioning, versions
from stacklab.objects.model import Container, Entry
from stacklab.objects.s3 import errors, uploads
from stacklab.objects.s3.call import Call, answer
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.listings import MOST
from stacklab.objects.s3.objects import no_version
from stacklab.objects.s3.xml import Node
from stacklab.objects.versioning import Gone

_AT_ONCE = 50  # objects that one transaction deletes


async def delete(call: Call) -> Reply:
    """204 also where there is nothing, as S3 has it."""
    holder, version_id = call.holder("DELETE"), call.request.query.get("versionId") or ""
    gone, told = await together(partial(_remove, holder, call.key, version_id))
    call.service.store.remove([gone.file])
    return Reply(204, None, told)


def _remove(holder: Container, key: str, version_id: str) -> tuple[Gone, dict[str, str]]:
    """What went, and the headers that tell of it. Raises NotFound without the container, S3Error."""
    try:
        with transaction():
            there = model.container_by_id(holder.id)
            if there is None:
                raise NotFound("")
            before = _row(there, key, version_id)
            if version_id:
                gone = one_version.delete(there, key, version_id)
                _restore(there, key)
            else:
                gone = versioning.delete(there, key, clock.unique())
            if before and before.file and gone.file == before.file:
                uploads.release(there, before)
    except BadRequest:
        raise no_version(holder, key, version_id) from None
    marker = not version_id or (before is not None and before.kind == versions.DELETED)
    told = {"x-amz-version-id": gone.version_id, **({"x-amz-delete-marker": "true"} if marker else {})}
    return gone, told if gone.version_id else {}


def _row(there: Container, key: str, version_id: str) -> Entry | None:
    """What is to go. Raises BadRequest."""
    current = model.entry(there.id, key)
    wanted = version_ids.read(version_id) if version_id else None
    if wanted is None or (current and current.version == wanted):
        return current
    return versions.get(there.id, key, wanted)


def _restore(there: Container, key: str) -> None:
    """A version is the object again once nothing is newer: no other, and no marker of a deletion."""
    if model.entry(there.id, key):
        return
    newest = versions.page(there.id, key, (key, versions.ABOVE_ALL), key + "\0", 1)
    if newest and newest[0][0].kind != versions.DELETED:
        one_version.restore(there, key, version_ids.written(newest[0][0].version))


async def delete_many(call: Call) -> Reply:
    """A thousand at most: some of them in one transaction, all of them in one sync of the disk."""
    found = await call.xml("Delete")
    wanted = [_named(one) for one in found.findall("./Object")]
    if not wanted or len(wanted) > MOST:
        raise S3Error("MalformedXML")
    quiet = (found.findtext("Quiet") or "").lower() == "true"
    holder = call.holder("DELETE", key=wanted[0][0])
    nodes, files = list[Node](), list[str]()
    for start in range(0, len(wanted), _AT_ONCE):
        with transaction():
            nodes += [_one(call, holder, *one, files) for one in wanted[start : start + _AT_ONCE]]
        await asyncio.sleep(0)
    await synced()
    call.service.store.remove(files)
    return answer("DeleteResult", [node for node in nodes if node[0] == "Error" or not quiet])


def _named(one: Element) -> tuple[str, str]:
    key = one.findtext("Key") or ""
    if not key:
        raise S3Error("UserKeyMustBeSpecified")
    return key, one.findtext("VersionId") or ""


def _one(call: Call, holder: Container, key: str, version_id: str, files: list[str]) -> Node:
    named: list[Node] = [("Key", key), *([("VersionId", version_id)] if version_id else [])]
    try:
        gone, told = _remove(holder, key, version_id)
    except Failure as failure:
        error = errors.translated(failure, call.bucket, key)
        return ("Error", [*named, ("Code", error.kind), ("Message", error.message)])
    files.append(gone.file)
    if "x-amz-delete-marker" in told:
        named += [("DeleteMarker", "true"), ("DeleteMarkerVersionId", told["x-amz-version-id"])]
    return ("Deleted", named)
