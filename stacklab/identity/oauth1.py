"""OAuth 1.0a: a consumer asks for a project, a user lends it roles there, it works with an access token of theirs."""

import secrets
from types import ModuleType
from typing import Any

import msgspec
from msgspec import Struct

from stacklab.core import clock, ids
from stacklab.core.db.database import change, durable, rows
from stacklab.core.errors import NotFound, OverQuota, Unauthorized
from stacklab.http.context import Caller
from stacklab.identity import grants, projects
from stacklab.identity.delegation import named_roles
from stacklab.identity.model_delegation import AccessToken, Consumer, RequestToken
from stacklab.identity.oauth1_requests import VERIFIER, VERIFIER_LENGTH, Signed, missing
from stacklab.identity.parts import Parts
from stacklab.identity.schemas.delegation import RoleRef
from stacklab.identity.tokens import UNAUTHORIZED

METHOD = "oauth1"
REQUEST_SECONDS, ACCESS_SECONDS = 28_800, 86_400  # how long each kind of token can be used: Keystone's defaults
MOST_ASKED = 1000  # request tokens of one consumer that are neither used nor expired
MOST_BYTES = 16 << 10  # of what else is said of a consumer


class Given(Struct, frozen=True):
    """A token and its secret, which is not told again. `expires_at` in µs."""

    id: str
    secret: str
    expires_at: int


def _signatures() -> ModuleType:
    """What checks them, imported when the first consumer comes: oauthlib is two megabytes that most never need."""
    from stacklab.identity import oauth1_signatures

    return oauth1_signatures


def consumer(consumer_id: str) -> Consumer:
    """Raises NotFound."""
    found: Consumer | None = Consumer.get_or_none(Consumer.id == consumer_id)
    if found is None:
        raise NotFound("Consumer not found")
    return found


def create_consumer(parts: Parts, description: str | None, extra: dict[str, Any]) -> tuple[Consumer, str]:
    """The consumer and its secret."""
    secret = ids.new_hex()
    _require_small(extra)
    with durable():
        made: Consumer = Consumer.create(
            id=ids.new_hex(), description=description, secret=_encrypted(parts, secret), extra=extra
        )
    return made, secret


def update_consumer(found: Consumer, changes: dict[str, Any], extra: dict[str, Any]) -> Consumer:
    kept = {**found.extra, **extra}
    _require_small(kept)
    with durable():
        found.description = changes.get("description", found.description)
        found.extra = kept
        found.save()
    return found


def delete_consumer(parts: Parts, found: Consumer) -> None:
    """With its tokens, and those of ours that rest on them."""
    with durable():
        held = rows("SELECT id FROM identity_access_tokens WHERE consumer_id = ?", (found.id,))
        parts.revocations.revoke(*(r[0] for r in held))
        found.delete_instance()


def ask(parts: Parts, asked: Signed) -> Given:
    """A request token for the project in the header. Raises BadRequest, NotFound, Unauthorized, OverQuota."""
    consumer_id = asked.stated.get("oauth_consumer_key")
    project_id = asked.headers.get("requested-project-id")
    if not consumer_id:
        raise missing("oauth_consumer_key")
    if not project_id:
        raise missing("Requested-Project-Id")
    if projects.find(project_id) is None:
        raise NotFound(f"Could not find project: {project_id}.")
    consumer(consumer_id)
    _signatures().require_request(parts, asked)
    given = _fresh(REQUEST_SECONDS)
    with durable():
        change("DELETE FROM identity_request_tokens WHERE expires_at < ?", (clock.now(),))
        if RequestToken.select().where(RequestToken.consumer_id == consumer_id).count() >= MOST_ASKED:
            raise OverQuota(f"Unable to create additional request tokens: a consumer has at most {MOST_ASKED}.")
        RequestToken.create(
            id=given.id,
            consumer_id=consumer_id,
            secret=_encrypted(parts, given.secret),
            project_id=project_id,
            expires_at=given.expires_at,
        )
    return given


def _fresh(seconds: int) -> Given:
    return Given(ids.new_hex(), ids.new_hex(), clock.now() + seconds * clock.SECOND)


def _asked(token_id: str) -> RequestToken:
    """Raises NotFound, Unauthorized for one that is expired."""
    found: RequestToken | None = RequestToken.get_or_none(RequestToken.id == token_id)
    if found is None:
        raise NotFound("Request token not found")
    if clock.now() > found.expires_at:
        raise Unauthorized(UNAUTHORIZED)
    return found


def authorize(parts: Parts, caller: Caller, token_id: str, roles: list[RoleRef]) -> str:
    """Lend a consumer roles in the project it asked for; the verifier its user types in there. Raises NotFound,
    Unauthorized where the caller does not have a role."""
    token = _asked(token_id)
    role_ids = named_roles(parts, roles)
    held = {role_id for role_id, _ in parts.rolebook.expand(grants.held(caller.user_id, token.project_id, "project"))}
    if not held.issuperset(role_ids):
        raise Unauthorized(UNAUTHORIZED)
    token.verifier = "".join(secrets.SystemRandom().sample(VERIFIER, VERIFIER_LENGTH))
    token.user_id, token.role_ids = caller.user_id, role_ids
    with durable():
        token.save()
    return str(token.verifier)


def exchange(parts: Parts, asked: Signed) -> Given:
    """An access token for an authorized request token, which is used up. Raises BadRequest, NotFound, Unauthorized."""
    stated = asked.stated
    for name in ("oauth_consumer_key", "oauth_token", "oauth_verifier"):
        if not stated.get(name):
            raise missing(name)
    token = _asked(stated["oauth_token"])
    _signatures().require_access(parts, asked)
    given = _fresh(ACCESS_SECONDS)
    with durable():
        if not change("DELETE FROM identity_request_tokens WHERE id = ? AND user_id IS NOT NULL", (token.id,)):
            raise NotFound("Request token not found")
        AccessToken.create(
            id=given.id,
            consumer_id=token.consumer_id,
            secret=_encrypted(parts, given.secret),
            user_id=token.user_id,
            project_id=token.project_id,
            role_ids=token.role_ids,
            expires_at=given.expires_at,
        )
    return given


def used(parts: Parts, asked: Signed) -> AccessToken:
    """The access token a request was signed with. Raises BadRequest, NotFound, Unauthorized."""
    token_id = asked.stated.get("oauth_token")
    if not token_id:
        raise missing("oauth_token")
    found = access_token(token_id)
    _signatures().require_resource(parts, asked)
    return found


def access_token(token_id: str) -> AccessToken:
    """Raises NotFound, Unauthorized for one that is expired."""
    found = find_access_token(token_id)
    if clock.now() > found.expires_at:
        raise Unauthorized(UNAUTHORIZED)
    return found


def find_access_token(token_id: str) -> AccessToken:
    """Raises NotFound."""
    found: AccessToken | None = AccessToken.get_or_none(AccessToken.id == token_id)
    if found is None:
        raise NotFound("Access token not found")
    return found


def of(user_id: str) -> list[AccessToken]:
    """What a user has lent."""
    return list(AccessToken.select().where(AccessToken.user_id == user_id).order_by(AccessToken.id))


def revoke(parts: Parts, token: AccessToken) -> None:
    with durable():
        parts.revocations.revoke(token.id)
        token.delete_instance()


def _encrypted(parts: Parts, secret: str) -> str:
    return parts.vault.encrypt(secret.encode()).decode()


def _require_small(extra: dict[str, Any]) -> None:
    if len(msgspec.json.encode(extra)) > MOST_BYTES:
        raise OverQuota(f"Unable to store a consumer: what is said of it has at most {MOST_BYTES} bytes.")
