"""The one-time token with which a node joins: which invitation, its secret, and the fingerprint of home's key.

The secret itself never travels: the node proves that it has it (HMAC), after it has seen that home has the key. Whoever
listens or stands in between gains nothing.
"""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from msgspec import Struct

_PREFIX = "slj_"
_SIZES = (8, 32, 32, 4)  # invitation, secret, fingerprint, check


class JoinToken(Struct, frozen=True):
    """`invite` is the id of the invitation."""

    invite: str
    secret: bytes
    fingerprint: bytes

    def __repr__(self) -> str:
        """Without the secret: what is shown may be logged."""
        return f"JoinToken({self.invite!r})"

    @property
    def kept(self) -> str:
        """What home keeps of the secret: its SHA-256, in hex."""
        return sha256(self.secret).hexdigest()

    def text(self) -> str:
        raw = bytes.fromhex(self.invite) + self.secret + self.fingerprint
        return _PREFIX + urlsafe_b64encode(raw + _check(raw)).rstrip(b"=").decode()


def mint(fingerprint: bytes) -> JoinToken:
    return JoinToken(secrets.token_hex(_SIZES[0]), secrets.token_bytes(_SIZES[1]), fingerprint)


def parse(text: str) -> JoinToken:
    """Raises ValueError, in words, for what was cut, mistyped or altered."""
    body = text.strip().removeprefix(_PREFIX)
    try:
        raw = urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except ValueError:
        raw = b""
    invite, secret, fingerprint = raw[:8], raw[8:40], raw[40:72]
    if len(raw) != sum(_SIZES) or not hmac.compare_digest(raw[72:], _check(raw[:72])):
        raise ValueError("this is not a join token, or not all of it")
    return JoinToken(invite.hex(), secret, fingerprint)


def proof(kept: str, request: bytes) -> str:
    """What shows that its sender has the secret, and that the request is as it was sent."""
    return hmac.digest(bytes.fromhex(kept), b"stacklab join\n" + request, "sha256").hex()


def _check(raw: bytes) -> bytes:
    return sha256(b"stacklab join token" + raw).digest()[: _SIZES[3]]
