"""Copies: what x-amz-copy-source names, on which conditions, and the bytes of it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from urllib.parse import unquote

from msgspec.structs import replace

from stacklab.core import pagecache
from stacklab.http import conditional
from stacklab.http.reply import Reply
from stacklab.objects import content, copying, metadata, objects
from stacklab.objects.api import places
from stacklab.objects.content import Found, Shown
from stacklab.objects.model import Container, Entry
from stacklab.objects.objects import New
from stacklab.objects.s3 import body, checksums
from stacklab.objects.s3.buckets import version_header
from stacklab.objects.s3.call import Call, answer
from stacklab.objects.s3.checksums import FULL, Checksum
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.listings import etag, iso
from stacklab.objects.s3.objects import KEPT, META, described, look
from stacklab.objects.s3.uploads import replacing
from stacklab.objects.s3.xml import Node

_BLOCK = 128 << 10


def source(call: Call) -> tuple[str, str, str]:
    """Bucket, key and version id of x-amz-copy-source. Raises S3Error."""
    path, _, query = call.request.headers["x-amz-copy-source"].partition("?")
    bucket, slash, key = unquote(path).lstrip("/").partition("/")
    name, _, version_id = query.partition("=")
    if not (bucket and slash and key) or (query and name != "versionId"):
        raise S3Error("InvalidArgument", ArgumentName="x-amz-copy-source", ArgumentValue=path)
    return bucket, key, version_id


def check_source(headers: Mapping[str, str], found: Entry) -> None:
    """The conditions of a copy. Raises S3Error."""
    mark = "x-amz-copy-source-"
    asked = {name.removeprefix(mark): value for name, value in headers.items() if name.startswith(f"{mark}if-")}
    if conditional.unchanged("GET", asked, etag(found), places.whole_second(found.modified)):
        raise S3Error("PreconditionFailed")


async def copy(call: Call) -> Reply:
    bucket, key, version_id = source(call)
    directive = call.request.headers.get("x-amz-metadata-directive", "COPY")
    if directive not in ("COPY", "REPLACE"):
        raise S3Error("InvalidArgument", "Unknown metadata directive.")
    found, holder = look(call, bucket, key, version_id), call.holder("PUT")
    check_source(call.request.headers, found.entry)
    if (bucket, key) == (call.bucket, call.key) and directive == "COPY" and not version_id:
        words = "This copy request is illegal because it copies an object to itself without changing its metadata."
        raise S3Error("InvalidRequest", words)
    metadata.check_object_name(call.key)
    new = replace(described(call), etag="")
    if directive == "COPY":
        kept = {name: value for name, value in found.entry.metadata.items() if name in KEPT or name.startswith(META)}
        new = replace(new, metadata=kept, media=found.entry.media)
    made, checksum = await _copied(call, found, holder, new)
    nodes: list[Node] = [("LastModified", iso(made.modified)), ("ETag", f'"{made.etag}"')]
    told = version_header(holder, made)
    if version_id:
        told["x-amz-copy-source-version-id"] = version_id
    return answer("CopyObjectResult", [*nodes, *(checksum.nodes if checksum else [])], told)


async def _copied(call: Call, found: Found, holder: Container, new: New) -> tuple[Entry, Checksum | None]:
    """Without moving bytes where they are in one file and nothing new is to be told of them."""
    had, (asked, _) = checksums.of(found.entry), checksums.wanted(call.request.headers)
    name = asked or (had.name if had else "")
    if not found.entry.kind and (had is None or had.kind == FULL) and name == (had.name if had else ""):
        new = replace(new, metadata={**new.metadata, **checksums.kept(had)})
        return await copying.copy(call.service, found.holder, found.entry, holder, call.key, new, replacing), had
    shown = await content.show(call.service, call.request, found)
    incoming = body.summed(read(shown, 0, shown.size), name)
    writes = checksums.keeping(incoming.sum, replacing)
    made = await objects.put(call.service, holder, call.key, incoming.chunks, new, writes)
    return made, checksums.ended(incoming.sum)


async def read(shown: Shown, first: int, count: int) -> AsyncIterator[bytes]:
    """The bytes of an object, block by block."""
    if not count:
        return
    opened = await shown.opening()
    try:
        async with aclosing(opened.pieces(first, count)) as pieces:  # type: ignore[type-var]
            async for file, offset, size in pieces:
                at, end = offset, offset + size
                while at < end:
                    block = await pagecache.read(file, at, min(_BLOCK, end - at))
                    at += len(block)
                    yield bytes(block)
    finally:
        opened.close()
