"""The door to sign-up."""

import hmac
import secrets
from typing import Any
from uuid import UUID

from stacklab.core import facts
from stacklab.core.errors import BadRequest, Forbidden
from stacklab.core.events import Bus, Event
from stacklab.core.jobs import Kind
from stacklab.core.settings import Settings
from stacklab.identity.service import Identity, Newcomer
from stacklab.signup import limits
from stacklab.signup.schema import NewAccount, is_email

_SECRET = "signup.secret"  # noqa: S105 - the key of a fact, not its value


class Signup:
    """Construct after the migrations. Emits signup.admitted (subject: the user)."""

    def __init__(self, settings: Settings, identity: Identity, bus: Bus) -> None:
        self._settings = settings
        self._identity = identity
        self._bus = bus
        if facts.get(_SECRET) is None:
            facts.put(_SECRET, secrets.token_hex(32))
        self._secret = str(facts.get(_SECRET)).encode()

    def facts(self) -> dict[str, Any]:
        """What a sign-up form needs to know."""
        return {
            "enabled": self._settings.signup.enabled,
            "password_min_length": self._settings.identity.password_min_length,
            "region": self._settings.node.region,
        }

    def register(self, client: str, asked: NewAccount) -> Newcomer:
        """Slow: it hashes. Raises Forbidden where sign-up is off, BadRequest for a bad field, TooManyRequests."""
        if not self._settings.signup.enabled:
            raise Forbidden("Sign-up is closed on this cloud. Ask its operator for an account.")
        email = asked.email.lower()
        if not is_email(email):
            raise BadRequest("Invalid input for field 'email': it is not an e-mail address.")
        self._require_password(email, asked.password)
        if asked.region not in (None, self._settings.node.region):
            raise BadRequest(f"Invalid input for field 'region': there is no region '{asked.region}' here.")
        limits.count(client, self._settings.signup.per_address_hour)
        admitted = self._identity.admit(email, asked.password)
        if admitted is None:
            return self._nowhere(email, asked.password)
        self._bus.emit(Event("signup.admitted", admitted.user_id, admitted.project_id))
        return admitted

    def _require_password(self, email: str, password: str) -> None:
        least = self._settings.identity.password_min_length
        if len(password) < least:
            raise BadRequest(f"Invalid input for field 'password': it must have at least {least} characters.")
        if len(set(password)) < 4 or password.lower() in (email, email.partition("@")[0]):
            raise BadRequest("Invalid input for field 'password': it is too easy to guess.")

    def _nowhere(self, email: str, password: str) -> Newcomer:
        """Ids as a new account has, for an address that is somebody else's; the same each time."""
        digest = hmac.digest(self._secret, f"{email}\0{password}".encode(), "sha256")
        # version=4 sets the bits that every random id has.
        user_id, project_id = (UUID(bytes=half, version=4).hex for half in (digest[:16], digest[16:]))
        return self._identity.newcomer(email, user_id, project_id)

    def jobs(self) -> dict[str, Kind]:
        """None: an account is ready when the answer goes out."""
        return {}
