"""Hashes of passwords: Argon2id (RFC 9106), or bcrypt as Keystone keeps them. Hashing costs tens of milliseconds of
one core on purpose, so only a few run at a time.
"""

import secrets
import threading
from base64 import b64encode
from typing import Protocol

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from stacklab.core.settings import Identity

_AT_ONCE = 2
_BCRYPT_READS = 72  # bytes of a password; Keystone too leaves out the rest


class _Kind(Protocol):
    prefix: str
    nobody: str
    """A well-formed hash of nothing: checking against it costs what checking a real one costs, and always fails."""

    def hash(self, password: str) -> str: ...
    def verify(self, stored: str, password: str) -> bool: ...
    def outdated(self, stored: str) -> bool: ...


class _Argon2:
    prefix = "$argon2"

    def __init__(self, settings: Identity) -> None:
        memory, passes = settings.password_memory_kib, settings.password_time_cost
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=1)
        salt, digest = (b64encode(secrets.token_bytes(n)).decode().rstrip("=") for n in (16, 32))
        self.nobody = f"$argon2id$v=19$m={memory},t={passes},p=1${salt}${digest}"

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, stored: str) -> bool:
        return self._hasher.check_needs_rehash(stored)


class _Bcrypt:
    prefix = "$2"

    def __init__(self, settings: Identity) -> None:
        self._rounds = settings.password_bcrypt_rounds
        salt = bcrypt.gensalt(self._rounds).decode()
        self.nobody = salt + secrets.token_hex(16)[:31]

    def hash(self, password: str) -> str:
        return bcrypt.hashpw(password.encode()[:_BCRYPT_READS], bcrypt.gensalt(self._rounds)).decode()

    def verify(self, stored: str, password: str) -> bool:
        try:
            return bcrypt.checkpw(password.encode()[:_BCRYPT_READS], stored.encode())
        except ValueError:  # what is stored is no hash
            return False

    def outdated(self, stored: str) -> bool:
        return stored.split("$")[2] != f"{self._rounds:02d}"


class Passwords:
    """Call from a thread (`hashes=True` routes), never from the event loop."""

    def __init__(self, settings: Identity) -> None:
        kinds: dict[str, _Kind] = {"argon2id": _Argon2(settings), "bcrypt": _Bcrypt(settings)}
        self._kinds = list(kinds.values())
        self._chosen = kinds[settings.password_hash]
        self._gate = threading.BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        with self._gate:
            return self._chosen.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one; the same work where nothing is stored."""
        kind = self._kind(stored or self._chosen.nobody)
        with self._gate:
            return kind.verify(stored or kind.nobody, password) and stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether the settings now ask for another kind or cost than this hash has."""
        return not stored.startswith(self._chosen.prefix) or self._chosen.outdated(stored)

    def _kind(self, stored: str) -> _Kind:
        return next((kind for kind in self._kinds if stored.startswith(kind.prefix)), self._chosen)
