"""What only the node that asked may read: `seal` proves who said it, and the wire may be plain HTTP through strangers.

The node asks with an X25519 key made for this one question, home answers with another; both travel under the seals,
which nobody in between can alter. Each pair of keys encrypts one text (ChaCha20-Poly1305 with a key by HKDF-SHA256).
"""

from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_ONCE = bytes(12)  # the nonce: a key encrypts one text


class Envelope:
    """The asking side: send `address`, then `open` the answer."""

    def __init__(self) -> None:
        self._key = X25519PrivateKey.generate()
        self.address = b64encode(self._key.public_key().public_bytes_raw()).decode()

    def open(self, closed: str) -> bytes:
        """Raises ValueError for what was not put into this envelope."""
        raw = b64decode(closed, validate=True)
        try:
            theirs = X25519PublicKey.from_public_bytes(raw[:32])
            return _cipher(self._key, theirs).decrypt(_ONCE, raw[32:], None)
        except InvalidTag:
            raise ValueError("not for this envelope") from None


def close(address: str, text: bytes) -> str:
    """The answering side. Raises ValueError for an address that is none."""
    theirs = X25519PublicKey.from_public_bytes(b64decode(address, validate=True))
    own = X25519PrivateKey.generate()
    return b64encode(own.public_key().public_bytes_raw() + _cipher(own, theirs).encrypt(_ONCE, text, None)).decode()


def _cipher(own: X25519PrivateKey, theirs: X25519PublicKey) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(HKDF(SHA256(), 32, None, b"stacklab home tells").derive(own.exchange(theirs)))
