"""A node that takes sign-ups, with its identity."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from stacklab.core.events import Bus
from stacklab.core.settings import Identity as IdentitySettings
from stacklab.core.settings import Mail, Settings
from stacklab.core.settings import Signup as SignupSettings
from stacklab.http.dispatch import Dispatch
from stacklab.identity.api import mount as identity_mount
from stacklab.identity.service import Identity
from stacklab.signup.api import mount as signup_mount
from stacklab.signup.service import Signup
from tests.support.api import Answer, Api
from tests.support.news import settle

PASSWORD = "correct horse battery"


@dataclass
class Node:
    settings: Settings
    identity: Identity
    api: Api
    bus: Bus
    signup_door: Signup = field(init=False)

    def signup(self, email: str = "ana@example.org", password: str = PASSWORD, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.api.post("/signup", body={"email": email, "password": password}, headers=sent)

    def login(self, email: str = "ana@example.org", password: str = PASSWORD) -> Answer:
        user = {"name": email, "domain": {"id": "default"}, "password": password}
        auth = {"identity": {"methods": ["password"], "password": {"user": user}}}
        return self.api.post("/identity/v3/auth/tokens", body={"auth": auth})

    def token(self, email: str = "ana@example.org", password: str = PASSWORD) -> str:
        answer = self.login(email, password)
        assert answer.status == 201, answer.raw
        return answer.headers["x-subject-token"]

    def post(self, path: str, body: Any, token: str | None = None, **headers: str) -> Answer:
        """Below /signup."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.api.post(f"/signup{path}", token, body, headers=sent)

    def settle(self) -> list[str]:
        """Run every queued job here and now, retries without waiting; the kinds that ran."""
        return settle({**self.bus.jobs(), **self.signup_door.jobs()})

    def restart(self) -> None:
        """Another process over the same state."""
        signup = self.signup_door = Signup(self.settings, self.identity, self.bus)
        mounts = [identity_mount(self.identity), signup_mount(signup)]
        self.api.app = Dispatch(mounts, self.identity.check, ThreadPoolExecutor(2))


def build(state: Path, mail: Mail | None = None, verify: Literal["auto", "always", "never"] = "auto") -> Node:
    """Five sign-ups an hour from one address."""
    cheap = IdentitySettings(password_time_cost=1, password_memory_kib=8)
    limits = SignupSettings(per_address_hour=5, verify=verify)
    settings = Settings(identity=cheap, signup=limits, mail=mail or Mail())
    bus = Bus()
    identity = Identity(settings, state / "keys", bus)
    identity.ensure_bootstrap("RegionOne", "http://cloud.test", PASSWORD)
    made = Node(settings, identity, Api(), bus)
    made.restart()
    return made
