"""POST /signup."""

import re
from typing import Annotated

from msgspec import Meta, Struct

# What RFC 5322 allows without quotes, with at least one dot in the domain; 254 is the longest address SMTP can carry.
_ATEXT = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"{_ATEXT}(\.{_ATEXT})*@({_LABEL}\.)+{_LABEL}", re.IGNORECASE | re.ASCII)


class NewAccount(Struct, forbid_unknown_fields=True):
    """`region`: where the newcomer wants to start; this node's when it is not given."""

    email: Annotated[str, Meta(max_length=254)]
    password: Annotated[str, Meta(max_length=4096)]
    region: str | None = None


def is_email(text: str) -> bool:
    return _EMAIL.fullmatch(text) is not None
