"""Access rules of application credentials: which requests a token may be used for, and whether one is among them.

A rule is (service type, method, path pattern). In a pattern `{anything}` and `*` stand for a part of a path between
two slashes that is not empty, `**` for anything at all, as keystonemiddleware reads them. People write patterns, so
matching takes time in proportion to the path, whatever they write: all states of the automaton are bits of one integer.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

Rule = tuple[str, str, str]
_LONGEST = 2048  # characters of a path; no longer one is matched
_PART, _REST, _ANY = "{}", "{*}", "**"  # one character that is no slash; any more of them; anything


def permits(rules: Iterable[Rule], service: str, method: str, path: str) -> bool:
    """Whether one of the rules lets a token be used for this; `path` is the one below the service's own address."""
    return any(kind == service and verb == method and compiled(pattern).matches(path) for kind, verb, pattern in rules)


class Pattern:
    """Bit i of a state: the first i tokens of the pattern fit what was read so far."""

    __slots__ = ("_any", "_free", "_full", "_letters", "_part", "_rest", "_start")

    def __init__(self, text: str) -> None:
        self._letters: dict[str, int] = {}
        self._part = self._rest = self._any = 0
        tokens = list(_tokens(text))
        for at, token in enumerate(tokens):
            bit = 1 << at
            if token == _PART:
                self._part |= bit
            elif token == _REST:
                self._rest |= bit
            elif token == _ANY:
                self._any |= bit
            else:
                self._letters[token] = self._letters.get(token, 0) | bit
        self._free = self._rest | self._any
        self._full = 1 << len(tokens)
        self._start = self._skip(1)

    def matches(self, path: str) -> bool:
        if len(path) > _LONGEST:
            return False
        state = self._start
        for letter in path:
            step, stay = self._letters.get(letter, 0), self._any
            if letter != "/":
                step, stay = step | self._part, stay | self._rest
            state = self._skip((state & step) << 1 | state & stay)
            if not state:
                return False
        return bool(state & self._full)

    def _skip(self, state: int) -> int:
        """Tokens that may stand for nothing: no more than two follow each other."""
        state |= (state & self._free) << 1
        return state | (state & self._free) << 1


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Pattern:
    return Pattern(pattern)


def _tokens(text: str) -> Iterator[str]:
    at, last = 0, ""
    while at < len(text):
        end = text.find("}", at) if text[at] == "{" else -1
        if text.startswith("**", at):
            if last != _ANY:
                yield _ANY
            at, last = at + 2, _ANY
        elif text[at] == "*" or end > 0:
            yield from (_PART, _REST)
            at, last = max(end, at) + 1, _REST
        else:
            yield text[at]
            at, last = at + 1, text[at]
