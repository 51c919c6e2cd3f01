"""What home says of a signature that a node showed it."""

from msgspec import Struct

from stacklab.identity.tokens import Claims

UNKNOWN, WRONG, REFUSED = "unknown", "wrong", "refused"
"""Nobody has the access key; it did not sign this; it is no longer good."""


class Verdict(Struct, frozen=True):
    """`why` is "" where the signature is right; then `claims` are those of a token bound to the node's region, and
    `key` is the derived key of version 4 (b"" of version 2, which is not told). `elsewhere`: hosts of other regions."""

    why: str
    claims: Claims | None = None
    key: bytes = b""
    elsewhere: tuple[str, ...] = ()
