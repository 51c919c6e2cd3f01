"""Uploads in parts: parts are objects of `<bucket>+segments`, as `<key>/<upload>/<number>`, where Swift's s3api has
them too; complete, they are a static large object whose etag S3 forms its own way: MD5 of the MD5s, and how many.
"""

import hashlib
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import NamedTuple
from xml.etree.ElementTree import Element

from stacklab.core import clock, ids
from stacklab.core.db.together import together
from stacklab.http import ranges
from stacklab.http.number import whole
from stacklab.http.reply import Reply
from stacklab.objects import containers, content, large, metadata, model, objects, policies, rights, segments
from stacklab.objects.model import Container, Entry
from stacklab.objects.objects import New
from stacklab.objects.s3 import body, checksums, uploads
from stacklab.objects.s3.body import Incoming
from stacklab.objects.s3.buckets import version_header
from stacklab.objects.s3.call import Call, answer
from stacklab.objects.s3.checksums import MARK, Checksum
from stacklab.objects.s3.copies import check_source, read, source
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.listings import S3_ETAG, iso
from stacklab.objects.s3.objects import check_length, described, look
from stacklab.objects.s3.uploads import MOST_PARTS, Upload
from stacklab.objects.s3.xml import Node
from stacklab.objects.segments import Segment
from stacklab.objects.slo import HEADER

SMALLEST = 5 << 20  # bytes of every part but the last


async def begin(call: Call) -> Reply:
    """What is said of the object now is kept until it is complete."""
    there, holder = call.within("PUT")
    metadata.check_object_name(f"{call.key}/{'0' * 32}/00000")
    new, aside = described(call), uploads.companion(holder)
    if aside is None:
        policy = {name: value for name, value in holder.metadata.items() if name == policies.HEADER}
        name = uploads.aside(call.bucket)
        containers.put(call.account, name, policy, there.owner, call.service.room, reseller=True)
        aside = uploads.companion(holder)
    assert aside is not None
    name, kind = checksums.wanted(call.request.headers)
    upload = Upload(aside.id, call.key, ids.new_hex(), clock.now(), new.media, new.metadata, name, kind)
    await together(partial(uploads.add, upload))
    named: list[Node] = [("Bucket", call.bucket), ("Key", call.key), ("UploadId", upload.id)]
    told = {f"{MARK}algorithm": name.upper(), f"{MARK}type": kind} if name else {}
    return answer("InitiateMultipartUploadResult", named, told)


class Parts(NamedTuple):
    """An upload, and the container of its parts."""

    aside: Container
    upload: Upload


def find(call: Call, method: str) -> Parts:
    """Raises S3Error where there is none such."""
    aside, upload_id = uploads.companion(call.holder(method)), call.request.query.get("uploadId") or ""
    upload = uploads.find(aside.id, call.key, upload_id) if aside else None
    if aside is None or upload is None:
        raise S3Error("NoSuchUpload", UploadId=upload_id)
    return Parts(aside, upload)


def _number(call: Call) -> int:
    said = call.request.query.get("partNumber") or ""
    number = whole(said)
    if number is None or not 1 <= number <= MOST_PARTS:
        words = f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive"
        raise S3Error("InvalidArgument", words, ArgumentName="partNumber", ArgumentValue=said)
    return number


async def put_part(call: Call) -> Reply:
    number, to = _number(call), find(call, "PUT")
    if "x-amz-copy-source" in call.request.headers:
        return await _copy_part(call, to, number)
    check_length(call)
    new = New(etag=body.content_md5(call.request), reseller=rights.is_reseller(call.opened.caller))
    incoming = body.opened(call.request, call.signed, call.opened.key, to.upload.sums)
    entry = await _put(call, to, number, incoming, new)
    return Reply(200, None, {"etag": f'"{entry.etag}"', **checksums.told(incoming.sum)})


async def _put(call: Call, to: Parts, number: int, incoming: Incoming, new: New) -> Entry:
    writes = checksums.keeping(incoming.sum, uploads.recorder(to.upload))
    return await objects.put(call.service, to.aside, to.upload.part(number), incoming.chunks, new, writes)


async def _copy_part(call: Call, to: Parts, number: int) -> Reply:
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
    incoming = body.summed(read(shown, first, count), to.upload.sums)
    made = await _put(call, to, number, incoming, new)
    told: list[Node] = [("LastModified", iso(made.modified)), ("ETag", f'"{made.etag}"')]
    checksum = checksums.ended(incoming.sum)
    return answer("CopyPartResult", [*told, *(checksum.nodes[:1] if checksum else [])])


