"""Patterns for names and addresses: the part of regular expressions people filter by, matched in linear time.

Characters, `.` and classes such as `[0-9a-f]`, each with `*`, `+` or `?` after it, and `^` and `$` at the ends. A full
engine would let a stranger's pattern keep the process busy for hours.
"""

import re
from collections.abc import Callable

from msgspec import Struct

from stacklab.core.errors import BadRequest

_MOST = 255
_ITEM = re.compile(r"(\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|[^\\])([*+?]?)", re.DOTALL)
_CLASSES: dict[str, Callable[[str], bool]] = {
    "\\d": str.isdigit,
    "\\w": lambda char: char.isalnum() or char == "_",
    "\\s": str.isspace,
}


class Item(Struct, frozen=True):
    """One character's test, and how often it may come: "" once, `?`, `*` or `+`."""

    test: Callable[[str], bool]
    times: str
    literal: str = ""  # the character, where the item is exactly one


class Pattern:
    """Ignores case, as the databases under Nova do. Raises BadRequest for what it does not know."""

    def __init__(self, text: str) -> None:
        if len(text) > _MOST:
            raise BadRequest("Invalid input for query parameters: the pattern is too long.")
        self._start, self._end = text.startswith("^"), text.endswith("$") and not text.endswith("\\$")
        inner = text[self._start : len(text) - self._end] if text not in ("^", "$") else ""
        self._items = [_item(*found) for found in _items(inner)]

    @property
    def plain(self) -> bool:
        """True when `like` alone says it all."""
        return all(item.literal and not item.times for item in self._items)

    def like(self) -> str:
        """A LIKE pattern (escaped by a backslash) that everything this matches matches too."""
        out = ""
        for item in self._items:
            wild = "%" if item.times else "_"
            out += _escaped(item.literal) if item.literal and not item.times else wild
        return ("" if self._start else "%") + out + ("" if self._end else "%")

    def matches(self, text: str) -> bool:
        """Follows all ways through the pattern at once, a set of positions in it a character."""
        at = self._closure({0})
        last = len(self._items)
        for char in text.lower():
            if last in at and not self._end:
                return True
            moved = {to for position in at if position < last for to in self._step(position, char)}
            at = self._closure(moved if self._start else moved | {0})
        return last in at

    def _step(self, position: int, char: str) -> tuple[int, ...]:
        item = self._items[position]
        if not item.test(char):
            return ()
        return (position, position + 1) if item.times in ("*", "+") and item.times else (position + 1,)

    def _closure(self, positions: set[int]) -> set[int]:
        """With what may be left out left out."""
        found, last = set(positions), len(self._items)
        for position in sorted(positions):
            while position < last and self._items[position].times in ("*", "?"):
                position += 1
                found.add(position)
        return found


def _items(inner: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(inner):
        match = _ITEM.match(inner, at)
        if match is None or match[1] in "(){}|*+?[":
            raise BadRequest(
                f"Invalid input for query parameters. Value: {inner}. Groups, alternatives and counts are not offered "
                "in patterns: use characters, classes, '.', '*', '+' and '?'."
            )
        found.append((match[1], match[2]))
        at = match.end()
    return found


def _item(text: str, times: str) -> Item:
    if text == ".":
        return Item(lambda _char: True, times)
    if text in _CLASSES:
        return Item(_CLASSES[text], times)
    if text.startswith("[") and len(text) > 1:
        try:
            one = re.compile(text, re.IGNORECASE)
        except re.error:
            raise BadRequest(f"Invalid input for query parameters. Value: {text}. It is not a class.") from None
        return Item(lambda char: one.match(char) is not None, times)
    literal = text[-1].lower()
    return Item(lambda char: char == literal, times, literal)


def _escaped(char: str) -> str:
    return "\\" + char if char in "%_\\" else char
