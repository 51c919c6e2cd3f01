"""The bodies of /signup, and what an e-mail address is."""

import re
from typing import Annotated

from msgspec import Meta, Struct

from stacklab.signup.proof import Proof

# What RFC 5322 allows without quotes, with at least one dot in the domain; 254 is the longest address SMTP can carry.
_ATEXT = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"{_ATEXT}(\.{_ATEXT})*@({_LABEL}\.)+{_LABEL}", re.IGNORECASE | re.ASCII)

Email = Annotated[str, Meta(max_length=254)]
Password = Annotated[str, Meta(max_length=4096)]
Short = Annotated[str, Meta(max_length=255)]


class NewAccount(Struct, forbid_unknown_fields=True):
    """`region`: where the newcomer wants to start; this node's when it is not given. `password` may be left out where
    the address is verified first: it is chosen then."""

    email: Email
    password: Password | None = None
    region: str | None = None
    language: Short | None = None
    proof: Proof | None = None


class Asking(Struct, forbid_unknown_fields=True):
    """Who wants a mail."""

    email: Email
    language: Short | None = None


class Held(Struct, forbid_unknown_fields=True):
    """A mailed link."""

    token: Short


class NewPassword(Struct, forbid_unknown_fields=True):
    token: Short
    password: Password


class Goodbye(Struct, forbid_unknown_fields=True):
    password: Password | None = None


class Code(Struct, forbid_unknown_fields=True):
    """A passcode of six digits, or a recovery code."""

    code: Short


class Lost(Struct, forbid_unknown_fields=True):
    """Somebody who has a password and a recovery code, and no device."""

    email: Short
    password: Password
    code: Short


class Reason(Struct, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(max_length=1000)] = ""


def is_email(text: str) -> bool:
    return _EMAIL.fullmatch(text) is not None
