"""Objects by S3: put, read, copied, deleted one by one or many at a time."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from urllib.parse import unquote

from msgspec.structs import replace

from stacklab.core import pagecache
from stacklab.core.errors import BadRequest, NotFound
from stacklab.http import conditional, files
from stacklab.http.reply import Reply
from stacklab.http.routes import Asgi
from stacklab.objects import content, copying, metadata, objects, rights, version_ids, versioning
from stacklab.objects.api import places
from stacklab.objects.content import Found, Shown
from stacklab.objects.model import Entry
from stacklab.objects.objects import New
from stacklab.objects.s3 import body
from stacklab.objects.s3.buckets import version_header
from stacklab.objects.s3.call import Call, answer, missing
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.listings import S3_ETAG, etag, iso
from stacklab.objects.s3.uploads import replacing
from stacklab.objects.s3.xml import Node

_OVERRIDES = ("cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires")
_TOLD = frozenset({"cache-control", "content-disposition", "content-encoding", "content-language", "expires"})
_META, _OURS = "x-amz-meta-", "x-object-meta-"
_BLOCK = 128 << 10


def described(call: Call) -> New:
    """What the headers of an upload say of the object. Raises S3Error, BadRequest."""
    headers = call.request.headers
    kept = {name: value for name, value in headers.items() if name in _TOLD or name == "content-type"}
    if "content-encoding" in kept:
        codings = [part.strip() for part in kept["content-encoding"].split(",")]
        kept["content-encoding"] = ",".join(coding for coding in codings if coding and coding != "aws-chunked")
    for name, value in headers.items():
        if name.startswith(_META):
            kept[_OURS + name.removeprefix(_META)] = value
    if headers.get("x-amz-storage-class", "STANDARD") != "STANDARD":
        raise S3Error("InvalidRequest", "The storage class you specified is not valid.")
    for name in ("x-amz-server-side-encryption", "x-amz-tagging", "x-amz-object-lock-mode", "if-match"):
        if name in headers:
            raise S3Error("NotImplemented", f"{name} is not supported.")
    if headers.get("if-none-match", "*") != "*":
        raise S3Error("NotImplemented", "If-None-Match knows * alone.")
    new = objects.described({**kept, "if-none-match": headers.get("if-none-match", "")}, call.key)
    return replace(new, etag=body.content_md5(call.request), reseller=rights.is_reseller(call.opened.caller))


def check_length(call: Call) -> None:
    """Raises S3Error before a byte is taken in."""
    headers = call.request.headers
    length = headers.get("x-amz-decoded-content-length" if body.streaming(call.request) else "content-length", "")
    if not (length.isascii() and length.isdecimal()):
        raise S3Error("MissingContentLength")
    if int(length[:18]) > metadata.LIMITS["max_file_size"]:
        raise S3Error("EntityTooLarge")


async def create(call: Call) -> Reply:
    if "x-amz-copy-source" in call.request.headers:
        return await copy(call)
    holder, new = call.holder("PUT"), described(call)
    check_length(call)
    metadata.check_object_name(call.key)
    chunks = body.opened(call.request, call.signed, call.opened.key)
    entry = await objects.put(call.service, holder, call.key, chunks, new, replacing)
    return Reply(200, None, {"etag": f'"{entry.etag}"', **version_header(holder, entry)})


def look(call: Call, bucket: str, key: str, version_id: str, method: str = "GET") -> Found:
    """An object, or one version of it, where the caller may read it. Raises S3Error."""
    there, holder = call.place(method, bucket, key), call.holder(method, bucket, key)
    try:
        entry = versioning.find(holder, key, version_id) if version_id else objects.find(holder, key)
    except NotFound as gone:
        marker = {"x-amz-delete-marker": "true"} if gone.headers.get("content-type") == version_ids.DELETED else {}
        code = "NoSuchVersion" if version_id and not marker else "NoSuchKey"
        raise S3Error(code, headers=marker, Key=key, VersionId=version_id) from None
    except BadRequest:
        raise S3Error("InvalidArgument", "Invalid version id specified", ArgumentName="versionId") from None
    return content.follow(call.service, call.request, Found(there.account, holder, entry))


async def show(call: Call) -> Reply | Asgi:
    """GET and HEAD; with partNumber one part of what was uploaded in parts."""
    request, version_id = call.request, call.request.query.get("versionId") or ""
    if "partNumber" in request.query:
        request.query.pairs.append(("part-number", request.query.get("partNumber") or ""))
    for _ in range(3):  # a version may be put in another's place between its row and its file
        found = look(call, call.bucket, call.key, version_id)
        shown = await content.show(call.service, request, found)
        try:
            return await _sent(call, shown)
        except FileNotFoundError:
            continue
    raise missing(call, version_id)


async def _sent(call: Call, shown: Shown) -> Asgi:
    entry, query = shown.entry, call.request.query
    tag = etag(entry) if S3_ETAG in entry.metadata else shown.etag
    told = {name: value for name, value in shown.told.items() if name in _TOLD}
    told |= {_META + name.removeprefix(_OURS): value for name, value in shown.told.items() if name.startswith(_OURS)}
    told |= {"etag": f'"{tag}"', "last-modified": places.http_date(entry.modified)}
    told |= version_header(shown.holder, entry)
    if "x-parts-count" in shown.told:
        told["x-amz-mp-parts-count"] = shown.told["x-parts-count"]
    media = shown.media
    for name in _OVERRIDES:
        said = query.get(f"response-{name}")
        if said is not None and said.isprintable():
            told[name] = said
    media = told.pop("content-type", media)
    modified = places.whole_second(entry.modified)
    return await files.answer(call.request, shown.opening, shown.size, told, media, tag, modified)


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
    shown = await content.show(call.service, call.request, found)
    new = replace(described(call), etag="")
    if directive == "COPY":
        kept = {name: value for name, value in found.entry.metadata.items() if name in _TOLD or name.startswith(_OURS)}
        new = replace(new, metadata=kept, media=found.entry.media)
    if found.entry.kind:
        made = await objects.put(call.service, holder, call.key, read(shown, 0, shown.size), new, replacing)
    else:
        made = await copying.copy(call.service, found.holder, found.entry, holder, call.key, new, replacing)
    nodes: list[Node] = [("LastModified", iso(made.modified)), ("ETag", f'"{made.etag}"')]
    told = version_header(holder, made)
    if version_id:
        told["x-amz-copy-source-version-id"] = version_id
    return answer("CopyObjectResult", nodes, told)


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
