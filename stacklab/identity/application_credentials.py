"""Application credentials: made by a user for themself in the project of their token, never with more than it has."""

import hashlib
import hmac
import secrets

from stacklab.core import clock, ids
from stacklab.core.db.database import change, durable, transaction
from stacklab.core.errors import BadRequest, Conflict, Forbidden, NotFound, OverQuota
from stacklab.http.context import Caller
from stacklab.identity import access_rules, grants
from stacklab.identity.model import ApplicationCredential, Role
from stacklab.identity.parts import Parts
from stacklab.identity.schemas.application_credentials import AccessRule, NewApplicationCredential
from stacklab.identity.schemas.roles import RoleRef
from stacklab.identity.tokens import delegated

MOST = 50  # of one user: each is a password of theirs
_RANDOM = 32  # characters: a secret this long is taken for a random one, which no guessing finds
_FAST = "sha256$"


def find(user_id: str, credential_id: str) -> ApplicationCredential | None:
    table = ApplicationCredential
    found: ApplicationCredential | None = table.get_or_none((table.id == credential_id) & (table.user_id == user_id))
    return found


def of(user_id: str, name: str | None = None) -> list[ApplicationCredential]:
    table = ApplicationCredential
    query = table.select().where(table.user_id == user_id).order_by(table.id)
    return list(query if name is None else query.where(table.name == name))


def roles_of(credentials: list[ApplicationCredential]) -> dict[str, Role]:
    """The roles that some credentials have, by id, in one query."""
    wanted = {role_id for credential in credentials for role_id in credential.role_ids}
    return {role.id: role for role in Role.select().where(Role.id.in_(wanted))}


def require_own_hand(caller: Caller) -> None:
    """What was delegated to somebody makes and reads no credentials that would outlive it. Raises Forbidden."""
    if delegated(caller) and not caller.credential_id:
        raise Forbidden("Cannot manage application credentials with a token issued via delegation.")


def require_unrestricted(caller: Caller) -> None:
    """A restricted application credential manages no others. Raises Forbidden."""
    require_own_hand(caller)
    if caller.credential_id and not caller.unrestricted:
        raise Forbidden(
            "You are not authorized to perform the requested action: Using method 'application_credential' "
            "is not allowed for managing additional application credentials."
        )


def create(parts: Parts, caller: Caller, asked: NewApplicationCredential) -> tuple[ApplicationCredential, str]:
    """The credential and its secret, which is not kept. Slow: it may hash. Raises BadRequest, Conflict, Forbidden,
    NotFound, OverQuota."""
    require_unrestricted(caller)
    if caller.project_id is None:
        raise BadRequest("An application credential needs a token that is scoped to a project.")
    role_ids, expires_at = _roles(parts, caller, asked.roles), _expiry(asked.expires_at)
    secret = asked.secret or secrets.token_urlsafe(64)
    stored = _store(parts, secret)
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
            unrestricted=bool(asked.unrestricted),
        )
        access_rules.attach(caller.user_id, made.id, _rules(caller, asked))
    return made, secret


def _rules(caller: Caller, asked: NewApplicationCredential) -> list[AccessRule]:
    """A credential that may do some things makes none that may do others. Raises Forbidden."""
    rules = asked.access_rules or []
    if caller.access_rules is not None:
        own = {rule.id: rule.what for rule in access_rules.of(caller.user_id)}
        wanted = [own.get(rule.id or "", (rule.service, rule.method, rule.path)) for rule in rules]
        if not wanted or not set(wanted) <= set(caller.access_rules):
            raise Forbidden("Cannot create an application credential with more access than its own access rules.")
    return rules


def _room(user_id: str) -> None:
    """Raises OverQuota where Keystone's `user_limit` does. Inside the transaction that inserts."""
    if ApplicationCredential.select().where(ApplicationCredential.user_id == user_id).count() >= MOST:
        raise OverQuota(f"Unable to create additional application credentials: a user has at most {MOST}.")


def _roles(parts: Parts, caller: Caller, asked: list[RoleRef] | None) -> list[str]:
    """Ids of the roles asked for and what they imply; the token's when none are named. Its user must have them now; a
    token that another application credential gave hands on no more than it has. Raises NotFound, BadRequest."""
    if not asked:
        return [role_id for role_id, _ in caller.role_ids]
    chosen = [role.id or _by_name(parts, caller, role.name or "") for role in asked]
    wanted = dict.fromkeys(chosen) | dict.fromkeys(role_id for role_id, _ in parts.rolebook.expand(chosen))
    current = {role_id for role_id, _ in parts.rolebook.expand(grants.held(caller.user_id, str(caller.project_id)))}
    if caller.credential_id:
        current.intersection_update(role_id for role_id, _ in caller.role_ids)
    if not current.issuperset(wanted):
        raise BadRequest("Invalid application credential: Cannot create an application credential with unassigned role")
    return list(wanted)


def _by_name(parts: Parts, caller: Caller, name: str) -> str:
    held = next((role_id for role_id, held in caller.role_ids if held == name), None)
    if held is not None:
        return held
    known, of_domains = parts.rolebook.names(), parts.rolebook.domains()
    found = next(
        (role_id for role_id, known_as in known.items() if known_as == name and role_id not in of_domains), None
    )
    if found is None:
        raise NotFound(f"Role {name} is not defined")
    return found


def _expiry(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = clock.parse(text)
    except ValueError:
        raise BadRequest(f"Invalid input for field 'expires_at': '{text}' is not an ISO 8601 time.") from None
    if moment <= clock.now():
        raise BadRequest("Invalid input for field 'expires_at': it must not be before now.")
    return moment


def _store(parts: Parts, secret: str) -> str:
    """A random secret needs no slow hash; one that somebody made up does."""
    return _digest(secret) if len(secret) >= _RANDOM else parts.passwords.hash(secret)


def _digest(secret: str) -> str:
    return _FAST + hashlib.sha256(secret.encode()).hexdigest()


def slow(stored: str | None) -> bool:
    """Whether checking a secret against this takes a password's time."""
    return stored is not None and not stored.startswith(_FAST)


def right(parts: Parts, found: ApplicationCredential | None, secret: str) -> bool:
    """Whether the secret is this credential's. Long ones of before SHA-256 move to it when they are seen."""
    if found is None or not slow(found.secret):
        return hmac.compare_digest(found.secret if found else "", _digest(secret))
    if not parts.passwords.verify(found.secret, secret):
        return False
    if len(secret) >= _RANDOM:
        with transaction():
            sql = "UPDATE identity_application_credentials SET secret = ? WHERE id = ?"
            change(sql, (_digest(secret), found.id))
    return True


def delete(parts: Parts, credential: ApplicationCredential) -> None:
    """Its tokens end with it; its access rules stay for the next one, as Keystone has it."""
    with durable():
        credential.delete_instance()
        parts.revocations.revoke(credential.id)
