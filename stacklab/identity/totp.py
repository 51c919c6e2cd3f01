"""One-time codes of RFC 6238: six digits that change every 30 seconds, from a seed in a stored credential.

As in Keystone the code of this step and of the one before is taken, and the credential is of type `totp` with the seed
in base32 as its blob. A code, and those before it, is taken once (RFC 6238, 5.2).
"""

import base64
import binascii
import hashlib
import hmac

from stacklab.core import clock
from stacklab.core.db.database import change, transaction
from stacklab.identity import credentials
from stacklab.identity.model import Credential
from stacklab.identity.parts import Parts

STEP = 30 * clock.SECOND
DIGITS = 6
_STEPS = 2  # this one and the one before
_TAKE = """
INSERT INTO identity_totp_used VALUES (?, ?) ON CONFLICT (credential_id)
DO UPDATE SET step = excluded.step WHERE identity_totp_used.step < excluded.step
"""


def accept(parts: Parts, user_id: str, passcode: str) -> bool:
    """Whether this is a code of one of the user's seeds that was not used yet; now it is."""
    current = clock.now() // STEP
    fits = None
    for credential in _seeds(user_id):
        key = seed(credentials.blob(parts, credential))
        for step in range(current - _STEPS + 1, current + 1):
            if key and hmac.compare_digest(code(key, step).encode(), passcode.encode(errors="replace")):
                fits = (credential.id, step)
    return fits is not None and _take(*fits)


def _seeds(user_id: str) -> list[Credential]:
    return list(Credential.select().where((Credential.user_id == user_id) & (Credential.type == "totp")))


def _take(credential_id: str, step: int) -> bool:
    with transaction():
        return change(_TAKE, (credential_id, step)) == 1


def seed(text: str) -> bytes:
    """The key that a blob spells in base32, with or without padding, spaces and capitals; empty when it spells none."""
    letters = text.replace(" ", "").rstrip("=").upper()
    try:
        return base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        return b""


def code(key: bytes, step: int) -> str:
    """The code of one step: HOTP with SHA-1 (RFC 4226, 5.3)."""
    digest = hmac.digest(key, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)
