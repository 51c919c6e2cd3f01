"""Names in order, a page at a time: what it costs does not grow with the container.

With a delimiter, names that share what comes before it are one row, and the index is asked again behind all of them.
Names are compared as UTF-8 bytes, which is the order of their code points.
"""

from typing import Any

from msgspec import Struct

from stacklab.core.db.database import rows

_CHUNK = 1024  # rows asked for at a time where a delimiter may fold names
_FEW = 4  # the same, behind names that were folded: the next may be folded too


class Page(Struct, frozen=True):
    """What is asked for: names after `marker` and before `end_marker` (the other way round with `reverse`). `folder`:
    what is directly in it, objects alone: names that are folded have no row, but one that ends where it would be has.
    """

    limit: int
    marker: str = ""
    end_marker: str = ""
    prefix: str = ""
    delimiter: str = ""
    reverse: bool = False
    folder: bool = False


def successor(text: str) -> str:
    """The first text behind all that begin with this one; "" where there is none."""
    while text:
        head, last = text[:-1], ord(text[-1])
        if last < 0x10FFFF:
            return head + chr(0xE000 if last == 0xD7FF else last + 1)
        text = head
    return ""


def fetch(table: str, columns: str, holder: str, key: Any, page: Page) -> list[tuple[Any, ...] | str]:
    """Rows of a table, whose second column is `name`, or texts for what a delimiter folds. `table`, `columns` and
    `holder` (the column that `key` is in) are constants."""
    low, inclusive = _low(page)
    high = _high(page)
    if not page.delimiter:
        return list(_rows(table, columns, holder, key, low, inclusive, high, page.limit, page.reverse))
    return _folded(table, columns, holder, key, page, low, inclusive, high)


def _low(page: Page) -> tuple[str, bool]:
    """Where names begin, and whether that one is among them."""
    bound = page.end_marker if page.reverse else page.marker
    return (bound, False) if bound >= page.prefix and bound else (page.prefix, True)


def _high(page: Page) -> str:
    """Before which names end; "" for no bound."""
    bound = page.marker if page.reverse else page.end_marker
    behind = successor(page.prefix)
    return min(filter(None, (bound, behind)), default="")


def _rows(
    table: str, columns: str, holder: str, key: Any, low: str, inclusive: bool, high: str, limit: int, reverse: bool
) -> list[tuple[Any, ...]]:
    sql = f"SELECT {columns} FROM {table} WHERE {holder} = ? AND name {'>=' if inclusive else '>'} ?"  # noqa: S608
    params: list[Any] = [key, low]
    if high:
        sql, params = f"{sql} AND name < ?", [*params, high]
    order = "DESC" if reverse else "ASC"
    return rows(f"{sql} ORDER BY name {order} LIMIT ?", (*params, limit))


def _folded(
    table: str, columns: str, holder: str, key: Any, page: Page, low: str, inclusive: bool, high: str
) -> list[tuple[Any, ...] | str]:
    """A chunk that ends among names that are one row is followed by a small one behind them: whether there are two
    such names or a million, what they cost is one look into the index."""
    found: list[tuple[Any, ...] | str] = []
    size = _FEW
    while len(found) < page.limit:
        chunk = _rows(table, columns, holder, key, low, inclusive, high, size, page.reverse)
        folded = _gather(chunk, page, found)
        if len(chunk) < size:
            break
        last = chunk[-1][1]
        if page.reverse:
            high = folded or last
        else:
            low, inclusive = (successor(folded), True) if folded else (last, False)
            if not low:
                break
        size = _FEW if folded else min(size * 4, _CHUNK)
    return found


def _gather(chunk: list[tuple[Any, ...]], page: Page, found: list[tuple[Any, ...] | str]) -> str:
    """Add rows and what is folded of them, to the page's limit; what the last row was folded into, "" for nothing."""
    folded = ""
    for one in chunk:
        if folded and one[1].startswith(folded):
            continue
        if len(found) == page.limit:
            break
        folded = fold(one[1], page)
        if page.folder:
            if one[1] != page.prefix and folded in ("", one[1]):
                found.append(one)
        elif not folded:
            found.append(one)
        elif folded != page.marker:
            found.append(folded)
    return folded


def fold(name: str, page: Page) -> str:
    """The part of a name up to its first delimiter behind the prefix; "" where it has none. There is a delimiter."""
    at = name.find(page.delimiter, len(page.prefix))
    return name[: at + len(page.delimiter)] if at >= 0 else ""


def lines(container: int, page: Page) -> list[str] | None:
    """Each object of a page without delimiter as JSON; None where one of them has to be put into words now."""
    found = [one[0] for one in fetch("objects", "listed", "container", container, page)]
    return found if all(found) else None
