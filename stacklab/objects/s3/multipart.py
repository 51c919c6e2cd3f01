"""Uploads in parts: parts are objects of `<bucket>+segments`, as `<key>/<upload>/<number>`, where Swift's s3api has
them too; complete, they are a static large object whose etag S3 forms its own way: MD5 of the MD5s, and how many.
"""

import hashlib
import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple
from xml.etree.ElementTree import Element

from msgspec.structs import replace

from stacklab.core import ids
from stacklab.core.db.synced import synced
from stacklab.core.errors import NotFound
from stacklab.http import ranges
from stacklab.http.reply import Reply
from stacklab.objects import containers, content, large, listing, metadata, model, objects, rights, segments
from stacklab.objects.listing import Page
from stacklab.objects.model import Container, Entry
from stacklab.objects.objects import New
from stacklab.objects.s3 import body
from stacklab.objects.s3.buckets import owner, version_header
from stacklab.objects.s3.call import Call, answer
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.listings import S3_ETAG, encoder, iso, whole
from stacklab.objects.s3.objects import check_length, check_source, described, look, read, source
from stacklab.objects.s3.xml import Node
from stacklab.objects.segments import Segment
from stacklab.objects.slo import HEADER

MOST_PARTS = 10_000
SMALLEST = 5 << 20  # bytes of every part but the last
_UPLOAD = re.compile(r"[0-9a-f]{32}")


async def begin(call: Call) -> Reply:
    """What is said of the object now is kept with the mark of the upload."""
    call.holder("PUT")
    metadata.check_object_name(f"{call.key}/{'0' * 32}/00000")
    new, there = described(call), call.place("PUT")
    aside = call.companion()
    if aside is None:
        containers.put(call.account, f"{call.bucket}+segments", {}, there.owner, call.service.tiers, reseller=True)
        aside = call.companion()
    assert aside is not None
    upload = ids.new_hex()
    stored = await call.service.store.run(call.service.store.keep, b"")
    mark = replace(new, fresh=False, etag="", kind="")
    await objects.place(call.service, aside, f"{call.key}/{upload}", stored, mark)
    return answer("InitiateMultipartUploadResult", [("Bucket", call.bucket), ("Key", call.key), ("UploadId", upload)])


class Upload(NamedTuple):
    aside: Container
    id: str
    mark: Entry

    @property
    def prefix(self) -> str:
        return f"{self.mark.name}/"

    def part(self, number: int) -> str:
        return f"{self.prefix}{number}"


def _upload(call: Call, method: str) -> Upload:
    """Raises S3Error where there is none such."""
    call.holder(method)
    aside, upload = call.companion(), call.request.query.get("uploadId") or ""
    mark = model.entry(aside.id, f"{call.key}/{upload}") if aside and _UPLOAD.fullmatch(upload) else None
    if aside is None or mark is None:
        raise S3Error("NoSuchUpload", UploadId=upload)
    return Upload(aside, upload, mark)


def _number(call: Call) -> int:
    said = call.request.query.get("partNumber") or ""
    if not (said.isascii() and said.isdecimal()) or not 1 <= int(said[:8]) <= MOST_PARTS:
        words = f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive"
        raise S3Error("InvalidArgument", words, ArgumentName="partNumber", ArgumentValue=said)
    return int(said)


async def put_part(call: Call) -> Reply:
    number, upload = _number(call), _upload(call, "PUT")
    if "x-amz-copy-source" in call.request.headers:
        return await _copy_part(call, upload, number)
    check_length(call)
    new = New(etag=body.content_md5(call.request), reseller=rights.is_reseller(call.opened.caller))
    chunks = body.opened(call.request, call.signed, call.opened.key)
    entry = await objects.put(call.service, upload.aside, upload.part(number), chunks, new)
    return Reply(200, None, {"etag": f'"{entry.etag}"'})


