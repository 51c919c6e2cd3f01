"""What a JSON list says of one object, written once when it is put: writing ten thousand takes longer than finding
them."""

import msgspec
from msgspec import Struct

from stacklab.core import clock

_encode = msgspec.json.Encoder().encode
_MORE = frozenset({"slo", "symlink"})  # kinds of which a list tells more than bytes


class Line(Struct, gc=False):
    name: str
    hash: str
    bytes: int
    content_type: str
    last_modified: str


def text(name: str, etag: str, size: int, media: str, modified: int) -> str:
    return _encode(Line(name, etag, size, media, clock.naive_us(modified))).decode()


def is_plain(kind: str, versioned: bool) -> bool:
    """Whether its row says all that a list tells of it."""
    return kind not in _MORE and not versioned
