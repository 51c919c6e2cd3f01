"""Ranges and preconditions as tables; answers as a client without our server's outlet gets them."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from stacklab.core.errors import PreconditionFailed, RangeNotSatisfiable
from stacklab.http import conditional, files, intake, ranges
from stacklab.http.request import Request

BODY = b"0123456789"
DATE, LATER, EARLIER = (f"Tue, 24 Nov {year} 00:00:00 GMT" for year in (2026, 2027, 2025))
MODIFIED = 1795478400  # DATE


@pytest.mark.parametrize(
    ("asked", "spans"),
    [
        ("bytes=0-1", [(0, 2)]),
        ("bytes=8-", [(8, 2)]),
        ("bytes=-3", [(7, 3)]),
        ("bytes=-30", [(0, 10)]),
        ("bytes=5-500", [(5, 5)]),
        ("bytes=0-1, 4-5", [(0, 2), (4, 2)]),
        ("bytes=0-1,20-30", [(0, 2)]),
        ("bytes=5-2", None),
        ("bytes=a-b", None),
        ("bytes=-", None),
        ("bytes=", None),
        ("items=0-5", None),
        ("bytes=" + "9" * 30 + "-", None),
        ("bytes=10-", RangeNotSatisfiable),
        ("bytes=-0", RangeNotSatisfiable),
        ("bytes=" + ",".join(["0-5"] * 4), RangeNotSatisfiable),
        ("bytes=" + ",".join(f"{at}-{at}" for at in range(9, 0, -1)), RangeNotSatisfiable),
    ],
)
def test_which_bytes(asked: str, spans: Any) -> None:
    if spans is RangeNotSatisfiable:
        with pytest.raises(RangeNotSatisfiable) as refused:
            ranges.parse(asked, 10)
        assert refused.value.headers == {"content-range": "bytes */10"}
    else:
        assert ranges.parse(asked, 10) == spans


def test_the_last_bytes_of_nothing_are_all_of_it() -> None:
    assert ranges.parse("bytes=-5", 0) is None
    with pytest.raises(RangeNotSatisfiable):
        ranges.parse("bytes=0-", 0)


@pytest.mark.parametrize(
    ("method", "headers", "outcome"),
    [
        ("GET", {}, False),
        ("GET", {"if-match": '"tag"'}, False),
        ("GET", {"if-match": "tag"}, False),
        ("GET", {"if-match": '"a", "b"'}, PreconditionFailed),
        ("GET", {"if-match": "*"}, False),
        ("GET", {"if-none-match": '"a", W/"tag"'}, True),
        ("HEAD", {"if-none-match": "*"}, True),
        ("PUT", {"if-none-match": "*"}, PreconditionFailed),
        ("GET", {"if-none-match": '"a"', "if-modified-since": LATER}, False),
        ("GET", {"if-modified-since": LATER}, True),
        ("GET", {"if-modified-since": DATE}, True),
        ("GET", {"if-modified-since": EARLIER}, False),
        ("GET", {"if-modified-since": "yesterday: perhaps"}, False),
        ("GET", {"if-unmodified-since": EARLIER}, PreconditionFailed),
        ("GET", {"if-unmodified-since": DATE}, False),
        ("GET", {"if-match": "*", "if-unmodified-since": EARLIER}, False),
    ],
)
def test_preconditions(method: str, headers: dict[str, str], outcome: Any) -> None:
    if outcome is PreconditionFailed:
        with pytest.raises(PreconditionFailed):
            conditional.unchanged(method, headers, "tag", MODIFIED)
    else:
        assert conditional.unchanged(method, headers, "tag", MODIFIED) is outcome


def test_nothing_matches_what_is_not_there() -> None:
    assert conditional.unchanged("PUT", {"if-none-match": "*"}, None) is False
    with pytest.raises(PreconditionFailed):
        conditional.unchanged("PUT", {"if-match": "*"}, None)


def got(path: Path, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = Request(method, "/", {name.replace("_", "-"): value for name, value in headers.items()}, b"", None)  # type: ignore[arg-type]
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        answer = await files.answer(
            request, lambda: files.OneFile.open(path), path.stat().st_size, {"etag": "tag"}, "text/x", "tag", MODIFIED
        )
        await answer({}, None, send)

    asyncio.run(run())
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "file"
    made.write_bytes(BODY)
    return made


def test_whole_part_and_none(file: Path) -> None:
    whole = {"etag": "tag", "accept-ranges": "bytes", "content-type": "text/x", "content-length": "10"}
    assert got(file) == (200, whole, BODY)
    assert got(file, "HEAD", range="bytes=0-1") == (200, whole, b"")
    part = {**whole, "content-length": "2", "content-range": "bytes 4-5/10"}
    assert got(file, range="bytes=4-5") == (206, part, b"45")
    assert got(file, if_none_match="tag", range="bytes=90-") == (304, {"etag": "tag"}, b"")


def test_a_part_of_what_is_no_longer_there_is_of_no_use(file: Path) -> None:
    for validator, status in (('"tag"', 206), ('W/"tag"', 200), ('"old"', 200), (DATE, 206), (EARLIER, 200)):
        assert got(file, range="bytes=0-1", if_range=validator)[0] == status, validator


def test_several_parts(file: Path) -> None:
    status, told, body = got(file, range="bytes=0-1,-2")
    boundary = told["content-type"].removeprefix("multipart/byteranges;boundary=")
    part = "--{}\r\ncontent-type: text/x\r\ncontent-range: bytes {}/10\r\n\r\n{}\r\n"
    expected = "".join(part.format(boundary, *one) for one in (("0-1", "01"), ("8-9", "89"))) + f"--{boundary}--\r\n"
    assert (status, body, told["content-length"]) == (206, expected.encode(), str(len(expected)))


def test_intake_hands_every_byte_to_every_sink_in_order() -> None:
    content = bytes(range(256)) * 4000
    one, two = bytearray(), bytearray()

    async def stream() -> Any:
        for at in range(5, len(content), 70_000):
            yield content[at : at + 70_000]

    async def pour() -> None:
        gate = intake.limit(len(content), ValueError())
        await intake.pour(
            stream(), lambda b: one.extend(b"".join(b)), gate, [content[:5]], lambda b: two.extend(b"".join(b))
        )

    asyncio.run(pour())
    assert one == two == content


def test_intake_gives_long_blocks_to_few_and_short_ones_to_many() -> None:
    with ExitStack() as streams:
        sizes = [streams.enter_context(intake.sharing())() for _ in range(64)]
    assert (sizes[0], sizes[3], sizes[-1]) == (1 << 20, 1 << 20, intake.BLOCK)
    assert sizes == sorted(sizes, reverse=True)
    assert all(size * 2 * number <= 16 << 20 for number, size in enumerate(sizes, 1))
    with intake.sharing() as block:
        assert block() == 1 << 20  # those that ended share no more


def test_intake_says_what_a_sink_says_and_leaves_none_running() -> None:
    seen: list[Any] = []

    async def stream() -> Any:
        for _ in range(20):
            yield bytes(1 << 20)

    def full(_block: Any) -> None:
        raise OSError(28, "full")

    with pytest.raises(OSError, match="full"):
        asyncio.run(intake.pour(stream(), full, lambda _chunk: None, beside=seen.append))
    assert len(seen) <= 2
