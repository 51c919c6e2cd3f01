"""Who somebody is: password, one-time code, application credential or an earlier token, one or several, all about the
same user; and what was shown before, by receipt.

A refusal never says which part was wrong, and costs the same work whether the user exists or not.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from msgspec import Struct
from msgspec.structs import replace

from stacklab.core.db.database import row
from stacklab.core.errors import Forbidden, NotFound, Unauthorized
from stacklab.http.context import Caller
from stacklab.identity import application_credentials, claimants, compliance, logins, oauth1, receipts, totp, users
from stacklab.identity.model import ApplicationCredential, User
from stacklab.identity.model_delegation import AccessToken
from stacklab.identity.oauth1_requests import Signed
from stacklab.identity.schemas import auth as body
from stacklab.identity.service import Identity
from stacklab.identity.tokens import UNAUTHORIZED, delegated


class Proof(Struct, frozen=True):
    """A user who has shown who they are, how, and what limits the token that follows (`expires_at` in µs)."""

    user: User
    methods: tuple[str, ...]
    expires_at: int
    credential: ApplicationCredential | None = None
    earlier: Caller | None = None
    access: AccessToken | None = None  # of OAuth1


_UNSIGNED = Signed("", {})


class Attempt(Struct, frozen=True):
    """One POST /v3/auth/tokens. `started` in µs; `address` is who asks, `receipt` the header's text or ""; `asked` is
    the request as OAuth1 clients sign it."""

    auth: body.Auth
    started: int
    address: str
    receipt: str = ""
    asked: Signed = _UNSIGNED


def refused() -> Unauthorized:
    return Unauthorized(UNAUTHORIZED)


def prove(service: Identity, attempt: Attempt) -> Proof:
    """Slow where `hashes` says so. Raises Unauthorized, TooManyRequests, Forbidden, NotFound for a token that is none,
    BadRequest where a method's part is missing."""
    methods = list(dict.fromkeys(attempt.auth.identity.methods))
    with ExitStack() as limits:
        for address, names in _limits(methods, attempt):
            limits.enter_context(service.throttle.attempt(address, names))
        return _prove_all(service, methods, attempt)


def hashes(attempted: body.AuthBody) -> bool:
    """Whether the proof takes a password's time, and so a thread of its own."""
    identity = attempted.auth.identity
    given = identity.application_credential if "application_credential" in identity.methods else None
    stored = claimants.stored_secret(given) if given else None
    return "password" in identity.methods or application_credentials.slow(stored)


def _limits(methods: list[str], attempt: Attempt) -> list[tuple[str, list[str]]]:
    """Whose secrets could be guessed here, as the body names them, and from where failures are counted."""
    identity, names = attempt.auth.identity, []
    if "password" in methods and identity.password and identity.password.user:
        names.append(claimants.label(identity.password.user))
    if "application_credential" in methods and identity.application_credential:
        given = identity.application_credential
        names.append(given.id or f"{claimants.label(given.user)}/{given.name}")
    if "totp" in methods and identity.totp:
        names.append(f"totp/{claimants.label(identity.totp.user)}")
    return [(attempt.address, names)] if names else []


def _codes(service: Identity, attempt: Attempt, proofs: list[Proof]) -> AbstractContextManager[None]:
    """Six digits would be found from many addresses: their failures are counted from anywhere. Those after something
    else that was right are counted apart, so that who knows nothing of a user keeps nobody out."""
    given = attempt.auth.identity.totp
    user = claimants.user(given.user) if given else None
    known = user is not None and (any(p.user.id == user.id for p in proofs) or _has_receipt(service, attempt, user))
    name = user.id if user else claimants.label(given.user if given else None).lower()
    key = f"{'known' if known else 'totp'}/{name}"
    return service.throttle.attempt(key, [key])


def _has_receipt(service: Identity, attempt: Attempt, user: User) -> bool:
    try:
        return bool(attempt.receipt and receipts.read(service, attempt.receipt, user))
    except Unauthorized:
        return False


def _prove_all(service: Identity, methods: list[str], attempt: Attempt) -> Proof:
    # Codes last: one that was looked at is used up.
    proofs = [_prove_one(service, method, attempt) for method in methods if method != "totp"]
    if "totp" in methods:
        with _codes(service, attempt, proofs):
            proofs.append(_prove_one(service, "totp", attempt))
    if len({proof.user.id for proof in proofs}) != 1:
        raise refused()
    user = proofs[0].user
    _require_enabled(service, user)
    names = [name for proof in proofs for name in proof.methods]
    if attempt.receipt:
        names += receipts.read(service, attempt.receipt, user)
    return replace(
        proofs[0],
        methods=tuple(dict.fromkeys(names)),
        expires_at=min(proof.expires_at for proof in proofs),
        credential=next((p.credential for p in proofs if p.credential), None),
        earlier=next((p.earlier for p in proofs if p.earlier), None),
        access=next((p.access for p in proofs if p.access), None),
    )


