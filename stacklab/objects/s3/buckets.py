"""Buckets: listed, made, looked at, deleted; their location and versioning."""

from functools import partial

from stacklab.core.db.database import transaction
from stacklab.core.db.synced import synced
from stacklab.core.db.together import together
from stacklab.core.errors import Conflict, Forbidden
from stacklab.http.reply import Reply
from stacklab.objects import accounts, containers, model, rights, versioning, versions
from stacklab.objects.model import Container
from stacklab.objects.s3 import acls, uploads, xml
from stacklab.objects.s3.call import Call, answer, is_bucket, owner
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.keys import REGION
from stacklab.objects.s3.listings import iso
from stacklab.objects.s3.xml import Node

_MOST = 10_000


async def index(call: Call) -> Reply:
    call.place("GET")
    found = model.containers("WHERE account = ? ORDER BY name LIMIT ?", (call.account, _MOST))
    shown: list[Node] = [
        ("Bucket", [("Name", one.name), ("CreationDate", iso(one.created_at))]) for one in found if is_bucket(one.name)
    ]
    return answer("ListAllMyBucketsResult", [owner(call), ("Buckets", shown)])


async def create(call: Call) -> Reply:
    headers = acls.asked(call) or {}
    await _check_location(call)
    there = call.place("PUT")
    if there.container:
        raise S3Error("BucketAlreadyOwnedByYou", BucketName=call.bucket)
    reseller = rights.is_reseller(call.opened.caller)
    try:
        containers.put(call.account, call.bucket, headers, there.owner, call.service.room, reseller)
    except Forbidden as full:
        raise S3Error("TooManyBuckets", full.message) from None
    await synced()
    return Reply(200, None, {"location": f"/{call.bucket}"})


async def _check_location(call: Call) -> None:
    raw = await call.bytes()
    if not raw.strip():
        return
    try:
        found = xml.parse(raw, "CreateBucketConfiguration")
    except xml.Malformed:
        raise S3Error("MalformedXML") from None
    said = found.findtext("LocationConstraint") or ""
    if said not in ("", "us-east-1", call.service.settings.node.region):
        raise S3Error("InvalidLocationConstraint", LocationConstraint=said)


async def head(call: Call) -> Reply:
    call.holder("HEAD")
    return Reply(200, None, {REGION: call.service.settings.node.region})


async def delete(call: Call) -> Reply:
    """The parts of uploads that are under way go too, as with s3api."""
    await together(partial(_delete, call.holder("DELETE")))
    return Reply(204)


def _delete(holder: Container) -> None:
    try:
        with transaction():
            containers.delete(holder)
            if aside := uploads.companion(holder):
                accounts.discard(aside)
    except Conflict:
        raise S3Error("BucketNotEmpty") from None


async def location(call: Call) -> Reply:
    call.holder("HEAD")
    region = call.service.settings.node.region
    return Reply(200, xml.document("LocationConstraint", []).replace(b"></", f">{region}</".encode()), {},
                 "application/xml")  # fmt: skip


async def tagging(call: Call) -> Reply:
    """Nothing here has tags."""
    if call.key and model.entry(call.holder("HEAD").id, call.key) is None:
        raise S3Error("NoSuchKey", Key=call.key)
    call.holder("HEAD", key="")
    return answer("Tagging", [("TagSet", [])])


async def logging(call: Call) -> Reply:
    """Nothing is logged into buckets."""
    call.holder("HEAD")
    return answer("BucketLoggingStatus", [])


async def object_lock(call: Call) -> Reply:
    call.holder("HEAD")
    raise S3Error("ObjectLockConfigurationNotFoundError", BucketName=call.bucket)


async def versioned(call: Call) -> Reply:
    holder = call.holder("HEAD")
    said = holder.said(versioning.ENABLED)
    status: list[Node] = [("Status", "Enabled" if said == "True" else "Suspended")] if said else []
    return answer("VersioningConfiguration", status)


async def set_versioned(call: Call) -> Reply:
    found = await call.xml("VersioningConfiguration")
    status = found.findtext("Status")
    if status not in ("Enabled", "Suspended"):
        raise S3Error("MalformedXML")
    there, holder = call.within("POST")
    containers.update(holder, {versioning.ENABLED: str(status == "Enabled")}, there.owner)
    await synced()
    return Reply(200)


def version_header(holder: Container, entry: model.Entry) -> dict[str, str]:
    if versioning.ENABLED not in holder.metadata:
        return {}
    if versioning.enabled(holder) and not versions.has_id(entry):
        entry = versions.marked(entry) if entry.file else entry
    return {"x-amz-version-id": versions.id_of(entry)}
