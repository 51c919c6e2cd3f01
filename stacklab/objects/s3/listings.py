"""Pages of a bucket's objects and versions, as ListObjects, ListObjectsV2 and ListObjectVersions show them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote

from stacklab.core.errors import BadRequest
from stacklab.http.reply import Reply
from stacklab.objects import large, listing, model, version_ids, versions
from stacklab.objects.listing import Page
from stacklab.objects.model import Entry
from stacklab.objects.s3 import checksums, folding
from stacklab.objects.s3.call import Call, answer, owner
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.folding import LAST, Rows
from stacklab.objects.s3.xml import Node

MOST = 1000
S3_ETAG = "slo-s3-etag"
"""Of an object put together from uploaded parts: S3's own form of its etag, among the manifest's metadata."""


def iso(us: int) -> str:
    return datetime.fromtimestamp(us / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{us // 1000 % 1000:03d}Z"


def boolean(value: bool) -> str:
    return "true" if value else "false"


def etag(entry: Entry) -> str:
    return entry.metadata.get(S3_ETAG) or large.etag_of(entry)


def whole(call: Call, name: str) -> int:
    """A count in the query, at most 1000. Raises S3Error."""
    said = call.request.query.get(name)
    if said is None or said == "":
        return MOST
    if not (said.isascii() and said.isdecimal()) or int(said[:12]) > 2147483647:
        words = f"Provided {name} not an integer or within integer range"
        raise S3Error("InvalidArgument", words, ArgumentName=name, ArgumentValue=said)
    return min(int(said[:12]), MOST)


def encoder(call: Call) -> Callable[[str], str]:
    """How names are written: as they are, or as in a URL."""
    said = call.request.query.get("encoding-type")
    if said is None:
        return str
    if said != "url":
        raise S3Error("InvalidArgument", "Invalid Encoding Method specified in Request")
    return lambda text: quote(text, safe="/~")


async def index(call: Call) -> Reply:
    """Both versions of the list."""
    holder, query = call.holder("GET"), call.request.query
    second = query.get("list-type") == "2"
    shown, most = encoder(call), whole(call, "max-keys")
    prefix, delimiter = query.get("prefix") or "", query.get("delimiter") or ""
    token = query.get("continuation-token") if second else None
    marker = _opened(token) if token else (query.get("start-after" if second else "marker") or "")
    page = Page(most + 1, marker, prefix=prefix, delimiter=delimiter)
    found = listing.fetch("objects", model.COLUMNS, "container", holder.id, page) if most else []
    more, found = len(found) > most, found[:most]
    entries = [one if isinstance(one, str) else model.read(one) for one in found]
    last = _name(entries[-1]) if entries else ""
    nodes: list[Node] = [("Name", call.bucket), ("Prefix", shown(prefix))]
    if second:
        nodes += _second(query.get("start-after"), token, len(entries), last if more else "", shown)
    else:
        nodes.append(("Marker", shown(marker)))
        if more and delimiter:
            nodes.append(("NextMarker", shown(last)))
    nodes += _frame(most, delimiter, query.get("encoding-type"), more, shown)
    owned = not second or query.get("fetch-owner") == "true"
    nodes += [_contents(call, one, shown, owned) for one in entries if isinstance(one, Entry)]
    nodes += [("CommonPrefixes", [("Prefix", shown(one))]) for one in entries if isinstance(one, str)]
    return answer("ListBucketResult", nodes)


def _name(one: Entry | str) -> str:
    return one if isinstance(one, str) else one.name


def _second(after: str | None, token: str | None, count: int, last: str, shown: Callable[[str], str]) -> list[Node]:
    nodes: list[Node] = []
    if last:
        nodes.append(("NextContinuationToken", _token(last)))
    if token:
        nodes.append(("ContinuationToken", token))
    if after:
        nodes.append(("StartAfter", shown(after)))
    return [*nodes, ("KeyCount", str(count))]


def _frame(most: int, delimiter: str, encoding: str | None, more: bool, shown: Callable[[str], str]) -> list[Node]:
    nodes: list[Node] = [("MaxKeys", str(most))]
    if delimiter:
        nodes.append(("Delimiter", shown(delimiter)))
    if encoding:
        nodes.append(("EncodingType", encoding))
    return [*nodes, ("IsTruncated", boolean(more))]


def _opened(token: str) -> str:
    try:
        name = urlsafe_b64decode(token).decode()
        if _token(name) != token:  # decoding skips what is not base64
            raise ValueError
    except ValueError:
        words = "The continuation token provided is incorrect"
        raise S3Error("InvalidArgument", words, ArgumentName="continuation-token", ArgumentValue=token) from None
    return name


def _token(name: str) -> str:
    return urlsafe_b64encode(name.encode()).decode()


def _contents(call: Call, entry: Entry, shown: Callable[[str], str], owned: bool) -> Node:
    nodes: list[Node] = [("Key", shown(entry.name)), *_facts(entry)]
    return ("Contents", [*nodes, *([owner(call)] if owned else [])])


def _facts(entry: Entry) -> list[Node]:
    checksum = checksums.of(entry)
    sums: list[Node] = [("ChecksumAlgorithm", checksum.name.upper()), checksum.nodes[1]] if checksum else []
    return [
        ("LastModified", iso(entry.modified)),
        ("ETag", f'"{etag(entry)}"'),
        *sums,
        ("Size", str(large.size_of(entry))),
        ("StorageClass", "STANDARD"),
    ]


_Row = tuple[Entry, bool]  # and whether it is the current object


async def of_versions(call: Call) -> Reply:
    """Versions and delete markers, the newest of each name first."""
    holder, query = call.holder("GET"), call.request.query
    shown, most = encoder(call), whole(call, "max-keys")
    prefix, delimiter = query.get("prefix") or "", query.get("delimiter") or ""
    key, marker = query.get("key-marker") or "", query.get("version-id-marker") or ""
    after = (key, _after(marker) if marker else 0)
    if delimiter and key.endswith(delimiter):
        after = (key + LAST, 0)  # the page before ended with what is folded there
    found = folding.page(_versions(holder.id, prefix), prefix, delimiter, after, most + 1) if most else []
    more, found = len(found) > most, found[:most]
    nodes: list[Node] = [("Name", call.bucket), ("Prefix", shown(prefix)), ("KeyMarker", shown(key))]
    nodes.append(("VersionIdMarker", marker))
    if more and found:
        last = found[-1]
        nodes.append(("NextKeyMarker", shown(last if isinstance(last, str) else last[0].name)))
        nodes.append(("NextVersionIdMarker", "" if isinstance(last, str) else _id(*last)))
    nodes += _frame(most, delimiter, query.get("encoding-type"), more, shown)
    before = key if marker else None  # the newest of that name was on the page before
    for one in found:
        if not isinstance(one, str):
            nodes.append(_version(call, *one, shown, latest=one[0].name != before))
            before = one[0].name
    nodes += [("CommonPrefixes", [("Prefix", shown(one))]) for one in found if isinstance(one, str)]
    return answer("ListVersionsResult", nodes)


def _after(marker: str) -> int:
    try:
        version = version_ids.read(marker)
    except BadRequest:
        words = "Invalid version id specified"
        raise S3Error("InvalidArgument", words, ArgumentName="version-id-marker", ArgumentValue=marker) from None
    return versions.ABOVE_ALL if version is None else version


def _versions(container: int, prefix: str) -> Rows[_Row, int]:
    end = listing.successor(prefix)

    def fetch(after: tuple[str, int], limit: int) -> list[_Row]:
        return versions.page(container, prefix, after, end, limit)

    return Rows(fetch, lambda one: (one[0].name, versions.ABOVE_ALL if one[1] else one[0].version), 0)


def _id(entry: Entry, current: bool) -> str:
    return versions.id_of(entry) if current else version_ids.written(entry.version)


def _version(call: Call, entry: Entry, current: bool, shown: Callable[[str], str], *, latest: bool) -> Node:
    named: list[Node] = [("Key", shown(entry.name)), ("VersionId", _id(entry, current)), ("IsLatest", boolean(latest))]
    if entry.kind == versions.DELETED:
        return ("DeleteMarker", [*named, ("LastModified", iso(entry.modified)), owner(call)])
    return ("Version", [*named, *_facts(entry), owner(call)])
