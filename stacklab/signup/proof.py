"""Proof of work: a challenge of our own that a browser solves by itself, and that makes accounts by the thousand dear.

A challenge is signed and not stored, so that handing them out costs nothing and leaves nothing: `bits.expiry.random.
signature`. Its solution is a nonce with which SHA-256 of `challenge:nonce` begins with that many zero bits (the idea of
Hashcash). It is good once: what was handed in is remembered until it expires.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from typing import ClassVar, NamedTuple

from msgspec import Struct

from stacklab.core import clock
from stacklab.core.db.database import change, transaction
from stacklab.core.errors import Failure
from stacklab.core.settings import Signup
from stacklab.signup import limits

_LIFE = 600 * clock.SECOND


class ProofNeeded(Failure):
    """No proof of work, or not a good one: ask for a challenge, solve it, come again."""

    status: ClassVar[int] = 428
    title: ClassVar[str] = "Precondition Required"


class Challenge(NamedTuple):
    """`bits` is 0 where no proof is asked for at the moment; `expires_at` in µs."""

    text: str
    bits: int
    expires_at: int


class Proof(Struct, forbid_unknown_fields=True):
    """A challenge's text and the nonce found for it: a decimal number, written out."""

    text: str
    nonce: str


class Proofs:
    """`secret` is the node's; challenges survive a restart."""

    def __init__(self, settings: Signup, secret: bytes) -> None:
        self._settings = settings
        self._secret = secret

    def bits(self) -> int:
        """How hard a proof must be now, 0 for none: one bit more each time that twice as many people sign up."""
        free = self._settings.proof_free_per_hour
        extra = self._settings.proof_most_bits - self._settings.proof_bits
        if self._settings.proof == "off":
            return 0
        load = limits.load(free << max(extra + 1, 1))
        if self._settings.proof == "auto" and load < free:
            return 0
        return self._settings.proof_bits + min(max(load // free, 1).bit_length() - 1, max(extra, 0))

    def challenge(self) -> Challenge:
        bits, expires_at = self.bits(), clock.now() + _LIFE
        said = f"{bits}.{expires_at}.{secrets.token_urlsafe(12)}"
        return Challenge(f"{said}.{self._signature(said)}", bits, expires_at)

    def check(self, proof: Proof | None, bits: int) -> None:
        """Raises ProofNeeded unless the proof is ours, solved, in time and new; then it is used up. `bits`: how hard
        one must be now; the base is enough, for it may have become harder while somebody was solving."""
        if proof is None:
            raise ProofNeeded("Signing up needs a proof of work now: ask for a challenge and solve it.")
        said, _, signature = proof.text.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(said).encode()):
            raise ProofNeeded("The proof of work is not for a challenge of this cloud; ask for a new one.")
        solved, expires_at, name = said.split(".")
        if int(expires_at) <= clock.now():
            raise ProofNeeded("The challenge has expired; ask for a new one.")
        if int(solved) < min(self._settings.proof_bits, bits):
            raise ProofNeeded("The challenge was too easy for how many sign up now; ask for a new one.")
        if not _number(proof.nonce) or zeros(f"{proof.text}:{proof.nonce}") < int(solved):
            raise ProofNeeded("The proof of work is wrong; ask for a new challenge.")
        _spend(name, int(expires_at))

    def _signature(self, said: str) -> str:
        digest = hmac.digest(self._secret, f"proof of work\0{said}".encode(), "sha256")
        return urlsafe_b64encode(digest[:18]).decode()


def zeros(text: str) -> int:
    """The leading zero bits of the text's SHA-256."""
    return 256 - int.from_bytes(hashlib.sha256(text.encode()).digest()).bit_length()


def _number(nonce: str) -> bool:
    return nonce.isascii() and nonce.isdecimal() and len(nonce) <= 20


def _spend(name: str, expires_at: int) -> None:
    with transaction():
        change("DELETE FROM signup_spent WHERE expires_at <= ?", (clock.now(),))
        if change("INSERT INTO signup_spent VALUES (?, ?) ON CONFLICT DO NOTHING", (name, expires_at)) != 1:
            raise ProofNeeded("This proof of work was used before; ask for a new challenge.")
