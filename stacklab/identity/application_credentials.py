"""Application credentials: made by a user for themself in the project of their token, never with more than it has."""

import secrets

from stacklab.core import clock, ids
from stacklab.core.db.database import durable
from stacklab.core.errors import BadRequest, Conflict, Forbidden, OverQuota
from stacklab.http.context import Caller
from stacklab.identity import grants
from stacklab.identity.model import ApplicationCredential
from stacklab.identity.parts import Parts
from stacklab.identity.schemas.roles import NewApplicationCredential, RoleRef

MOST = 50  # of one user: each is a password of theirs


def find(user_id: str, credential_id: str) -> ApplicationCredential | None:
    table = ApplicationCredential
    found: ApplicationCredential | None = table.get_or_none((table.id == credential_id) & (table.user_id == user_id))
    return found


def of(user_id: str, name: str | None = None) -> list[ApplicationCredential]:
    table = ApplicationCredential
    query = table.select().where(table.user_id == user_id).order_by(table.id)
    return list(query if name is None else query.where(table.name == name))


def require_unrestricted(caller: Caller) -> None:
    """A restricted application credential manages no others. Raises Forbidden."""
    if caller.credential_id and not caller.unrestricted:
        raise Forbidden("A restricted application credential may not manage application credentials.")


def create(parts: Parts, caller: Caller, asked: NewApplicationCredential) -> tuple[ApplicationCredential, str]:
    """The credential and its secret, which is not kept. Slow: it hashes. Raises BadRequest, Conflict, Forbidden,
    OverQuota."""
    require_unrestricted(caller)
    if caller.project_id is None:
        raise BadRequest("An application credential needs a token that is scoped to a project.")
    if asked.access_rules:
        raise BadRequest("Invalid input for field 'access_rules': this cloud does not enforce access rules.")
    role_ids, expires_at = _roles(parts, caller, asked.roles), _expiry(asked.expires_at)
    secret = asked.secret or secrets.token_urlsafe(64)
    stored = parts.passwords.hash(secret)
    with durable():
        _room(caller.user_id)
        if of(caller.user_id, asked.name):
            raise Conflict(
                "Conflict occurred attempting to store application_credential - Duplicate entry found with "
                f"name {asked.name}."
            )
        made: ApplicationCredential = ApplicationCredential.create(
            id=ids.new_hex(),
            user_id=caller.user_id,
            project_id=caller.project_id,
            name=asked.name,
            secret=stored,
            description=asked.description,
            role_ids=role_ids,
            expires_at=expires_at,
            unrestricted=asked.unrestricted,
        )
    return made, secret


def _room(user_id: str) -> None:
    """Raises OverQuota where Keystone's `user_limit` does. Inside the transaction that inserts."""
    if ApplicationCredential.select().where(ApplicationCredential.user_id == user_id).count() >= MOST:
        raise OverQuota(f"Unable to create additional application credentials: a user has at most {MOST}.")


def _roles(parts: Parts, caller: Caller, asked: list[RoleRef] | None) -> list[str]:
    """Ids of the roles asked for, which the user must have now and the token too; the token's when none are named."""
    if not asked:
        return [role_id for role_id, _ in caller.role_ids]
    current = parts.rolebook.expand(grants.held(caller.user_id, str(caller.project_id)))
    by_name = {name: role_id for role_id, name in current if name in caller.roles}
    chosen = [role.id or by_name.get(role.name or "") for role in asked]
    kept = [role_id for role_id in chosen if role_id in by_name.values()]
    if len(kept) != len(asked):
        raise BadRequest("Invalid application credential: its user does not have a role that was asked for.")
    return list(dict.fromkeys(str(role_id) for role_id in kept))


def _expiry(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = clock.parse(text)
    except ValueError:
        raise BadRequest(f"Invalid input for field 'expires_at': '{text}' is not an ISO 8601 time.") from None
    if moment <= clock.now():
        raise BadRequest("Invalid input for field 'expires_at': it is in the past.")
    return moment


def delete(parts: Parts, credential: ApplicationCredential) -> None:
    """Its tokens end with it."""
    with durable():
        credential.delete_instance()
        parts.revocations.revoke(credential.id)
