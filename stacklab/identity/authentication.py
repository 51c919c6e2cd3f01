"""Who somebody is: password, application credential or an earlier token, one or several, all about the same user.

A refusal never says which part was wrong, and costs the same work whether the user exists or not.
"""

from contextlib import nullcontext
from dataclasses import dataclass

from stacklab.core.db.database import row
from stacklab.core.errors import BadRequest, Forbidden, NotFound, Unauthorized
from stacklab.http.context import Caller
from stacklab.identity import compliance, logins, projects, users
from stacklab.identity.model import ApplicationCredential, User
from stacklab.identity.parts import Parts
from stacklab.identity.schemas import auth as body
from stacklab.identity.service import Identity
from stacklab.identity.tokens import UNAUTHORIZED


@dataclass(frozen=True, slots=True)
class Proof:
    """A user who has shown who they are, how, and what limits the token that follows (`expires_at` in µs)."""

    user: User
    methods: tuple[str, ...]
    expires_at: int
    credential: ApplicationCredential | None = None
    earlier: Caller | None = None


def refused() -> Unauthorized:
    return Unauthorized(UNAUTHORIZED)


def prove(service: Identity, identity: body.Identity, started: int, address: str) -> Proof:
    """Slow: it hashes. Raises Unauthorized, TooManyRequests, BadRequest where a method's part is missing."""
    methods = list(dict.fromkeys(identity.methods))
    names = _claimed(methods, identity)
    with service.throttle.attempt(address, names) if names else nullcontext():
        return _prove_all(service, methods, identity, started)


def _claimed(methods: list[str], identity: body.Identity) -> list[str]:
    """Whom the secrets in a body claim to be of, as the body names them; empty when there are none to guess."""
    names = []
    if "password" in methods and identity.password:
        names.append(_name(identity.password.user))
    if "application_credential" in methods and identity.application_credential:
        given = identity.application_credential
        names.append(given.id or f"{_name(given.user)}/{given.name}")
    return names


def _name(given: body.UserRef | None) -> str:
    return (given.id or given.name or "") if given else ""


def _prove_all(service: Identity, methods: list[str], identity: body.Identity, started: int) -> Proof:
    proofs = [_prove_one(service, method, identity, started) for method in methods]
    if len({proof.user.id for proof in proofs}) != 1:
        raise refused()
    _require_enabled(service, proofs[0].user)
    names = tuple(dict.fromkeys(name for proof in proofs for name in proof.methods))
    return Proof(
        user=proofs[0].user,
        methods=names,
        expires_at=min(proof.expires_at for proof in proofs),
        credential=next((p.credential for p in proofs if p.credential), None),
        earlier=next((p.earlier for p in proofs if p.earlier), None),
    )


def _prove_one(service: Identity, method: str, identity: body.Identity, started: int) -> Proof:
    limit = started + service.lifetime
    if method == "password" and identity.password:
        return _by_password(service, identity.password.user, limit)
    if method == "token" and identity.token:
        return _by_token(service, identity.token.id)
    if method == "application_credential" and identity.application_credential:
        return _by_credential(service, identity.application_credential, started, limit)
    if method in ("password", "token", "application_credential"):
        raise BadRequest(f"Expecting to find {method} in identity. The server could not comply with the request.")
    raise Unauthorized("Attempted to authenticate with an unsupported method.")


def _by_password(parts: Parts, given: body.PasswordUser, limit: int) -> Proof:
    user = logins.by_password(parts, _user(given), given.password)
    return Proof(user, ("password",), limit)


def _by_token(service: Identity, token: str) -> Proof:
    try:
        caller = service.check(token)
    except Unauthorized:
        raise NotFound("Could not find token.") from None  # Keystone's answer to a token that is handed in as a proof
    if caller.credential_id:
        raise Forbidden("A token of an application credential cannot be exchanged for another one.")
    user = users.find(caller.user_id)
    if user is None:
        raise refused()
    return Proof(user, (*caller.methods, "token"), caller.expires_at, earlier=caller)


def _by_credential(parts: Parts, given: body.ApplicationCredential, started: int, limit: int) -> Proof:
    found = _credential(given)
    right = application_credentials.right(parts, found, given.secret)
    user = users.find(found.user_id) if found else None
    if found is None or user is None or not right or (found.expires_at or limit) <= started:
        raise refused()
    return Proof(user, ("application_credential",), min(limit, found.expires_at or limit), credential=found)


def _credential(given: body.ApplicationCredential) -> ApplicationCredential | None:
    table = ApplicationCredential
    found: ApplicationCredential | None
    if given.id:
        found = table.get_or_none(table.id == given.id)
        return found
    if not given.name or given.user is None:
        raise BadRequest("An application credential is told by its id, or by its name and its user.")
    user = _user(given.user)
    found = table.get_or_none((table.user_id == (user.id if user else "")) & (table.name == given.name))
    return found


def _user(given: body.UserRef) -> User | None:
    if given.id:
        return users.find(given.id)
    if not given.name or given.domain is None:
        raise BadRequest("Expecting to find id, or name and domain, in user.")
    domain_id = resolve_domain(given.domain)
    if domain_id is None:
        return None
    # Sign-up keeps e-mail addresses in small letters; people type them as they like.
    return users.named(given.name, domain_id) or users.named(given.name.lower(), domain_id)


def resolve_domain(given: body.DomainRef) -> str | None:
    """The id of the domain meant, existing or not for an id; None for an unknown name."""
    if given.id:
        return given.id
    if not given.name:
        raise BadRequest("Expecting to find id or name in domain.")
    found = projects.named(given.name, "")
    return found.id if found else None


def _require_enabled(parts: Parts, user: User) -> None:
    domain = row("SELECT enabled FROM identity_projects WHERE id = ?", (user.domain_id,))
    if not compliance.enabled(parts.settings.identity, user) or not domain or not domain[0]:
        raise refused()
