"""Whether there is room for the bytes of an image: in its project's quota, under the largest size, on the disk."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from stacklab.core import full
from stacklab.core.db.database import row
from stacklab.core.errors import BadRequest, NoSpace, TooLarge
from stacklab.core.settings import Settings
from stacklab.http.body import Chunk
from stacklab.http.sinks import Gate
from stacklab.images import model

_GIB = 1 << 30


def _left(settings: Settings, owner: str) -> int:
    """Bytes of the project's quota that no image has."""
    used = row(f"SELECT coalesce(sum({model.TAKEN}), 0) FROM images WHERE owner = ?", (owner,))  # noqa: S608
    return max(settings.images.project_quota_gb * _GIB - int(used[0] if used else 0), 0)


def allowance(settings: Settings, owner: str, announced: int) -> int:
    """Bytes one upload of this project may have now. Raises TooLarge when more are announced."""
    most = min(_left(settings, owner), settings.images.max_size_gb * _GIB)
    fits(announced, most)
    return most


def require(settings: Settings, owner: str, size: int) -> None:
    """Raises TooLarge where a project's quota has less. Copies in several stores count each."""
    fits(size, _left(settings, owner))


@contextmanager
def space() -> Iterator[None]:
    """Raises TooLarge where the disk is full."""
    try:
        with full.told():
            yield
    except NoSpace:
        raise TooLarge("Image storage media is full: there is not enough space for this image.") from None


def whole(size: int, announced: int) -> None:
    """Raises BadRequest when other bytes came than were announced (0: none were)."""
    if announced and size != announced:
        raise BadRequest(f"Size mismatch: expected {announced} bytes, got {size} bytes")


def fits(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(f"The size of the data {size} will exceed the limit. {most} bytes remaining.")


_arriving: Counter[str] = Counter()
"""Project → bytes of its uploads under way, which are on the disk and in no row yet."""
_counting = threading.Lock()


@contextmanager
def counted(owner: str, settings: Settings) -> Iterator[Gate]:
    """Raises TooLarge when all uploads of the project under way are more than it may still have."""
    left, seen = _left(settings, owner), 0

    def count(chunk: Chunk) -> None:
        nonlocal seen
        with _counting:
            seen += len(chunk)
            _arriving[owner] += len(chunk)
            fits(_arriving[owner], left)

    try:
        yield count
    finally:
        with _counting:
            _arriving[owner] -= seen
            if not _arriving[owner]:
                del _arriving[owner]
