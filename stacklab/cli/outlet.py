"""Files to a client by sendfile(2), past the transport: uvloop offers none for plain sockets.

The transport has written all it holds before the first byte of a file goes, and gets nothing more until the last one
has gone. What is in the page cache is sent from the event loop, a bounded amount at a time; what is not, from a thread,
which the socket's free space bounds: it never waits for a client. A client that does not read costs a poll, no more.
"""

import asyncio
import os

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from stacklab.core import pagecache

TURN = 1 << 20
"""Bytes that one response may send before others have their turn."""


class Outlet:
    """One answer's way to the socket (http.files.Outlet)."""

    patience = 120.0
    """Seconds a client may take nothing at all before it is given up."""

    __slots__ = ("_cycle", "_loop", "_room")

    def __init__(self, cycle: RequestResponseCycle, loop: asyncio.AbstractEventLoop) -> None:
        self._cycle, self._loop = cycle, loop
        self._room: asyncio.Future[None] | None = None

    @property
    def gone(self) -> bool:
        return self._cycle.disconnected

    def wake(self) -> None:
        """There is room in the socket, or nobody left to wait for."""
        if self._room and not self._room.done():
            self._room.set_result(None)

    async def send_file(self, file: int, offset: int, count: int) -> None:
        """Bytes of a file as part of the body that content-length announced. Raises ConnectionError, EOFError."""
        cycle = self._cycle
        if cycle.chunked_encoding is not False or count > cycle.expected_content_length:
            raise RuntimeError("a file is sent within a content-length only")
        await self._flush()
        # A descriptor of our own: the transport's number may be another connection's as soon as it is closed.
        socket = os.dup(cycle.transport.get_extra_info("socket").fileno())
        try:
            await self._pour(socket, file, offset, count)
        except ConnectionError:
            cycle.disconnected = True  # the transport will say so in the next turn of the loop: an answer cut short
            cycle.transport.abort()  # because nobody takes it is no error of the application
            raise
        finally:
            os.close(socket)
        cycle.expected_content_length -= count

    async def _flush(self) -> None:
        """Wait until the transport has handed everything to the kernel."""
        cycle = self._cycle
        while not cycle.disconnected and cycle.transport.get_write_buffer_size():
            cycle.transport.set_write_buffer_limits(0)
            try:
                await (cycle.flow.drain() if cycle.flow.write_paused else asyncio.sleep(0))
            finally:
                cycle.transport.set_write_buffer_limits()

    async def _pour(self, socket: int, file: int, offset: int, count: int) -> None:
        end = offset + count
        while offset < end:
            if self.gone:
                raise ConnectionResetError
            turn = min(end - offset, TURN)
            try:
                sent = await self._send(socket, file, offset, turn)
            except BlockingIOError:
                sent = -1
            if sent == 0:
                raise EOFError(f"a file ends {end - offset} bytes early")
            offset += max(sent, 0)
            if sent == turn:
                await asyncio.sleep(0)
            elif offset < end:
                await self._writable(socket)

    async def _send(self, socket: int, file: int, offset: int, count: int) -> int:
        if pagecache.resident(file, offset, count):
            return os.sendfile(socket, file, offset, count)
        sending = self._loop.run_in_executor(None, os.sendfile, socket, file, offset, count)
        try:
            return await asyncio.shield(sending)
        finally:
            if not sending.done():
                await asyncio.wait([sending])  # cancelled: the thread lets go of the descriptors first

    async def _writable(self, socket: int) -> None:
        """Raises ConnectionError after `patience` seconds in which the client took nothing."""
        self._room = self._loop.create_future()
        self._loop.add_writer(socket, self.wake)
        late = self._loop.call_later(self.patience, self._give_up)
        try:
            await self._room
        finally:
            late.cancel()
            self._loop.remove_writer(socket)
            self._room = None

    def _give_up(self) -> None:
        if self._room and not self._room.done():
            self._room.set_exception(ConnectionAbortedError("the client takes nothing"))
