"""Objects by S3: put and read."""

from msgspec.structs import replace

from stacklab.core.errors import BadRequest, Conflict, NotFound
from stacklab.http import conditional, files
from stacklab.http.number import whole
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.objects import content, metadata, objects, one_version, rights, version_ids, versioning
from stacklab.objects.api import places
from stacklab.objects.content import Found, Shown
from stacklab.objects.model import Container, Entry
from stacklab.objects.objects import New
from stacklab.objects.s3 import acls, body, checksums
from stacklab.objects.s3.buckets import version_header
from stacklab.objects.s3.call import Call, missing
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.listings import S3_ETAG, etag
from stacklab.objects.s3.uploads import MOST_PARTS, replacing

_OVERRIDES = ("cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires")
KEPT = frozenset({"cache-control", "content-disposition", "content-encoding", "content-language", "expires"})
_MEDIA = "binary/octet-stream"  # of what the client says nothing of, whatever its name
_TRIES = 3  # a version may be put in another's place between its row and its file, or its parts
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
    kept["content-type"] = kept.get("content-type") or _MEDIA
    if headers.get("x-amz-storage-class", "STANDARD") != "STANDARD":
        raise S3Error("InvalidStorageClass")
    for name in ("x-amz-server-side-encryption", "x-amz-tagging", "x-amz-object-lock-mode", "if-match"):
        if name in headers:
            raise S3Error("NotImplemented", f"{name} is not supported.")
    if headers.get("if-none-match", "*") != "*":
        raise S3Error("NotImplemented", "If-None-Match knows * alone.")
    new = objects.described({**kept, "if-none-match": headers.get("if-none-match", "")}, call.key)
    return replace(new, etag=body.content_md5(call.request), reseller=rights.is_reseller(call.opened.caller))


def check_length(call: Call) -> int:
    """The bytes of the body. Raises S3Error before one is taken in."""
    headers = call.request.headers
    length = headers.get("x-amz-decoded-content-length" if body.streaming(call.request) else "content-length", "")
    number = whole(length)
    if number is None or number < 0:
        raise S3Error("MissingContentLength")
    if number > metadata.LIMITS["max_file_size"]:
        raise S3Error("EntityTooLarge")
    return number


async def create(call: Call) -> Reply:
    (there, holder), new = call.within("PUT", call.bucket, call.key), described(call)
    call.service.room.require(there.account, holder, call.key, check_length(call), new.reseller)
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
        entry = one_version.find(holder, key, version_id) if version_id else objects.find(holder, key)
    except NotFound as gone:
        marker = {"x-amz-delete-marker": "true"} if gone.headers.get("content-type") == version_ids.DELETED else {}
        code = "NoSuchVersion" if version_id and not marker else "NoSuchKey"
        raise S3Error(code, headers=marker, Key=key, VersionId=version_id) from None
    except BadRequest:
        raise no_version(holder, key, version_id) from None
    return content.follow(call.service, call.request, Found(there.account, holder, entry))


def no_version(holder: Container, key: str, version_id: str) -> S3Error:
    """Of an id that is none, or of a bucket that never had versions."""
    if versioning.ENABLED in holder.metadata:
        return S3Error("InvalidArgument", "Invalid version id specified", ArgumentName="versionId")
    return S3Error("NoSuchVersion", Key=key, VersionId=version_id)


async def show(call: Call) -> Reply | Asgi:
    """GET and HEAD; with partNumber one part of what was uploaded in parts."""
    request, version_id = call.request, call.request.query.get("versionId") or ""
    number = request.query.get("partNumber")
    for attempt in range(_TRIES):
        found = look(call, call.bucket, call.key, version_id)
        if number is not None:
            _select(request, number, found.entry, first=attempt == 0)
        try:
            shown = await content.show(call.service, request, found)
            return await _sent(call, shown)
        except FileNotFoundError:
            continue
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise missing(call, version_id)


def _select(request: Request, number: str, entry: Entry, first: bool) -> None:
    """A part is a range; what was put whole has one. `first`: a range is the client's own. Raises S3Error."""
    if first and "range" in request.headers:
        raise S3Error("InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
    at = whole(number)
    if at is None or not 1 <= at <= MOST_PARTS:
        words = f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive"
        raise S3Error("InvalidArgument", words, ArgumentName="partNumber", ArgumentValue=number)
    parts = int(entry.metadata[S3_ETAG].rpartition("-")[2]) if S3_ETAG in entry.metadata else 1
    if at > parts:
        raise S3Error("InvalidPartNumber", ActualPartCount=str(parts), PartNumberRequested=number)
    if S3_ETAG in entry.metadata:
        request.query.pairs.append(("part-number", number))
    elif entry.size:
        request.headers["range"] = "bytes=0-"


async def _sent(call: Call, shown: Shown) -> Asgi:
    entry, query = shown.entry, call.request.query
    tag = etag(entry) if S3_ETAG in entry.metadata else shown.etag
    told = {name: value for name, value in shown.told.items() if name in KEPT}
    told |= {_META + name.removeprefix(META): value for name, value in shown.told.items() if name.startswith(META)}
    told |= {"etag": f'"{tag}"', "last-modified": places.http_date(entry.modified)}
    told |= version_header(shown.holder, entry)
    modified = places.whole_second(entry.modified)
    if (checksum := checksums.of(entry)) and _wants_checksum(call.request, tag, modified):
        told |= checksum.headers
    if "x-parts-count" in shown.told:
        told["x-amz-mp-parts-count"] = shown.told["x-parts-count"]
    media = shown.media
    for name in _OVERRIDES:
        said = query.get(f"response-{name}")
        if said is not None and said.isprintable():
            told[name] = said.encode().decode("latin-1")  # as UTF-8 on the wire
    media = told.pop("content-type", media)
    # HEAD tells of one range what GET sends, where Swift's has the whole.
    part = "partNumber" in query or "," not in call.request.headers.get("range", ",")
    return await files.answer(call.request, shown.opening, shown.size, told, media, tag, modified, part)


def _wants_checksum(request: Request, tag: str, modified: int) -> bool:
    """Not with a part or a range, which has another, nor where no bytes come. Raises PreconditionFailed."""
    if request.headers.get("x-amz-checksum-mode", "").upper() != "ENABLED" or "range" in request.headers:
        return False
    return not conditional.unchanged(request.method, request.headers, tag, modified)
