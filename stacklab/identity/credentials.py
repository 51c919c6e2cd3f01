"""Stored credentials: blobs for other services (EC2 keys, certificates, TOTP seeds), encrypted at rest."""

import hashlib
from typing import Any

import msgspec

from stacklab.core import ids
from stacklab.core.db.database import durable
from stacklab.core.errors import BadRequest, Conflict, NotFound, OverQuota
from stacklab.identity import users
from stacklab.identity.model import Credential
from stacklab.identity.parts import Parts

EC2 = "ec2"
MOST = 50  # of one user
MOST_BYTES = 64 << 10  # of one: its blob and, beside it, whatever else is said of it
_LENT = ("trust_id", "app_cred_id", "access_token_id", "access_id")
"""What an EC2 key may act under; whoever uses it is held to that, so it is said once and stays."""


def find(credential_id: str) -> Credential | None:
    found: Credential | None = Credential.get_or_none(Credential.id == credential_id)
    return found


def ec2_id(access: str) -> str:
    """An EC2 credential is found by the SHA-256 of its access key (Keystone's rule)."""
    return hashlib.sha256(access.encode(errors="replace")).hexdigest()


def ec2_key(credential_id: str) -> str:
    """The subject by which revocations know a key: what was learned of it before is good no longer."""
    return f"ec2/{credential_id}"


def blob(parts: Parts, credential: Credential) -> str:
    """What was stored, readable."""
    return parts.vault.decrypt(credential.blob.encode()).decode()


def ec2_blob(text: str) -> dict[str, Any]:
    """The object with the access key that is in an EC2 credential. Raises BadRequest."""
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        raise BadRequest("Invalid blob in credential") from None
    if not found or not isinstance(found, dict):
        raise _missing("blob")
    if found.get("access") is None:
        raise _missing("access")
    return found


def _missing(what: str) -> BadRequest:
    return BadRequest(
        f"Expecting to find {what} in credential. The server could not comply with the request since it is either "
        "malformed or otherwise incorrect. The client is assumed to be in error."
    )


def create(parts: Parts, fields: dict[str, Any], extra: dict[str, Any]) -> Credential:
    """`fields`: user_id, type, blob (text), project_id. Raises NotFound for an unknown user, BadRequest for an EC2 blob
    without access key, Conflict for one stored, OverQuota for one too many or too large."""
    if users.find(fields["user_id"]) is None:
        raise NotFound(f"Could not find user: {fields['user_id']}.")
    text, ec2 = fields["blob"], fields["type"].lower() == EC2
    credential_id = ec2_id(str(ec2_blob(text)["access"])) if ec2 else ids.new_hex()
    _require_small(text.encode())
    _require_small(msgspec.json.encode(extra))
    with durable():
        _require_room(fields["user_id"])
        if find(credential_id):
            raise Conflict(
                f"Conflict occurred attempting to store credential - Duplicate entry found with ID {credential_id}."
            )
        stored = {**fields, "blob": _encrypted(parts, text)}
        made: Credential = Credential.create(id=credential_id, extra=extra, **stored)
    return made


def update(parts: Parts, credential: Credential, text: str) -> Credential:
    """Another blob; its owner, project and type stay. Raises BadRequest where an EC2 key would act under another trust,
    application credential or access token than before."""
    if credential.type.lower() == EC2:
        old, new = ec2_blob(blob(parts, credential)), ec2_blob(text)
        for key in _LENT:
            if old.get(key) != new.get(key):
                raise BadRequest(f"{key} can not be updated for credential")
    _require_small(text.encode())
    with durable():
        parts.revocations.revoke(ec2_key(credential.id))
        credential.blob = _encrypted(parts, text)
        credential.save()
    return credential


def delete(parts: Parts, credential: Credential) -> None:
    with durable():
        parts.revocations.revoke(ec2_key(credential.id))
        credential.delete_instance()


def _encrypted(parts: Parts, text: str) -> str:
    return parts.vault.encrypt(text.encode()).decode()


def _require_room(user_id: str) -> None:
    """Raises OverQuota where Keystone's `user_limit` does. Inside the transaction that writes."""
    if Credential.select().where(Credential.user_id == user_id).count() >= MOST:
        raise OverQuota(f"Unable to create additional credentials, maximum of {MOST} already exceeded for user.")


def _require_small(text: bytes) -> None:
    if len(text) > MOST_BYTES:
        raise OverQuota(f"Unable to store a credential of {len(text)} bytes: it has at most {MOST_BYTES}.")
