"""Checksums of objects (x-amz-checksum-…), as Amazon documents them ("Checking object integrity"): compared as the
bytes come in, kept with the object, told to who asks with x-amz-checksum-mode.

Of what came in parts there are two: one of all the bytes (FULL_OBJECT; CRCs of neighbours combine), or one of the
checksums of the parts in a row, and how many they are (COMPOSITE).
"""

import binascii
import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import anycrc
from msgspec.structs import replace

from stacklab.http.body import Chunk
from stacklab.objects.model import Container, Entry
from stacklab.objects.objects import New, Recorder
from stacklab.objects.room import Room
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.xml import Node

MARK = "x-amz-checksum-"
FULL, COMPOSITE = "FULL_OBJECT", "COMPOSITE"
_KEPT = "slo-s3-checksum"  # among the metadata of an object; what begins so is not told by Swift
_MODELS = {
    "crc32": (4, anycrc.Model("CRC32-ISO-HDLC")),
    "crc32c": (4, anycrc.Model("CRC32-ISCSI")),
    "crc64nvme": (8, anycrc.Model("CRC64-NVME")),
}
_HASHES = ("sha1", "sha256")
ALGORITHMS = (*_MODELS, *_HASHES)
_ABOUT = (f"{MARK}algorithm", f"{MARK}type", f"{MARK}mode")


class Sum(Protocol):
    """A checksum on its way. `name`: of its algorithm, in small letters."""

    name: str

    def update(self, data: Chunk, /) -> None: ...

    def digest(self) -> bytes: ...


class _Crc:
    def __init__(self, name: str) -> None:
        self.name, self._value = name, 0
        self._size, self._model = _MODELS[name]

    def update(self, data: Chunk, /) -> None:
        self._value = self._model.calc(data, self._value)

    def digest(self) -> bytes:
        return int(self._value).to_bytes(self._size)


class _Hash:
    def __init__(self, name: str) -> None:
        self.name, self._hash = name, hashlib.new(name, usedforsecurity=False)

    def update(self, data: Chunk, /) -> None:
        self._hash.update(data)

    def digest(self) -> bytes:
        return self._hash.digest()


def begin(name: str) -> Sum:
    return _Crc(name) if name in _MODELS else _Hash(name)


def text(digest: bytes) -> str:
    return b64encode(digest).decode()


