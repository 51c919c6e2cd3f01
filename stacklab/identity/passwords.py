"""Argon2id (RFC 9106): hashing costs tens of milliseconds of one core on purpose, so only a few run at a time."""

import secrets
import threading
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from stacklab.core.settings import Identity

_AT_ONCE = 2


class Passwords:
    """Call from a thread (`hashes=True` routes), never from the event loop."""

    def __init__(self, settings: Identity) -> None:
        memory, passes = settings.password_memory_kib, settings.password_time_cost
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=1)
        self._gate = threading.BoundedSemaphore(_AT_ONCE)
        # A well-formed hash of nothing: checking against it costs what checking a real one costs, and always fails.
        salt, digest = (b64encode(secrets.token_bytes(n)).decode().rstrip("=") for n in (16, 32))
        self._nobody = f"$argon2id$v=19$m={memory},t={passes},p=1${salt}${digest}"

    def hash(self, password: str) -> str:
        with self._gate:
            return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one; the same work where nothing is stored."""
        with self._gate:
            try:
                return self._hasher.verify(stored or self._nobody, password) and stored is not None
            except (VerificationError, InvalidHashError):
                return False

    def outdated(self, stored: str) -> bool:
        """Whether the settings now ask for another cost than this hash has."""
        return self._hasher.check_needs_rehash(stored)