async def complete(call: Call) -> Reply:
    holder = call.holder("PUT")
    wanted = _wanted(await call.xml("CompleteMultipartUpload", own=False))
    try:
        aside, upload = find(call, "PUT")
    except S3Error:
        return _completed(call, holder)
    used = _checked(upload, wanted, {uploads.number(part): part for part in uploads.parts(upload, 0, MOST_PARTS)})
    made = [_segment(aside, part) for part in used]
    own = {HEADER: "True", large.ETAG: segments.etag(made), large.SIZE: str(segments.total(made)), S3_ETAG: _tag(used)}
    checksum = checksums.joined(upload.sums, upload.sums_kind, used) if upload.sums else None
    _check_whole(call, checksum, segments.total(made))
    kept = {**upload.metadata, **own, large.UPLOAD: upload.id, **checksums.kept(checksum)}
    fresh = call.request.headers.get("if-none-match") == "*"
    new = New(upload.media, kept, large.SLO, fresh=fresh, reseller=rights.is_reseller(call.opened.caller))
    stored = await call.service.store.run(call.service.store.keep, segments.encode(made))
    writes = uploads.completer(upload, used)
    return _made(call, holder, await objects.place(call.service, holder, call.key, stored, new, writes))


def _check_whole(call: Call, checksum: Checksum | None, size: int) -> None:
    """What the request says of the object it makes. Raises S3Error."""
    headers = call.request.headers
    if headers.get("x-amz-mp-object-size", str(size)) != str(size):
        raise S3Error("InvalidRequest", "The provided 'x-amz-mp-object-size' header does not match what was uploaded.")
    said = checksums.said(headers)
    if said.name and (checksum is None or (checksum.name, checksum.value) != (said.name, said.value)):
        raise S3Error("BadDigest", f"The {said.name.upper()} you specified did not match the calculated checksum.")


def _completed(call: Call, holder: Container) -> Reply:
    """The answer to who did not hear the first one: the object is there and came by this upload. Raises S3Error."""
    upload = call.request.query.get("uploadId") or ""
    entry = model.entry(holder.id, call.key)
    if entry is None or not upload or entry.metadata.get(large.UPLOAD) != upload:
        raise S3Error("NoSuchUpload", UploadId=upload)
    return _made(call, holder, entry)


def _made(call: Call, holder: Container, entry: Entry) -> Reply:
    where = f"{call.request.root}/{call.bucket}/{call.key}"
    named: list[Node] = [("Location", where), ("Bucket", call.bucket), ("Key", call.key)]
    named.append(("ETag", f'"{entry.metadata[S3_ETAG]}"'))
    if checksum := checksums.of(entry):
        named += checksum.nodes
    return answer("CompleteMultipartUploadResult", named, version_header(holder, entry))


def _tag(used: list[Entry]) -> str:
    digest = hashlib.md5(b"".join(bytes.fromhex(part.etag) for part in used), usedforsecurity=False)
    return f"{digest.hexdigest()}-{len(used)}"


class Wanted(NamedTuple):
    """A part as its owner knows it; `sums`: its checksums by their elements."""

    number: int
    tag: str
    sums: dict[str, str]


def _wanted(found: Element) -> list[Wanted]:
    wanted = []
    for part in found.findall("./Part"):
        number, tag = whole(part.findtext("PartNumber") or ""), (part.findtext("ETag") or "").strip().strip('"').lower()
        if number is None or not tag:
            raise S3Error("MalformedXML")
        sums = {one.tag: (one.text or "").strip() for one in part if one.tag.startswith("Checksum")}
        wanted.append(Wanted(number, tag, sums))
    if not wanted:
        raise S3Error("MalformedXML")
    if any(one.number >= two.number for one, two in pairwise(wanted)):
        raise S3Error("InvalidPartOrder")
    return wanted


def _checked(upload: Upload, wanted: list[Wanted], there: dict[int, Entry]) -> list[Entry]:
    used = []
    for number, tag, sums in wanted:
        part = there.get(number)
        if part is None or part.etag != tag or not _sums_fit(part, sums):
            raise S3Error("InvalidPart", UploadId=upload.id, PartNumber=str(number), ETag=tag)
        if part.size < SMALLEST and number != wanted[-1].number:
            raise S3Error("EntityTooSmall", PartNumber=str(number), ProposedSize=str(part.size))
        used.append(part)
    return used


def _sums_fit(part: Entry, sums: dict[str, str]) -> bool:
    kept = checksums.of(part)
    return not sums or (kept is not None and all(sums.get(name, value) == value for name, value in kept.nodes[:1]))


def _segment(aside: Container, part: Entry) -> Segment:
    at = datetime.fromtimestamp(part.modified / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return Segment(f"{aside.name}/{part.name}", part.size, part.etag, part.media, at)


async def abort(call: Call) -> Reply:
    upload = find(call, "DELETE").upload
    if not await together(partial(uploads.end, upload)):
        raise S3Error("NoSuchUpload", UploadId=upload.id)
    return Reply(204)
