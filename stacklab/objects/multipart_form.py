"""A form of a browser (multipart/form-data, RFC 7578) read as it arrives: parts in turn, each a stream of bytes.

Nothing is kept but the end of a chunk that may be the beginning of a boundary.
"""

from collections.abc import AsyncIterator
from email.message import Message
from email.utils import collapse_rfc2231_value

from stacklab.core.errors import BadRequest

_HEAD = 8192  # bytes of headers a part may have
_BOUNDARY = 256  # characters of a boundary; RFC 2046 allows 70


class Broken(BadRequest):
    """The form is none, or was cut off: what was read of the file at hand is not to be kept."""


def boundary(content_type: str) -> str:
    """The boundary of a form, "" when the content is none."""
    said = Message()
    said["content-type"] = content_type
    found = said.get_param("boundary", "")
    if said.get_content_type() != "multipart/form-data" or not isinstance(found, str):
        return ""
    return found if len(found) <= _BOUNDARY else ""


class Part:
    """`headers` by small name. Read `body` before the next part is asked for, or it is passed over."""

    __slots__ = ("body", "filename", "headers", "name")

    def __init__(self, headers: dict[str, str], body: AsyncIterator[bytes]) -> None:
        self.headers, self.body = headers, body
        said = Message()
        said["content-disposition"] = headers.get("content-disposition", "")
        self.name, self.filename = (
            collapse_rfc2231_value(said.get_param(name, "", "content-disposition") or "")
            for name in ("name", "filename")
        )


class Form:
    """The parts of one form. Raises Broken where it does not begin with its boundary or ends too early."""

    def __init__(self, stream: AsyncIterator[bytes], mark: str) -> None:
        self._stream = stream
        self._mark = b"\r\n--" + mark.encode("latin-1", "replace")
        self._held = b"\r\n"  # so that the first boundary is like the others
        self._ended = False

    async def parts(self) -> AsyncIterator[Part]:
        await self._begin()
        while await self._another():
            part = Part(await self._headers(), self._body())
            yield part
            async for _chunk in part.body:
                continue
        self._ended = True

    async def _begin(self) -> None:
        await self._fill(len(self._mark) + 2)
        if not self._held.startswith(self._mark):
            raise Broken("FormPost: invalid starting boundary")
        self._held = self._held[len(self._mark) :]

    async def _another(self) -> bool:
        """After a boundary: two dashes are the end of the form, a new line another part."""
        await self._fill(2)
        if self._held.startswith(b"--"):
            return False
        if not self._held.startswith(b"\r\n"):
            raise Broken("FormPost: invalid boundary")
        return True

    async def _headers(self) -> dict[str, str]:
        """The lines up to the empty one; what is held begins with the new line after the boundary."""
        while (end := self._held.find(b"\r\n\r\n")) < 0:
            if len(self._held) > _HEAD or not await self._more():
                raise Broken("FormPost: invalid headers of a part")
        lines = self._held[:end].decode("utf-8", "replace").split("\r\n")
        self._held = self._held[end + 2 :]  # the last new line may belong to the boundary of an empty part
        pairs = (line.partition(":") for line in lines if ":" in line)
        return {name.strip().lower(): value.strip() for name, _colon, value in pairs}

    async def _body(self) -> AsyncIterator[bytes]:
        skip = 2  # the new line that ends the headers
        while (at := self._held.find(self._mark)) < 0:
            ready = len(self._held) - len(self._mark) + 1
            if ready > skip:
                chunk, self._held, skip = self._held[skip:ready], self._held[ready:], 0
                yield chunk
            if not await self._more():
                raise Broken("FormPost: the form ends within a part")
        chunk, self._held = self._held[skip:at], self._held[at + len(self._mark) :]
        if chunk:
            yield chunk

    async def _fill(self, size: int) -> None:
        while len(self._held) < size:
            if not await self._more():
                raise Broken("FormPost: invalid starting boundary")

    async def _more(self) -> bool:
        chunk = await anext(self._stream, None)
        if chunk is None:
            return False
        self._held += chunk
        return True
