"""A node that takes sign-ups, with its identity."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from stacklab.core.events import Bus
from stacklab.core.settings import Identity as IdentitySettings
from stacklab.core.settings import Settings
from stacklab.core.settings import Signup as SignupSettings
from stacklab.http.dispatch import Dispatch
from stacklab.identity.api import mount as identity_mount
from stacklab.identity.service import Identity
from stacklab.signup.api import mount as signup_mount
from stacklab.signup.service import Signup
from tests.support.api import Answer, Api

PASSWORD = "correct horse battery"


@dataclass
class Node:
    settings: Settings
    identity: Identity
    api: Api
    bus: Bus

    def signup(self, email: str = "ana@example.org", password: str = PASSWORD, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.api.post("/signup", body={"email": email, "password": password}, headers=sent)

    def login(self, email: str = "ana@example.org", password: str = PASSWORD) -> Answer:
        user = {"name": email, "domain": {"id": "default"}, "password": password}
        auth = {"identity": {"methods": ["password"], "password": {"user": user}}}
        return self.api.post("/identity/v3/auth/tokens", body={"auth": auth})

    def restart(self) -> None:
        """Another process over the same state."""
        signup = Signup(self.settings, self.identity, self.bus)
        mounts = [identity_mount(self.identity), signup_mount(signup)]
        self.api.app = Dispatch(mounts, self.identity.check, ThreadPoolExecutor(2))


def build(state: Path) -> Node:
    """Five sign-ups an hour from one address."""
    cheap = IdentitySettings(password_time_cost=1, password_memory_kib=8)
    settings = Settings(identity=cheap, signup=SignupSettings(per_address_hour=5))
    bus = Bus()
    identity = Identity(settings, state / "keys", bus)
    identity.ensure_bootstrap("RegionOne", "http://cloud.test", PASSWORD)
    made = Node(settings, identity, Api(), bus)
    made.restart()
    return made