def raw(said: str, wanted: int) -> bytes | None:
    """What a client said, None where it is no checksum of so many bytes."""
    try:
        found = b64decode(said, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if len(found) == wanted else None


class Said(NamedTuple):
    """What the headers of an upload say: the algorithm ("" for none), and the checksum or, in `trailer`, that it comes
    behind the bytes."""

    name: str = ""
    value: str = ""
    trailer: str = ""


def said(headers: Mapping[str, str]) -> Said:
    """Raises S3Error for more than one, for an algorithm that is none, and for what is no checksum of its kind."""
    names = [name for name in headers if name.startswith(MARK) and name not in _ABOUT]
    trailers = [name.strip().lower() for name in headers.get("x-amz-trailer", "").split(",") if name.strip()]
    if any(name.removeprefix(MARK) not in ALGORITHMS for name in names):
        raise S3Error("InvalidRequest", "The algorithm type you specified in x-amz-checksum- header is invalid.")
    if any(not name.startswith(MARK) or name.removeprefix(MARK) not in ALGORITHMS for name in trailers):
        raise S3Error("InvalidRequest", "The value specified in the x-amz-trailer header is not supported")
    if len(names) + len(trailers) > 1:
        raise S3Error("InvalidRequest", "Expecting a single x-amz-checksum- header")
    found = Said()
    if names:
        found = Said(names[0].removeprefix(MARK), headers[names[0]])
        if raw(found.value, len(begin(found.name).digest())) is None:
            raise S3Error("InvalidRequest", f"Value for {names[0]} header is invalid.")
    elif trailers:
        found = Said(trailers[0].removeprefix(MARK), trailer=trailers[0])
    _check_announced(headers.get("x-amz-sdk-checksum-algorithm", ""), found)
    return found


def _check_announced(announced: str, found: Said) -> None:
    if announced and not found.name:
        wanting = "no corresponding x-amz-checksum-* or x-amz-trailer headers were found."
        raise S3Error("InvalidRequest", f"x-amz-sdk-checksum-algorithm specified, but {wanting}")
    if announced and announced.lower() != found.name:
        raise S3Error("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.")


class Checksum(NamedTuple):
    """`value` in base64, with how many parts behind it where it is COMPOSITE."""

    name: str
    value: str
    kind: str = FULL

    @property
    def headers(self) -> dict[str, str]:
        return {MARK + self.name: self.value, f"{MARK}type": self.kind}

    @property
    def nodes(self) -> list[Node]:
        return [(element(self.name), self.value), ("ChecksumType", self.kind)]


def element(name: str) -> str:
    """How XML calls the checksum of an algorithm."""
    return f"Checksum{name.upper()}"


def of(entry: Entry) -> Checksum | None:
    """The one that is kept with an object or a part."""
    name, _, rest = entry.metadata.get(_KEPT, "").partition(":")
    kind, _, value = rest.partition(":")
    return Checksum(name, value, kind) if value else None


def kept(found: Checksum | None) -> dict[str, str]:
    """As it stands among an object's metadata."""
    return {_KEPT: f"{found.name}:{found.kind}:{found.value}"} if found else {}


def keeping(running: Sum | None, writes: Recorder) -> Recorder:
    """Writes the checksum with the object, once all its bytes have passed."""
    if running is None:
        return writes

    def record(holder: Container, entry: Entry, new: New, room: Room) -> Entry | None:
        return writes(holder, replace(entry, metadata={**entry.metadata, **kept(ended(running))}), new, room)

    return record


def ended(running: Sum | None) -> Checksum | None:
    """Of bytes that have all passed."""
    return Checksum(running.name, text(running.digest())) if running else None


def told(running: Sum | None) -> dict[str, str]:
    """The headers of the answer to an upload."""
    found = ended(running)
    return found.headers if found else {}


def joined(name: str, kind: str, parts: Sequence[Entry]) -> Checksum | None:
    """Of an object made of parts; None where not every one has a checksum of this algorithm."""
    found = [of(part) for part in parts]
    if not all(one and one.name == name for one in found):
        return None
    digests = [b64decode(one.value) for one in found if one]
    if kind == COMPOSITE:
        whole = begin(name)
        whole.update(b"".join(digests))
        return Checksum(name, f"{text(whole.digest())}-{len(digests)}", COMPOSITE)
    size, model = _MODELS[name]
    value = 0
    for digest, part in zip(digests, parts, strict=True):
        value = model.combine(value, int.from_bytes(digest), part.size)
    return Checksum(name, text(int(value).to_bytes(size)))


def wanted(headers: Mapping[str, str]) -> tuple[str, str]:
    """Algorithm and kind of an upload in parts, ("", "") where its beginning says none. Raises S3Error."""
    name, kind = headers.get(f"{MARK}algorithm", "").lower(), headers.get(f"{MARK}type", "").upper()
    if name and name not in ALGORITHMS:
        raise S3Error("InvalidRequest", "Checksum algorithm provided is unsupported. Please try again.")
    if kind and (not name or kind not in (FULL, COMPOSITE)):
        raise S3Error("InvalidRequest", f"Value for {MARK}type header is invalid.")
    kind = kind or (FULL if name == "crc64nvme" else COMPOSITE)
    if (kind, name) == (COMPOSITE, "crc64nvme") or (kind == FULL and name in _HASHES):
        words = f"The {kind} checksum type cannot be used with the {name} checksum algorithm."
        raise S3Error("InvalidRequest", words)
    return (name, kind) if name else ("", "")
