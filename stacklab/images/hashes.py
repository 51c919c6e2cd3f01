"""What a job asks of the bytes of an import while they come: the hash that was promised, and whether still wanted."""

import hashlib
import time

from stacklab.core.db.database import row
from stacklab.core.errors import BadRequest, Gone

_LOOKS = 1.0  # seconds between two looks whether the image is still there


class Promise:
    """The hash the bytes must have, by the algorithm that was named; {} promises nothing."""

    def __init__(self, said: dict[str, str]) -> None:
        self.algorithm, self.value = said.get("os_hash_algo", ""), said.get("os_hash_value", "").lower()
        self._hash = hashlib.new(self.algorithm, usedforsecurity=False) if self.algorithm else None

    def update(self, block: bytes) -> None:
        if self._hash:
            self._hash.update(block)

    def keep(self) -> None:
        """Raises BadRequest when it is another."""
        if self._hash and self._hash.hexdigest() != self.value:
            raise BadRequest(f"os_hash_value: ({self.value}) not matched with actual: ({self._hash.hexdigest()})")


class Still:
    """Raises Gone when the image was deleted: what nobody waits for is not fetched to the end."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _LOOKS

    def __call__(self, image_id: str) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _LOOKS
            if row("SELECT 1 FROM images WHERE id = ?", (image_id,)) is None:
                raise Gone(f"Image {image_id} was deleted.")