async def _copy_part(call: Call, upload: Upload, number: int) -> Reply:
    found = look(call, *source(call))
    check_source(call.request.headers, found.entry)
    shown = await content.show(call.service, call.request, found)
    first, count = 0, shown.size
    said = call.request.headers.get("x-amz-copy-source-range")
    if said is not None:
        spans = ranges.parse(said, shown.size)
        if not spans or len(spans) != 1:
            raise S3Error("InvalidArgument", ArgumentName="x-amz-copy-source-range", ArgumentValue=said)
        first, count = spans[0]
    new = New(reseller=rights.is_reseller(call.opened.caller))
    made = await objects.put(call.service, upload.aside, upload.part(number), read(shown, first, count), new)
    return answer("CopyPartResult", [("LastModified", iso(made.modified)), ("ETag", f'"{made.etag}"')])


def _parts(upload: Upload) -> dict[int, Entry]:
    """Every part that is there, by number; at most ten thousand."""
    rows = listing.whole(upload.aside.id, model.COLUMNS, upload.prefix)
    found = (model.read(one) for one in rows)
    named = ((entry.name.removeprefix(upload.prefix), entry) for entry in found)
    return {int(number): entry for number, entry in sorted(named, key=lambda one: one[0].zfill(5))
            if number.isdecimal()}  # fmt: skip


async def parts(call: Call) -> Reply:
    upload, shown, most = _upload(call, "GET"), encoder(call), whole(call, "max-parts")
    said = call.request.query.get("part-number-marker") or "0"
    if not said.isdecimal():
        raise S3Error("InvalidArgument", ArgumentName="part-number-marker", ArgumentValue=said)
    there = [(number, entry) for number, entry in _parts(upload).items() if number > int(said[:9])]
    page, more = there[:most], len(there) > most
    nodes: list[Node] = [("Bucket", call.bucket), ("Key", shown(call.key)), ("UploadId", upload.id)]
    nodes += [("Initiator", owner(call)[1]), owner(call), ("StorageClass", "STANDARD"), ("PartNumberMarker", said)]
    nodes += [("NextPartNumberMarker", str(page[-1][0] if page else 0)), ("MaxParts", str(most))]
    nodes.append(("IsTruncated", "true" if more else "false"))
    nodes += [
        ("Part", [("PartNumber", str(number)), ("LastModified", iso(e.modified)), ("ETag", f'"{e.etag}"'),
                  ("Size", str(e.size))])
        for number, e in page
    ]  # fmt: skip
    return answer("ListPartsResult", nodes)


async def index(call: Call) -> Reply:
    """The uploads under way in a bucket."""
    call.holder("GET")
    query, shown, most = call.request.query, encoder(call), whole(call, "max-uploads")
    prefix, delimiter = query.get("prefix") or "", query.get("delimiter") or ""
    key, marker = query.get("key-marker") or "", query.get("upload-id-marker") or ""
    found, folded = _uploads(call.companion(), prefix, delimiter, key, marker, most + 1)
    more, found = len(found) > most, found[:most]
    nodes: list[Node] = [("Bucket", call.bucket), ("KeyMarker", shown(key)), ("UploadIdMarker", marker)]
    if more:
        nodes += [("NextKeyMarker", shown(found[-1][0])), ("NextUploadIdMarker", found[-1][1])]
    nodes += [("Prefix", shown(prefix)), *([("Delimiter", shown(delimiter))] if delimiter else [])]
    nodes += [("MaxUploads", str(most)), ("IsTruncated", "true" if more else "false")]
    nodes += [
        ("Upload", [("Key", shown(name)), ("UploadId", upload), ("Initiator", owner(call)[1]), owner(call),
                    ("StorageClass", "STANDARD"), ("Initiated", iso(at))])
        for name, upload, at in found
    ]  # fmt: skip
    nodes += [("CommonPrefixes", [("Prefix", shown(one))]) for one in folded]
    return answer("ListMultipartUploadsResult", nodes)


