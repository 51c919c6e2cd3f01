"""Many objects in one call: what is told of them, and their deletion by a list of names (`extraction` makes them of an
archive's files). What goes wrong with one of them is told in the report and stops no other.

The call is no transaction, though some of them at a time share one: a crash leaves a part of the work done, every
object of it old or new.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from msgspec import Struct, field

from stacklab.core import log
from stacklab.core.errors import BadRequest, Failure, TooLarge
from stacklab.objects import outcome
from stacklab.objects.underway import Underway

_log = log.get(__name__)
MOST_DELETES = 10_000
MOST_FAILED = 1000
MOST_NAME = 1024 + 256 + 2  # bytes of "/container/object"

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


async def guarded(work: Awaitable[None], report: Report) -> Report:
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


class Unreadable(Failure):
    """A name that is no UTF-8."""

    status = 412
    title = "Precondition Failed"


def is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in path


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
    return await guarded(_delete(wanted, remove, report), report)


async def _delete(wanted: Awaitable[Iterable[str]], remove: Delete, report: Report) -> None:
    listed = [name for name in await wanted if name.strip("/")]
    underway = Underway()
    try:
        for path in sorted(listed, key=_is_container):
            if _is_container(path) or len(report.failed) + len(underway) >= MOST_FAILED:
                await underway.settle()
            if len(report.failed) >= MOST_FAILED:
                raise BadRequest("Max delete failures exceeded")
            await begin(path, remove, report, underway)
    finally:
        await underway.settle()
    report.end("Invalid bulk delete.")


def _is_container(path: str) -> bool:
    return "/" not in path.strip("/")


async def begin(path: str, remove: Delete, report: Report, underway: Underway) -> None:
    """Delete one beside others; the report tells of it in its turn."""
    await underway.begin(path.lstrip("/"), 0, _remove(path, remove), partial(_tell, path, report))


async def _remove(path: str, remove: Delete) -> None:
    """Raises Failure."""
    if not is_text(path):
        raise Unreadable(path)
    container, _, name = path.lstrip("/").partition("/")
    await remove(container, name if name.strip("/") else "")


def _tell(path: str, report: Report, failure: Failure | None) -> None:
    if failure is None:
        report.counts["Number Deleted"] += 1
    elif failure.status == 404:
        report.counts["Number Not Found"] += 1
    else:
        report.fail(path, failure)
