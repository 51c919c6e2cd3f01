"""Who an access key stands for: the door behind which its secret stays.

At home identity opens it (`identity.s3_keys`). What comes out is a caller, and of version 4 the day's key, which signs
nothing but requests of that day, region and service.
"""

import hmac
from typing import NamedTuple, Protocol

from stacklab.http.context import Caller
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.signatures import Signed


class Opened(NamedTuple):
    """`key` is the day's signing key of version 4, b"" where the request was signed with version 2."""

    caller: Caller
    key: bytes


class Keys(Protocol):
    """Both return None for an access key that is not known, and raise Unauthorized for one that is no longer good."""

    def day_key(self, access: str, day: str, region: str, service: str) -> tuple[Caller, bytes] | None:
        """The key that version 4 derives from the secret."""

    def right_v2(self, access: str, text: bytes, signature: str) -> Caller | bool | None:
        """The caller when the text was signed with the secret (HMAC-SHA1, Base64); False when it was not."""


def check(keys: Keys, signed: Signed) -> Opened:
    """Raises S3Error (InvalidAccessKeyId, SignatureDoesNotMatch) and Unauthorized."""
    if not signed.scope:
        found = keys.right_v2(signed.access, signed.text, signed.signature)
        if found is None:
            raise S3Error("InvalidAccessKeyId")
        if found is False:
            found = keys.right_v2(signed.access, signed.other, signed.signature)
        if not isinstance(found, Caller):
            raise S3Error("SignatureDoesNotMatch")
        return Opened(found, b"")
    known = keys.day_key(signed.access, *signed.scope)
    if known is None:
        raise S3Error("InvalidAccessKeyId")
    opened = Opened(*known)
    right = hmac.digest(opened.key, signed.text, "sha256").hex().encode()
    if not hmac.compare_digest(right, signed.signature.encode(errors="replace")):
        raise S3Error("SignatureDoesNotMatch")
    return opened
