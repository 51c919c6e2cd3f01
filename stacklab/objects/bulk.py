"""Many objects in one call: made of an archive's files, or deleted by a list of names. What goes wrong with one of them
is told in the report and stops no other.

Nothing here is one transaction: each object is put or deleted whole and by itself, so a crash leaves a part of the
work done, every object of it old or new.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from msgspec import Struct, field

from stacklab.core import log
from stacklab.core.errors import BadRequest, Failure, TooLarge, Unauthorized
from stacklab.objects import metadata, outcome
from stacklab.objects.archives import Archive, Member

_log = log.get(__name__)
MOST_DELETES = 10_000
MOST_FAILED = 1000
MOST_CONTAINERS = 10_000
MOST_NAME = 1024 + 256 + 2  # bytes of "/container/object"
_COPIED = ("x-delete-at", "x-delete-after")

Put = Callable[[str, str, int, Mapping[str, str], AsyncIterator[bytes]], Awaitable[None]]
"""(container, name, size, headers, bytes); raises Failure."""
Create = Callable[[str], Awaitable[bool]]
"""Makes a container; False when there was one. Raises Failure."""
Delete = Callable[[str, str], Awaitable[None]]
"""(container, name), the name "" for the container itself; raises Failure."""


class Report(Struct):
    """`counts` by the names they are shown under; `failed` are quoted names with a status line each."""

    status: int
    counts: dict[str, int]
    words: str = ""
    failed: list[tuple[str, str]] = field(default_factory=list)
    gateway: bool = False  # something failed that is not the client's fault

    def body(self, media: str | None, root: str) -> bytes:
        facts: dict[str, Any] = {"Response Status": outcome.line(self.status), "Response Body": self.words}
        return outcome.body(media, {**facts, **self.counts}, self.failed, root)

    def fail(self, name: str, failure: Failure) -> None:
        self.gateway = self.gateway or failure.status >= 500
        self.failed.append((quote(name[:MOST_NAME], errors="surrogateescape"), outcome.line(failure.status)))

    def end(self, nothing: str) -> None:
        """Settle the status; `nothing` is said when there was nothing to do."""
        if self.failed:
            self.status = 502 if self.gateway else 400
        elif not any(self.counts.values()):
            self.status, self.words = 400, nothing


async def _guarded(work: Awaitable[None], report: Report) -> Report:
    """The report, whatever happens: the answer has begun already."""
    try:
        await work
    except Failure as failure:
        report.status, report.words = failure.status, failure.message
    except ConnectionError:
        raise
    except Exception:
        _log.exception("bulk operation failed")
        report.status = 500
    return report


async def extract(archive: Archive, base: str, headers: Mapping[str, str], create: Create, put: Put) -> Report:
    """Put every file of the archive below `base` ("" or "container" or "container/prefix"), making its containers.

    Of the request's `headers` its metadata and times of expiry go to each object.
    """
    report = Report(201, {"Number Files Created": 0})
    copied = {k: v for k, v in headers.items() if k in _COPIED or k.startswith("x-object-meta-")}
    return await _guarded(_extract(archive, base.strip("/"), copied, create, put, report), report)


async def _extract(
    archive: Archive, base: str, headers: dict[str, str], create: Create, put: Put, report: Report
) -> None:
    seen: dict[str, Failure | None] = {}
    async for member in archive.members():
        if len(report.failed) >= MOST_FAILED:
            break
        path = member.name.removeprefix("./").lstrip("/")
        path = f"{base}/{path}" if base else path
        container, slash, name = path.partition("/")
        if not member.is_file or not slash or not name:
            continue
        if not _is_text(path):
            report.fail(path, _Unreadable(path))
            continue
        if container not in seen:
            seen[container] = await _created(container, create)
            if len(seen) > MOST_CONTAINERS:
                raise BadRequest(f"More than {MOST_CONTAINERS} containers to create from tar.")
        await _one(archive, member, (container, name), headers, put, report, seen[container])
    report.end("Invalid Tar File: No Valid Files")


class _Unreadable(Failure):
    """A name that is no UTF-8."""

    status = 412
    title = "Precondition Failed"


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in path


async def _created(container: str, create: Create) -> Failure | None:
    """Why the container cannot be made; objects may still be put in one that others own."""
    try:
        await create(container)
    except Unauthorized:
        raise
    except Failure as failure:
        return failure
    return None


async def _one(
    archive: Archive,
    member: Member,
    place: tuple[str, str],
    headers: dict[str, str],
    put: Put,
    report: Report,
    container: Failure | None,
) -> None:
    try:
        await put(*place, member.size, {**headers, **metadata.sent(member.headers)}, archive.data())
    except Failure as failure:
        if container:
            report.fail(place[0], container)
        report.fail("/".join(place), failure)
        if isinstance(failure, Unauthorized):
            raise
    else:
        report.counts["Number Files Created"] += 1


async def names(body: AsyncIterator[bytes]) -> list[str]:
    """The names of a list, a line each, unquoted. Raises TooLarge for too many, BadRequest for one that is too long."""
    found: list[str] = []
    held = b""
    async for chunk in body:
        *lines, held = (held + chunk).split(b"\n")
        if len(held) > 3 * MOST_NAME or any(len(line) > 3 * MOST_NAME for line in lines):
            raise BadRequest("Invalid File Name")
        found += [name for line in lines if (name := _unquoted(line))]
        if len(found) + bool(held.strip()) > MOST_DELETES:
            raise TooLarge(f"Maximum Bulk Deletes: {MOST_DELETES} per request")
    return [*found, *filter(None, [_unquoted(held)])]


def _unquoted(line: bytes) -> str:
    return unquote_to_bytes(line.strip()).decode(errors="surrogateescape")


async def delete(wanted: Awaitable[Iterable[str]], remove: Delete) -> Report:
    """Delete what the names say, "container/object" first and then "container"."""
    report = Report(200, {"Number Deleted": 0, "Number Not Found": 0})
    return await _guarded(_delete(wanted, remove, report), report)


async def _delete(wanted: Awaitable[Iterable[str]], remove: Delete, report: Report) -> None:
    listed = [name for name in await wanted if name.strip("/")]
    for name in sorted(listed, key=lambda name: "/" not in name.strip("/")):
        if len(report.failed) >= MOST_FAILED:
            raise BadRequest("Max delete failures exceeded")
        await remove_one(name, remove, report)
    report.end("Invalid bulk delete.")


async def remove_one(path: str, remove: Delete, report: Report) -> None:
    container, _, name = path.lstrip("/").partition("/")
    try:
        if not _is_text(path):
            raise _Unreadable(path)
        await remove(container, name if name.strip("/") else "")
    except Failure as failure:
        if failure.status == 404:
            report.counts["Number Not Found"] += 1
        else:
            report.fail(path, failure)
    else:
        report.counts["Number Deleted"] += 1