def _prove_one(service: Identity, method: str, attempt: Attempt) -> Proof:
    by = _METHODS.get(method)
    if by is None:
        raise Unauthorized("Attempted to authenticate with an unsupported method.")
    if getattr(attempt.auth.identity, method) is None:
        raise claimants.missing(method, "identity")
    return by(service, attempt)


def _by_password(service: Identity, attempt: Attempt) -> Proof:
    given = attempt.auth.identity.password
    assert given is not None
    if given.user is None:
        raise claimants.missing("user", "password")
    user = logins.by_password(service, claimants.user(given.user), given.user.password)
    return Proof(user, ("password",), attempt.started + service.lifetime)


def _by_code(service: Identity, attempt: Attempt) -> Proof:
    given = attempt.auth.identity.totp
    assert given is not None
    user = claimants.user(given.user)
    if user is None or not totp.accept(service, user.id, given.user.passcode):
        raise refused()
    return Proof(user, ("totp",), attempt.started + service.lifetime)


def _by_token(service: Identity, attempt: Attempt) -> Proof:
    given = attempt.auth.identity.token
    assert given is not None
    try:
        caller = service.check(given.id)
    except Unauthorized:
        raise NotFound("Could not find token.") from None  # Keystone's answer to a token that is handed in as a proof
    _require_exchangeable(service, caller, attempt.auth.scope)
    user = users.find(caller.user_id)
    if user is None:
        raise refused()
    return Proof(user, (*caller.methods, "token"), caller.expires_at, earlier=caller)


def _require_exchangeable(service: Identity, caller: Caller, scope: body.Scope | str | None) -> None:
    """What a token may not become. Raises Forbidden."""
    asked = scope if isinstance(scope, body.Scope) else None
    lent = "OAuth" if caller.oauth else "trust" if caller.trust else ""
    if lent:
        reason = f"Using {lent}-scoped token to create another token. Create a new {lent}-scoped token instead."
    elif delegated(caller):
        reason = "Using a delegated token to create another token is not allowed."
    elif caller.system and asked and (asked.project or asked.domain):
        reason = "Using a system-scoped token to create a project-scoped or domain-scoped token is not allowed."
    elif caller.role_ids and not service.settings.identity.rescope_scoped_tokens:
        reason = "rescope a scoped token"
    else:
        return
    raise Forbidden(f"You are not authorized to perform the requested action: {reason}")


def _by_oauth1(service: Identity, attempt: Attempt) -> Proof:
    access = oauth1.used(service, attempt.asked)
    user = users.find(access.user_id)
    if user is None:
        raise refused()
    return Proof(user, (oauth1.METHOD,), min(attempt.started + service.lifetime, access.expires_at), access=access)


def _by_credential(service: Identity, attempt: Attempt) -> Proof:
    given, started = attempt.auth.identity.application_credential, attempt.started
    assert given is not None
    if attempt.auth.scope is not None:
        raise Unauthorized(
            "Error authenticating with application credential: Application credentials cannot request a scope."
        )
    found = claimants.credential(given)
    right = application_credentials.right(service, found, given.secret)
    user = users.find(found.user_id) if found else None
    limit = started + service.lifetime
    if found is None or user is None or not right or (found.expires_at or limit) <= started:
        raise refused()
    return Proof(user, ("application_credential",), min(limit, found.expires_at or limit), credential=found)


def _by_somebody_else(_service: Identity, _attempt: Attempt) -> Proof:
    """`external`: who the web server in front says it is. There is none in front."""
    raise refused()


def _require_enabled(service: Identity, user: User) -> None:
    domain = row("SELECT enabled FROM identity_projects WHERE id = ?", (user.domain_id,))
    if not compliance.enabled(service.settings.identity, user) or not domain or not domain[0]:
        raise refused()


_METHODS: dict[str, Callable[[Identity, Attempt], Proof]] = {
    "password": _by_password,
    "totp": _by_code,
    "token": _by_token,
    "application_credential": _by_credential,
    "external": _by_somebody_else,
    oauth1.METHOD: _by_oauth1,
}
