"""A form with files (multipart/form-data) read as it arrives: fields first, then each file as a stream of bytes.

Nothing is written to a disk, so nobody can fill one. For browsers without JavaScript; with it files come one by one.
"""

from collections import deque
from collections.abc import AsyncIterator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException

FIELDS, MOST = 20, 64 << 10  # how many fields, and bytes of one
MARK = 70  # bytes of the boundary (RFC 2046)


class Form:
    """`fields` are those that came before the file at hand. Raises HTTPException 400 where it is no whole form."""

    def __init__(self, content_type: str, stream: AsyncIterator[bytes]) -> None:
        self.fields: dict[str, str] = {}
        self._stream = stream
        self._events: deque[tuple[str, bytes]] = deque()
        self._header: dict[str, bytes] = {"field": b"", "value": b""}
        self._open = False
        mark = parse_options_header(content_type)[1].get(b"boundary", b"")
        if not mark or len(mark) > MARK:
            raise HTTPException(400)
        self._parser = MultipartParser(
            mark,
            {
                "on_header_field": lambda data, start, end: self._add("field", data[start:end]),
                "on_header_value": lambda data, start, end: self._add("value", data[start:end]),
                "on_header_end": self._header_end,
                "on_part_data": lambda data, start, end: self._events.append(("data", data[start:end])),
                "on_part_end": lambda: self._events.append(("end", b"")),
                "on_end": lambda: self._events.append(("over", b"")),
            },
        )

    async def files(self) -> AsyncIterator[tuple[str, AsyncIterator[bytes]]]:
        """(name, bytes) of each file. What is not read of one is passed over."""
        while True:
            kind, said = await self._next()
            if kind == "over":
                return
            options = parse_options_header(said)[1]
            self._open = kind == "part"
            if options.get(b"filename"):
                yield _text(options[b"filename"]).replace("%22", '"'), self._data()
            value = b""
            async for block in self._data():
                value += block if b"filename" not in options and len(value) < MOST else b""
            self.fields[_text(options.get(b"name", b""))] = _text(value)
            if len(self.fields) > FIELDS:
                raise HTTPException(400)

    async def _data(self) -> AsyncIterator[bytes]:
        while self._open:
            kind, block = await self._next()
            self._open = kind != "end"
            if block:
                yield block

    async def _next(self) -> tuple[str, bytes]:
        while not self._events:
            block = await anext(self._stream, b"")
            try:
                self._parser.write(block)
            except FormParserError as error:
                raise HTTPException(400) from error
            if not block:
                raise HTTPException(400)
        return self._events.popleft()

    def _add(self, which: str, piece: bytes) -> None:
        self._header[which] += piece
        if len(self._header[which]) > MOST:
            raise HTTPException(400)

    def _header_end(self) -> None:
        if self._header["field"].lower() == b"content-disposition":
            self._events.append(("part", self._header["value"]))
        self._header = {"field": b"", "value": b""}


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
