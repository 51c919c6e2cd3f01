"""Stored credentials: blobs for other services (EC2 keys, certificates), encrypted at rest."""

import hashlib
from typing import Any

import msgspec

from stacklab.core import ids
from stacklab.core.db.database import durable
from stacklab.core.errors import BadRequest, Conflict, NotFound, OverQuota
from stacklab.identity import users
from stacklab.identity.model import Credential
from stacklab.identity.parts import Parts

MOST = 50  # of one user
MOST_BYTES = 64 << 10  # of one: its blob and, beside it, whatever else is said of it


def find(credential_id: str) -> Credential | None:
    found: Credential | None = Credential.get_or_none(Credential.id == credential_id)
    return found


def blob(parts: Parts, credential: Credential) -> str:
    """What was stored, readable."""
    return parts.vault.decrypt(credential.blob.encode()).decode()


def create(parts: Parts, fields: dict[str, Any], extra: dict[str, Any]) -> Credential:
    """Raises NotFound for an unknown user, BadRequest for an EC2 blob without access key, Conflict for one stored,
    OverQuota for one too many or too large."""
    _require_user(fields["user_id"])
    fields["id"] = _id(fields["type"], fields["blob"])
    _encrypt(parts, fields)
    _small(msgspec.json.encode(extra))
    with durable():
        _room(fields["user_id"])
        if find(fields["id"]):
            raise Conflict("Conflict occurred attempting to store credential - Duplicate entry.")
        made: Credential = Credential.create(extra=extra, **fields)
    return made


def update(parts: Parts, credential: Credential, changes: dict[str, Any], extra: dict[str, Any]) -> Credential:
    _require_user(changes.get("user_id", credential.user_id))
    _encrypt(parts, changes)
    extra = {**credential.extra, **extra}
    _small(msgspec.json.encode(extra))
    with durable():
        if changes.get("user_id", credential.user_id) != credential.user_id:
            _room(changes["user_id"])
        for key, value in changes.items():
            setattr(credential, key, value)
        credential.extra = extra
        credential.save()
    return credential


def delete(credential: Credential) -> None:
    with durable():
        credential.delete_instance()


def _require_user(user_id: str) -> None:
    if users.find(user_id) is None:
        raise NotFound(f"Could not find user: {user_id}.")


def _room(user_id: str) -> None:
    """Raises OverQuota where Keystone's `user_limit` does. Inside the transaction that writes."""
    if Credential.select().where(Credential.user_id == user_id).count() >= MOST:
        raise OverQuota(f"Unable to create additional credentials: a user has at most {MOST}.")


def _small(text: bytes) -> None:
    if len(text) > MOST_BYTES:
        raise OverQuota(f"Unable to store a credential of {len(text)} bytes: it has at most {MOST_BYTES}.")


def _id(kind: str, given: str | dict[str, Any]) -> str:
    """An EC2 credential is found by the SHA-256 of its access key (Keystone's rule); others get an id of their own."""
    if kind != "ec2":
        return ids.new_hex()
    try:
        access = (given if isinstance(given, dict) else msgspec.json.decode(given))["access"]
    except (msgspec.DecodeError, KeyError, TypeError):
        raise BadRequest("Invalid blob in credential: an EC2 credential is a JSON object with an access key.") from None
    return hashlib.sha256(str(access).encode()).hexdigest()


def _encrypt(parts: Parts, fields: dict[str, Any]) -> None:
    given = fields.get("blob")
    if given is not None:
        text = given.encode() if isinstance(given, str) else msgspec.json.encode(given)
        _small(text)
        fields["blob"] = parts.vault.encrypt(text).decode()
