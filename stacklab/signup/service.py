"""The door to sign-up: one noun an attribute."""

import secrets
from typing import Any

from stacklab.core import facts
from stacklab.core.events import Bus
from stacklab.core.jobs import Kind
from stacklab.core.settings import Settings
from stacklab.identity.service import Identity
from stacklab.signup import lease_mail
from stacklab.signup.accounts import Accounts
from stacklab.signup.leases import Leases
from stacklab.signup.mailer import Mailer
from stacklab.signup.post import Post
from stacklab.signup.proof import Proofs
from stacklab.signup.registration import Registration
from stacklab.signup.resets import Resets
from stacklab.signup.second_factor import SecondFactor

_SECRET = "signup.secret"  # noqa: S105 - the key of a fact, not its value


class Signup:
    """Construct after the migrations."""

    def __init__(self, settings: Settings, identity: Identity, bus: Bus, leases: Leases | None = None) -> None:
        """`leases`: those of this node, where it has servers."""
        self.settings, self.identity, self.leases = settings, identity, leases
        secret = _secret()
        self.post = Post(settings, Mailer(settings.mail), lambda: settings.node.public_url or identity.base_url)
        self.proofs = Proofs(settings.signup, secret)
        self.registration = Registration(settings, identity, bus, self.post, self.proofs, secret)
        self.resets = Resets(settings, identity, self.post)
        self.accounts = Accounts(identity)
        self.second_factor = SecondFactor(settings, identity)
        if leases is not None:
            lease_mail.listen(leases, self.post)

    def facts(self) -> dict[str, Any]:
        """What a sign-up form needs to know."""
        bits = self.proofs.bits()
        return {
            "enabled": self.registration.open,
            "password_min_length": self.settings.identity.password_min_length,
            "region": self.settings.node.region,
            "verification": self.registration.verifies,
            "reset": self.post.on,
            "proof": {"needed": bits > 0, "bits": bits, "mail": self.post.on},
        }

    def jobs(self) -> dict[str, Kind]:
        return self.post.jobs()


def _secret() -> bytes:
    """Made once: what it signs must be good after a restart."""
    if facts.get(_SECRET) is None:
        facts.put(_SECRET, secrets.token_hex(32))
    return str(facts.get(_SECRET)).encode()
