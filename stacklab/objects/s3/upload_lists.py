"""Pages of the uploads under way in a bucket, and of the parts of one."""

from collections.abc import Callable

from stacklab.http.reply import Reply
from stacklab.objects.listing import successor
from stacklab.objects.model import Container, Entry
from stacklab.objects.s3 import checksums, folding, uploads
from stacklab.objects.s3.call import Call, answer, owner
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.folding import LAST, Rows
from stacklab.objects.s3.listings import boolean, encoder, iso, whole
from stacklab.objects.s3.multipart import find
from stacklab.objects.s3.uploads import MOST_PARTS, Upload
from stacklab.objects.s3.xml import Node


async def parts(call: Call) -> Reply:
    upload, shown, most = find(call, "GET").upload, encoder(call), whole(call, "max-parts")
    said = call.request.query.get("part-number-marker") or "0"
    if not (said.isascii() and said.isdecimal()):
        raise S3Error("InvalidArgument", ArgumentName="part-number-marker", ArgumentValue=said)
    there = uploads.parts(upload, min(int(said[:9]), MOST_PARTS), most + 1)
    page, more = there[:most], len(there) > most
    nodes: list[Node] = [("Bucket", call.bucket), ("Key", shown(call.key)), ("UploadId", upload.id)]
    nodes += [("Initiator", owner(call)[1]), owner(call), ("StorageClass", "STANDARD"), ("PartNumberMarker", said)]
    last = uploads.number(page[-1]) if page else 0
    nodes += [("NextPartNumberMarker", str(last)), ("MaxParts", str(most)), ("IsTruncated", boolean(more))]
    nodes += _sums(upload) + [("Part", _part(entry)) for entry in page]
    return answer("ListPartsResult", nodes)


def _sums(upload: Upload) -> list[Node]:
    if not upload.sums:
        return []
    return [("ChecksumAlgorithm", upload.sums.upper()), ("ChecksumType", upload.sums_kind)]


def _part(entry: Entry) -> list[Node]:
    told: list[Node] = [("PartNumber", str(uploads.number(entry))), ("LastModified", iso(entry.modified))]
    checksum = checksums.of(entry)
    told += [("ETag", f'"{entry.etag}"'), ("Size", str(entry.size))]
    return [*told, *(checksum.nodes[:1] if checksum else [])]


async def index(call: Call) -> Reply:
    """The uploads under way in a bucket."""
    aside = uploads.companion(call.holder("GET"))
    query, shown, most = call.request.query, encoder(call), whole(call, "max-uploads")
    prefix, delimiter = query.get("prefix") or "", query.get("delimiter") or ""
    key, marker = query.get("key-marker") or "", query.get("upload-id-marker") or ""
    found = _uploads(aside, prefix, delimiter, (key, marker), most + 1) if most else []
    more, found = len(found) > most, found[:most]
    nodes: list[Node] = [("Bucket", call.bucket), ("KeyMarker", shown(key)), ("UploadIdMarker", marker)]
    if more:
        last = found[-1]
        nodes.append(("NextKeyMarker", shown(last if isinstance(last, str) else last.name)))
        nodes.append(("NextUploadIdMarker", "" if isinstance(last, str) else last.id))
    nodes += [("Prefix", shown(prefix)), *([("Delimiter", shown(delimiter))] if delimiter else [])]
    nodes += [("EncodingType", encoding)] if (encoding := query.get("encoding-type")) else []
    nodes += [("MaxUploads", str(most)), ("IsTruncated", boolean(more))]
    nodes += [("Upload", _under_way(call, one, shown)) for one in found if not isinstance(one, str)]
    nodes += [("CommonPrefixes", [("Prefix", shown(one))]) for one in found if isinstance(one, str)]
    return answer("ListMultipartUploadsResult", nodes)


def _under_way(call: Call, one: Upload, shown: Callable[[str], str]) -> list[Node]:
    named: list[Node] = [("Key", shown(one.name)), ("UploadId", one.id), ("Initiator", owner(call)[1]), owner(call)]
    return [*named, ("StorageClass", "STANDARD"), ("Initiated", iso(one.began)), *_sums(one)]


def _uploads(
    aside: Container | None, prefix: str, delimiter: str, after: tuple[str, str], limit: int
) -> list[Upload | str]:
    if aside is None:
        return []
    key, marker = after
    begin = (key, marker or LAST) if key else ("", "")
    if delimiter and key.endswith(delimiter):
        begin = (key + LAST, "")  # the page before ended with what is folded there

    def fetch(place: tuple[str, str], count: int) -> list[Upload]:
        return uploads.page(aside.id, prefix, place, successor(prefix), count)

    return folding.page(Rows(fetch, lambda one: (one.name, one.id), ""), prefix, delimiter, begin, limit)
