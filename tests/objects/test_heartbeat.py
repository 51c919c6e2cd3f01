"""Answers that begin before the work is done."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from stacklab.objects.heartbeat import Running


def sent(work: Callable[[], Awaitable[bytes]], media: str = "text/plain", **options: Any) -> bytes:
    """The body; asserts that it begins and ends once."""
    messages: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    asyncio.run(Running(200, media, work, **options)({}, None, send))
    assert [m["type"] for m in messages] == ["http.response.start"] + ["http.response.body"] * (len(messages) - 1)
    assert [m.get("more_body", False) for m in messages[1:]] == [True] * (len(messages) - 2) + [False]
    return b"".join(m["body"] for m in messages[1:])


async def quick() -> bytes:
    return b"report"


def slow() -> Callable[[], Awaitable[bytes]]:
    """Work that is done after some turns of the loop with a beat between them."""

    async def work() -> bytes:
        moment = asyncio.get_running_loop().time() + 0.02
        while asyncio.get_running_loop().time() < moment:
            await asyncio.sleep(0)
        return b"report"

    return work


def test_quick_work_has_no_beat() -> None:
    assert sent(quick) == b"report"
    assert sent(quick, always=True) == b" \r\n\r\nreport"


@pytest.mark.parametrize(("media", "first"), [("text/plain", b" "), ("application/xml", b"<?xml version")])
def test_slow_work_beats(media: str, first: bytes) -> None:
    body = sent(slow(), media, beat=0.001)
    assert body.startswith(first)
    assert body.endswith(b"\r\n\r\nreport")


def test_a_client_who_left_ends_the_work() -> None:
    ended = []

    async def endless() -> bytes:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)
        return b""

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body":
            raise ConnectionError

    with pytest.raises(ConnectionError):
        asyncio.run(Running(200, "text/plain", endless, beat=0.001)({}, None, send))
    assert ended == [True]
