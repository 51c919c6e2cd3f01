"""Pages of rows that have a name and a second key (a version, an upload), some of them folded at a delimiter."""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

LAST = "\U0010ffff" * 4  # behind every name that begins with what is before it
_FEW = 4  # rows asked for behind folded ones: the next may be folded too
R = TypeVar("R")
K = TypeVar("K")


class Rows(NamedTuple, Generic[R, K]):
    """Where rows come from, in order: `fetch` those behind a place (a name and a second key), so many; `place`: where
    a row is; `behind`: the second key behind all there are."""

    fetch: Callable[[tuple[str, K], int], Sequence[R]]
    place: Callable[[R], tuple[str, K]]
    behind: K


def page(source: Rows[R, K], prefix: str, delimiter: str, after: tuple[str, K], limit: int) -> list[R | str]:
    """Rows, and texts for what the delimiter folds. Behind a folded name the index is asked again: whether two names
    are folded or a million, it is one look."""
    found: list[R | str] = []
    size = _FEW if delimiter else limit
    while len(found) < limit:
        asked = min(size, limit - len(found))
        rows = source.fetch(after, asked)
        size = min(size * 4, limit)
        for one in rows:
            name, key = source.place(one)
            at = name.find(delimiter, len(prefix)) if delimiter else -1
            if at >= 0:
                fold = name[: at + len(delimiter)]
                found.append(fold)
                after, size = (fold + LAST, source.behind), _FEW
                break
            found.append(one)
            after = (name, key)
        else:
            if len(rows) < asked:
                break
    return found
