"""When the disk is full: SQLite says so in words of its own, the log loses lines, and an upload leaves the reserve."""

import asyncio
import errno
import io
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import structlog

from stacklab.core import facts, full, log, reserve
from stacklab.core.db.database import change, keep_room, proxy, row, transaction
from stacklab.core.db.together import together
from stacklab.core.errors import NoSpace, Unavailable


@pytest.fixture
def brim(database: object) -> Iterator[None]:
    """The database may not grow by a page."""
    (pages,) = row("PRAGMA page_count") or (0,)
    proxy.execute_sql(f"PRAGMA max_page_count = {pages}")
    yield
    proxy.execute_sql("PRAGMA max_page_count = 1000000")


def much(key: str) -> None:
    facts.put(key, "x" * 100_000)


def more_pages() -> None:
    proxy.execute_sql("PRAGMA max_page_count = 1000000")


@pytest.mark.usefixtures("brim")
@pytest.mark.parametrize("nested", [False, True])
def test_a_full_database_is_a_refusal_and_undoes_all(nested: bool) -> None:
    with pytest.raises(NoSpace), transaction():
        facts.put("before", "1")
        if nested:
            with transaction():
                much("one")
        much("one")
    assert facts.get("before") is None
    more_pages()
    much("one")
    assert facts.get("one")


@pytest.mark.usefixtures("brim")
def test_writers_together_are_all_told() -> None:
    async def run() -> list[BaseException | None]:
        return await asyncio.gather(*(together(partial(much, key)) for key in "abc"), return_exceptions=True)

    assert {type(told) for told in asyncio.run(run())} == {NoSpace}
    assert row("SELECT count(*) FROM facts WHERE key IN ('a', 'b', 'c')") == (0,)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(errno.ENOSPC, "x"), NoSpace),
        (OSError(errno.EDQUOT, "x"), NoSpace),
        (OSError(errno.EMFILE, "x"), Unavailable),
        (OSError(errno.EIO, "x"), Unavailable),
        (OSError(errno.EACCES, "x"), OSError),
        (ValueError("x"), ValueError),
    ],
)
def test_what_is_told_of_an_error(error: Exception, kind: type[Exception]) -> None:
    with pytest.raises(kind), full.told():
        raise error


class Full(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "full")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left", "/var/lib/x"), "There is no space left on the disk of this node."),
        (OSError(errno.EACCES, "Permission denied", "/var/lib/x"), "Permission denied"),
        (ValueError("no such image"), "no such image"),
        (ValueError(), "ValueError"),
    ],
)
def test_what_an_owner_reads(error: Exception, said: str) -> None:
    assert full.words(error) == said


def test_a_log_that_cannot_be_written_stops_nobody() -> None:
    before = structlog.get_config()
    try:
        log.configure("info", Full())
        structlog.get_logger().info("request")
    finally:
        structlog.configure(**before)


def test_uploads_leave_the_reserve(tmp_path: Path) -> None:
    found = os.statvfs(tmp_path)
    reserve.of(tmp_path, 1)()
    with pytest.raises(NoSpace):
        reserve.of(tmp_path, found.f_blocks * found.f_frsize + 1)()


@pytest.mark.usefixtures("database")
def test_the_log_of_the_database_has_its_room_beforehand() -> None:
    name = Path(str(proxy.database))
    change("CREATE TABLE t (a)")
    keep_room(name)
    assert Path(f"{name}-wal").stat().st_blocks * 512 > 16_000_000
    with transaction():
        change("INSERT INTO t VALUES (1)")
    proxy.close()
    assert row("SELECT a FROM t") == (1,)
