"""Signatures of temporary URLs and forms: which digest one was made with, and whether it is right."""

import hmac
from base64 import b64decode
from binascii import Error, unhexlify
from collections.abc import Iterable, Mapping

_BY_LENGTH = {40: "sha1", 64: "sha256", 128: "sha512"}  # hexadecimal digits
KEYS = ("temp-url-key", "temp-url-key-2")  # the metadata of an account or container that holds them


def keys(kept: Mapping[str, str], kind: str) -> list[str]:
    """Those of an account or container (`kind`), from what is kept of it."""
    return [value for name in KEYS if (value := kept.get(f"x-{kind}-meta-{name}"))]


def split(text: str) -> tuple[str, bytes]:
    """(name of the digest, signature) of `<hexadecimal>` or `<name>:<base64>`, plain or URL-safe.

    Raises ValueError when it is neither.
    """
    name, colon, coded = text.partition(":")
    try:
        if not colon and text != text.lower():
            raise ValueError("capitals")  # Swift compares the digits themselves
        if not colon:
            return _BY_LENGTH[len(text)], unhexlify(text)
        coded = coded.rstrip("=").replace("-", "+").replace("_", "/")
        return name, b64decode(coded + "=" * (-len(coded) % 4), validate=True)
    except (Error, KeyError, ValueError):
        raise ValueError("not a signature") from None


def right(signature: bytes, digest: str, keys: Iterable[str], messages: Iterable[str]) -> str | None:
    """The key that signed one of the messages; None when none did. Every pair is compared, in constant time."""
    found = None
    texts = [message.encode() for message in messages]
    for key in keys:
        for text in texts:
            if hmac.compare_digest(hmac.digest(key.encode(), text, digest), signature):
                found = key
    return found
