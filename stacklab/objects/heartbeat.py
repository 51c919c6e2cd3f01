"""An answer that begins before its work is done: whitespace now and then keeps the connection, the report comes last.

JSON, XML and text readers skip the whitespace; the XML declaration goes first, where anything goes before the report.
The first beat does not come at once: who sent `Expect: 100-continue` gets that only while no answer has begun.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

BEAT = 10.0
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


class Running:
    """`work` makes the last bytes. `always`: whitespace goes before them also when they come soon."""

    def __init__(
        self, status: int, media: str, work: Callable[[], Awaitable[bytes]], always: bool = False, beat: float = BEAT
    ) -> None:
        self._status = status
        self._media = media
        self._work = work
        self._always = always
        self._beat = beat

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        task = asyncio.ensure_future(self._work())
        try:
            begun = await self._wait(task, send)
        except BaseException:
            task.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await task
            raise
        report = await task
        if not begun:
            await self._begin(send)
        if self._always and not begun:
            await send({"type": "http.response.body", "body": b" ", "more_body": True})
            begun = True
        await send({"type": "http.response.body", "body": (b"\r\n\r\n" if begun else b"") + report})

    async def _wait(self, task: asyncio.Future[bytes], send: Any) -> bool:
        """Until the work is done; whether anything was sent meanwhile."""
        begun = False
        while not (await asyncio.wait([task], timeout=self._beat))[0]:
            if not begun:
                await self._begin(send)
            space = b" " if begun or not self._media.endswith("/xml") else _DECLARATION
            await send({"type": "http.response.body", "body": space, "more_body": True})
            begun = True
        return begun

    async def _begin(self, send: Any) -> None:
        headers = [(b"content-type", self._media.encode())]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
