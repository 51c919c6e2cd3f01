"""GetObjectAttributes: what is known of an object without its bytes, only what is asked for."""

from stacklab.http.reply import Reply
from stacklab.objects import large
from stacklab.objects.api import places
from stacklab.objects.content import Found
from stacklab.objects.s3 import checksums, uploads
from stacklab.objects.s3.buckets import version_header
from stacklab.objects.s3.call import Call, answer
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.listings import MOST, S3_ETAG, boolean, etag
from stacklab.objects.s3.objects import look
from stacklab.objects.s3.xml import Node

_HEADER = "x-amz-object-attributes"
_KNOWN = ("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize")


async def show(call: Call) -> Reply:
    """Raises S3Error for attributes that are none."""
    wanted = [name.strip() for name in call.request.headers.get(_HEADER, "").split(",") if name.strip()]
    if not wanted or any(name not in _KNOWN for name in wanted):
        raise S3Error("InvalidArgument", "Invalid attribute name specified.", ArgumentName=_HEADER)
    found = look(call, call.bucket, call.key, call.request.query.get("versionId") or "")
    nodes: list[Node] = []
    if "ETag" in wanted:
        nodes.append(("ETag", etag(found.entry)))
    if "Checksum" in wanted and (checksum := checksums.of(found.entry)):
        nodes.append(("Checksum", checksum.nodes))
    if "ObjectParts" in wanted and S3_ETAG in found.entry.metadata:
        nodes.append(("ObjectParts", _parts(call, found)))
    if "StorageClass" in wanted:
        nodes.append(("StorageClass", "STANDARD"))
    if "ObjectSize" in wanted:
        nodes.append(("ObjectSize", str(large.size_of(found.entry))))
    told = {"last-modified": places.http_date(found.entry.modified), **version_header(found.holder, found.entry)}
    return answer("GetObjectAttributesOutput", nodes, told)


def _parts(call: Call, found: Found) -> list[Node]:
    """How many there are, and a page of them where they have checksums, as at Amazon."""
    count = found.entry.metadata[S3_ETAG].rpartition("-")[2]
    checksum = checksums.of(found.entry)
    if checksum is None or checksum.kind != checksums.COMPOSITE:
        return [("PartsCount", count)]
    most, after = min(_whole(call, "x-amz-max-parts", MOST), MOST), _whole(call, "x-amz-part-number-marker", 0)
    there = uploads.parts_of(found.holder, found.entry, after, most + 1)
    page = there[:most]
    nodes: list[Node] = [("PartsCount", count), ("PartNumberMarker", str(after)), ("MaxParts", str(most))]
    nodes.append(("NextPartNumberMarker", str(uploads.number(page[-1]) if page else 0)))
    nodes.append(("IsTruncated", boolean(len(there) > most)))
    for part in page:
        own = checksums.of(part)
        about: list[Node] = [("PartNumber", str(uploads.number(part))), ("Size", str(part.size))]
        nodes.append(("Part", [*about, *(own.nodes[:1] if own else [])]))
    return nodes


def _whole(call: Call, header: str, default: int) -> int:
    """Raises S3Error for what is no count."""
    said = call.request.headers.get(header, str(default))
    if not (said.isascii() and said.isdecimal()):
        raise S3Error("InvalidArgument", ArgumentName=header, ArgumentValue=said)
    return min(int(said[:9]), uploads.MOST_PARTS)
