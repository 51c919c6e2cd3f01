"""Whole numbers as clients write them in a query or a body."""

import re

_FORM = re.compile(r"-?[0-9]+\Z")  # int() also takes "1_0", " 1" and the digits of other scripts
_FAR = (1 << 63) - 1  # what a column of 64 bits can hold
_DIGITS = 18  # below it everything fits; int() itself refuses texts of more than 4300


def whole(text: str) -> int | None:
    """The number a text is, drawn in to 64 bits; None when it is none."""
    if not _FORM.match(text):
        return None
    if len(text) > _DIGITS:
        return -_FAR if text.startswith("-") else _FAR
    return int(text)
