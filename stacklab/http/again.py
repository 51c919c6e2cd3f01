"""A row and its file, looked at again where the file went between the two: deleted, or another put in its place."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from stacklab.core.errors import NotFound

T = TypeVar("T")
_TRIES = 3


async def again(read: Callable[[], Awaitable[T]], words: str = "") -> T:
    """What `read` returns. Raises NotFound with these words where the file is gone as often as it is looked at."""
    for _ in range(_TRIES):
        try:
            return await read()
        except FileNotFoundError:
            continue
    raise NotFound(words)
