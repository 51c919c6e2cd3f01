"""Key pairs: imported, or generated and handed out once. They belong to a user, not to a project."""

import base64
import binascii
import hashlib
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stacklab.compute.model import keypairs as model
from stacklab.compute.model.keypairs import Keypair
from stacklab.core import clock
from stacklab.core.db.database import transaction
from stacklab.core.errors import BadRequest, Conflict, NotFound, OverQuota
from stacklab.core.settings import Settings
from stacklab.http.context import Context

_NAME = re.compile(r"[A-Za-z0-9_ -]{1,255}\Z")
_NAME_2_92 = re.compile(r"[A-Za-z0-9_ @.-]{1,255}\Z")


class Keypairs:
    def __init__(self, settings: Settings) -> None:
        self._most = settings.quota.key_pairs

    def get(self, ctx: Context, name: str, user_id: str | None = None) -> Keypair:
        """One of the caller's, or for an admin of any user's. Raises NotFound."""
        owner = user_id or ctx.user_id
        ctx.authorize("compute:keypairs:show", user_id=owner)
        found = model.get(owner, name)
        if found is None:
            raise NotFound(f"Keypair {name} not found for user {owner}")
        return found

    def index(self, ctx: Context, user_id: str | None, limit: int, marker: str | None) -> list[Keypair]:
        owner = user_id or ctx.user_id
        ctx.authorize("compute:keypairs:index", user_id=owner)
        if marker is not None and model.get(owner, marker) is None:
            raise BadRequest(f"marker [{marker}] not found")
        return model.of_user(owner, limit, marker)

    def create(
        self, ctx: Context, name: str, public_key: str | None, type: str = "ssh", user_id: str | None = None,
        dots: bool = False,
    ) -> tuple[Keypair, str | None]:  # fmt: skip
        """The pair, and the private key (OpenSSH PEM) when `public_key` is None and one was generated.

        `dots`: names may hold `.` and `@` (2.92). Raises BadRequest, Conflict for a taken name, OverQuota.
        """
        owner = user_id or ctx.user_id
        ctx.authorize("compute:keypairs:create", user_id=owner)
        if not (_NAME_2_92 if dots else _NAME).match(name) or name != name.strip():
            more = ", '@', '.'" if dots else ""
            reason = (
                f"Keypair name contains unsafe characters; only letters, digits, '_', '-'{more} and spaces may be used"
            )
            raise BadRequest(f"Invalid input for field/attribute name. Value: {name}. {reason}")
        if type != "ssh":
            raise BadRequest(f"Keypair data is invalid: keys of type {type} are not offered by this cloud")
        private = None
        if public_key is None:
            private, public_key = _generate()
        pair = Keypair(owner, name, clock.unique() // 1000, type, fingerprint(public_key), public_key, clock.now())
        with transaction():
            if 0 <= self._most <= model.count(owner):
                raise OverQuota("Quota exceeded, too many key pairs.")
            if not model.insert(pair):
                raise Conflict(f"Key pair '{name}' already exists.")
        return pair, private

    def delete(self, ctx: Context, name: str, user_id: str | None = None) -> None:
        """Servers that were made with it keep the public key."""
        owner = user_id or ctx.user_id
        ctx.authorize("compute:keypairs:delete", user_id=owner)
        with transaction():
            if not model.delete(owner, name):
                raise NotFound(f"Keypair {name} not found for user {owner}")


def fingerprint(public_key: str) -> str:
    """MD5 of the key's blob in colons, as Nova has always shown it. Raises BadRequest for what is no SSH key."""
    parts = public_key.strip().split(None, 2)
    try:
        if len(parts) < 2 or "\n" in public_key.strip():
            raise ValueError("not one line of type, key and comment")
        blob = base64.b64decode(parts[1], validate=True)
        serialization.load_ssh_public_key(f"{parts[0]} {parts[1]}".encode())
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        raise BadRequest("Keypair data is invalid: failed to generate fingerprint") from None
    digest = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    return ":".join(digest[at : at + 2] for at in range(0, 32, 2))


def _generate() -> tuple[str, str]:
    """A fresh Ed25519 pair: (private PEM, public line). Microseconds, where RSA takes a good part of a second."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return private.decode(), public.decode() + " generated"