def _uploads(
    aside: Container | None, prefix: str, delimiter: str, key: str, marker: str, limit: int
) -> tuple[list[tuple[str, str, int]], list[str]]:
    """(key, upload, when) of the marks, and what a delimiter folds. An upload's parts are jumped over."""
    found: list[tuple[str, str, int]] = []
    folded: list[str] = []
    after = f"{key}/{marker or chr(0x10FFFF)}" if key else ""
    while aside and len(found) < limit:
        rows = listing.fetch("objects", model.COLUMNS, "container", aside.id, Page(1, after, prefix=prefix))
        if not rows or isinstance(rows[0], str):
            break
        entry = model.read(rows[0])
        name, _, upload = entry.name.rpartition("/")
        if not _UPLOAD.fullmatch(upload):
            after = entry.name
            continue
        after = f"{entry.name}/\U0010ffff"
        at = name.find(delimiter, len(prefix)) if delimiter else -1
        if at >= 0:
            if name[: at + len(delimiter)] not in folded:
                folded.append(name[: at + len(delimiter)])
        elif name.startswith(prefix):
            found.append((name, upload, entry.modified))
    return found, folded


async def complete(call: Call) -> Reply:
    holder, upload = call.holder("PUT"), _upload(call, "PUT")
    wanted = _wanted(await call.xml("CompleteMultipartUpload"))
    there = _parts(upload)
    used = _checked(upload, wanted, there)
    digest = hashlib.md5(b"".join(bytes.fromhex(part.etag) for part in used), usedforsecurity=False)
    tag = f"{digest.hexdigest()}-{len(used)}"
    made = [_segment(upload.aside, part) for part in used]
    own = {HEADER: "True", large.ETAG: segments.etag(made), large.SIZE: str(segments.total(made)), S3_ETAG: tag}
    kept = {**upload.mark.metadata, **own}
    fresh = call.request.headers.get("if-none-match") == "*"
    new = New(upload.mark.media, kept, large.SLO, upload.mark.ends, fresh=fresh)
    stored = await call.service.store.run(call.service.store.keep, segments.encode(made))
    entry = await objects.place(call.service, holder, call.key, stored, new)
    names = {part.name for part in used}
    await _forget(call, upload, [part for part in there.values() if part.name not in names])
    where = f"{call.request.root}/{call.bucket}/{call.key}"
    nodes: list[Node] = [("Location", where), ("Bucket", call.bucket), ("Key", call.key), ("ETag", f'"{tag}"')]
    return answer("CompleteMultipartUploadResult", nodes, version_header(holder, entry))


def _wanted(found: Element) -> list[tuple[int, str]]:
    wanted = []
    for part in found.findall("./Part"):
        number, tag = part.findtext("PartNumber") or "", (part.findtext("ETag") or "").strip().strip('"').lower()
        if not number.isdecimal() or not tag:
            raise S3Error("MalformedXML")
        wanted.append((int(number[:8]), tag))
    if not wanted:
        raise S3Error("MalformedXML")
    if any(one[0] >= two[0] for one, two in pairwise(wanted)):
        raise S3Error("InvalidPartOrder")
    return wanted


def _checked(upload: Upload, wanted: list[tuple[int, str]], there: dict[int, Entry]) -> list[Entry]:
    used = []
    for number, tag in wanted:
        part = there.get(number)
        if part is None or part.etag != tag:
            raise S3Error("InvalidPart", UploadId=upload.id, PartNumber=str(number), ETag=tag)
        if part.size < SMALLEST and number != wanted[-1][0]:
            raise S3Error("EntityTooSmall", PartNumber=str(number), ProposedSize=str(part.size))
        used.append(part)
    return used


def _segment(aside: Container, part: Entry) -> Segment:
    at = datetime.fromtimestamp(part.modified / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return Segment(f"{aside.name}/{part.name}", part.size, part.etag, part.media, at)


async def abort(call: Call) -> Reply:
    upload = _upload(call, "DELETE")
    await _forget(call, upload, list(_parts(upload).values()))
    return Reply(204)


async def _forget(call: Call, upload: Upload, gone: list[Entry]) -> None:
    """Parts first, the mark at last: what is cut short can be aborted again."""
    for entry in [*gone, upload.mark]:
        try:
            await objects.delete(call.service, upload.aside, entry.name)
        except NotFound:
            continue
    await synced()
