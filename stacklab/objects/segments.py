"""The parts a large object is put together from, and which bytes of which part a range of the whole asks for."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec


class Segment(msgspec.Struct, frozen=True):
    """One part: bytes of another object (`path`, "container/object" as stored, without the first slash), or `data`.

    `size` and `etag` are the whole other object's; of a nested manifest those of what it makes. `span` is the first and
    last byte taken of it, both included; None means all.
    """

    path: str = ""
    size: int = 0
    etag: str = ""
    content_type: str = ""
    last_modified: str = ""
    span: tuple[int, int] | None = None
    nested: bool = False
    data: bytes | None = None

    @property
    def length(self) -> int:
        """Bytes this part adds to the whole."""
        if self.data is not None:
            return len(self.data)
        return self.size if self.span is None else self.span[1] - self.span[0] + 1

    @property
    def names(self) -> tuple[str, str]:
        """The container and the object."""
        container, _, name = self.path.partition("/")
        return container, name


class Piece(NamedTuple):
    """The bytes `first` to `last` (both included) of the segment's object or data."""

    segment: Segment
    first: int
    last: int


def total(segments: Iterable[Segment]) -> int:
    return sum(segment.length for segment in segments)


def cut(segments: Sequence[Segment], first: int, last: int) -> Iterator[Piece]:
    """The pieces that make the bytes `first` to `last` (both included) of the whole, in order."""
    for segment in segments:
        if last < 0:
            return
        length = segment.length
        if first < length:
            start = segment.span[0] if segment.span else 0
            yield Piece(segment, start + max(first, 0), start + min(last, length - 1))
        first -= length
        last -= length


def etag(segments: Iterable[Segment]) -> str:
    """The large object's own: MD5 over the parts' (Swift: with ":first-last;" behind the one of a range)."""
    digest = hashlib.md5(usedforsecurity=False)
    for segment in segments:
        if segment.data is not None:
            part = hashlib.md5(segment.data, usedforsecurity=False).hexdigest()
        elif segment.span:
            part = f"{segment.etag}:{segment.span[0]}-{segment.span[1]};"
        else:
            part = segment.etag
        digest.update(part.encode())
    return digest.hexdigest()


def encode(segments: Iterable[Segment]) -> bytes:
    """What is stored, and what `?multipart-manifest=get` shows."""
    return msgspec.json.encode([_shown(segment) for segment in segments])


def raw(segments: Iterable[Segment]) -> bytes:
    """The same as it can be PUT again (`format=raw`)."""
    return msgspec.json.encode([_raw(segment) for segment in segments])


def decode(manifest: bytes) -> list[Segment]:
    return [_segment(part) for part in msgspec.json.decode(manifest, type=list[dict[str, Any]])]


def _shown(segment: Segment) -> dict[str, Any]:
    if segment.data is not None:
        return {"data": base64.b64encode(segment.data).decode()}
    shown: dict[str, Any] = {
        "name": f"/{segment.path}",
        "bytes": segment.size,
        "hash": segment.etag,
        "content_type": segment.content_type,
        "last_modified": segment.last_modified,
    }
    if segment.span:
        shown["range"] = f"{segment.span[0]}-{segment.span[1]}"
    return {**shown, "sub_slo": True} if segment.nested else shown


def _raw(segment: Segment) -> dict[str, Any]:
    shown = _shown(segment)
    if "data" in shown:
        return shown
    kept = {"etag": shown["hash"], "path": shown["name"]}
    if segment.span:
        kept["range"] = shown["range"]
    return {**kept, "size_bytes": shown["bytes"]}


def _segment(part: dict[str, Any]) -> Segment:
    if "data" in part:
        return Segment(data=base64.b64decode(part["data"]))
    first, _, last = part.get("range", "").partition("-")
    return Segment(
        path=part["name"].lstrip("/"),
        size=int(part["bytes"]),
        etag=part["hash"],
        content_type=part["content_type"],
        last_modified=part["last_modified"],
        span=(int(first), int(last)) if last else None,
        nested=bool(part.get("sub_slo")),
    )
