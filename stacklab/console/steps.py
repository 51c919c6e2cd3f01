"""Between the two steps of a log-in: the receipt of a right password waits here for the code, and never leaves."""

import secrets

from msgspec import Struct

from stacklab.console.tokens import Receipt
from stacklab.core import clock

GOOD_FOR = 5 * 60 * clock.SECOND  # as long as Keystone's receipts
MOST = 2000  # only right passwords get here; the oldest gives way


class Step(Struct, frozen=True):
    """Where the person wanted to go, and the visitor (its cookie) whose form alone may go on."""

    receipt: Receipt
    visitor: str
    region: str
    next: str
    until: int


class Steps:
    def __init__(self) -> None:
        self._held: dict[str, Step] = {}

    def hold(self, receipt: Receipt, visitor: str, region: str, next: str) -> str:
        """Returns the handle for the form of the second step."""
        now = clock.now()
        self._held = {handle: step for handle, step in self._held.items() if step.until > now}
        if len(self._held) >= MOST:
            del self._held[next_of(self._held)]
        handle = secrets.token_urlsafe(16)
        self._held[handle] = Step(receipt, visitor, region, next, now + GOOD_FOR)
        return handle

    def find(self, handle: str, visitor: str) -> Step | None:
        step = self._held.get(handle)
        return step if step and step.visitor == visitor and step.until > clock.now() else None

    def done(self, handle: str) -> None:
        self._held.pop(handle, None)


def next_of(held: dict[str, Step]) -> str:
    """The handle that waits longest: dictionaries keep their order."""
    return next(iter(held))
