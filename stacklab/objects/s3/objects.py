"""Objects by S3: put and read."""

from msgspec.structs import replace

from stacklab.core.errors import BadRequest, NotFound
from stacklab.http import files
from stacklab.http.reply import Reply
from stacklab.http.routes import Asgi
from stacklab.objects import content, metadata, objects, rights, version_ids, versioning
from stacklab.objects.api import places
from stacklab.objects.content import Found, Shown
from stacklab.objects.objects import New
from stacklab.objects.s3 import acls, body, checksums
from stacklab.objects.s3.buckets import version_header
from stacklab.objects.s3.call import Call, missing
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.listings import S3_ETAG, etag
from stacklab.objects.s3.uploads import replacing

_OVERRIDES = ("cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires")
KEPT = frozenset({"cache-control", "content-disposition", "content-encoding", "content-language", "expires"})
_META, META = "x-amz-meta-", "x-object-meta-"


def described(call: Call) -> New:
    """What the headers of an upload say of the object. Raises S3Error, BadRequest."""
    headers = call.request.headers
    kept = {name: value for name, value in headers.items() if name in KEPT or name == "content-type"}
    if "content-encoding" in kept:
        codings = [part.strip() for part in kept["content-encoding"].split(",")]
        kept["content-encoding"] = ",".join(coding for coding in codings if coding and coding != "aws-chunked")
    for name, value in headers.items():
        if name.startswith(_META):
            kept[META + name.removeprefix(_META)] = value
    acls.canned(headers)  # objects have none of their own: what is said is the bucket's to grant
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
    holder, new = call.holder("PUT"), described(call)
    check_length(call)
    metadata.check_object_name(call.key)
    incoming = body.opened(call.request, call.signed, call.opened.key)
    writes = checksums.keeping(incoming.sum, replacing)
    entry = await objects.put(call.service, holder, call.key, incoming.chunks, new, writes)
    told = {**version_header(holder, entry), **checksums.told(incoming.sum)}
    return Reply(200, None, {"etag": f'"{entry.etag}"', **told})


def look(call: Call, bucket: str, key: str, version_id: str, method: str = "GET") -> Found:
    """An object, or one version of it, where the caller may read it. Raises S3Error."""
    there, holder = call.within(method, bucket, key)
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
    told = {name: value for name, value in shown.told.items() if name in KEPT}
    told |= {_META + name.removeprefix(META): value for name, value in shown.told.items() if name.startswith(META)}
    told |= {"etag": f'"{tag}"', "last-modified": places.http_date(entry.modified)}
    told |= version_header(shown.holder, entry)
    if _wants_checksum(call) and (checksum := checksums.of(entry)):
        told |= checksum.headers
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


def _wants_checksum(call: Call) -> bool:
    """A part or a range has another checksum than the whole."""
    headers = call.request.headers
    mode = headers.get("x-amz-checksum-mode", "").upper()
    return mode == "ENABLED" and "range" not in headers
