"""A small cloud of real users with real tokens."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stacklab.core.events import Bus
from stacklab.core.settings import Identity as IdentitySettings
from stacklab.core.settings import Settings
from stacklab.http.dispatch import Dispatch
from stacklab.identity import grants, projects, users
from stacklab.identity.api import mount
from stacklab.identity.service import Bootstrap, Identity
from tests.support.api import Answer, Api
from tests.support.news import deliver

PASSWORD = "correct horse battery"
CHEAP = Settings(identity=IdentitySettings(password_time_cost=1, password_memory_kib=8))


@dataclass
class Cloud:
    """`tokens` and `ids` by persona and by thing; `call` takes a persona's name, or a token."""

    identity: Identity
    made: Bootstrap
    state: Path
    api: Api
    tokens: dict[str, str]
    ids: dict[str, str]

    def call(self, method: str, path: str, persona: str | None = None, body: Any = None, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        token = self.tokens.get(persona, persona) if persona else None
        return self.api.call(method, f"/identity{path}", token, body, sent)

    def login(self, name: str, scope: Any = None, password: str = PASSWORD, domain: str = "default") -> Answer:
        user = {"name": name, "domain": {"id": domain}, "password": password}
        auth = {"identity": {"methods": ["password"], "password": {"user": user}}}
        return self.call("POST", "/v3/auth/tokens", body={"auth": auth | ({"scope": scope} if scope else {})})

    def token(self, name: str, scope: Any = None, password: str = PASSWORD) -> str:
        answer = self.login(name, scope, password)
        assert answer.status == 201, answer.raw
        return answer.headers["x-subject-token"]

    def deliver(self) -> None:
        """Hand the news published so far to who listens, as a worker does."""
        deliver(self.identity.bus)

    def restart(self) -> Identity:
        """Another process over the same state."""
        return Identity(CHEAP, self.state / "keys", Bus())

    def user(self, name: str, role: str | None = None, target: str = "", kind: str = "project") -> str:
        made = users.create(self.identity, {"domain_id": "default", "name": name}, PASSWORD, {})
        if role:
            grants.add("user", made.id, kind, target, self.made.roles[role])
        self.ids[name] = made.id
        return str(made.id)


def build(state: Path) -> Cloud:
    """The admin, two projects, and a user for each persona."""
    identity = Identity(CHEAP, state / "keys", Bus())
    made = identity.ensure_bootstrap("RegionOne", "http://cloud.test", PASSWORD)
    api = Api()
    api.app = Dispatch([mount(identity)], identity.check, ThreadPoolExecutor(2))
    cloud = Cloud(identity, made, state, api, {}, {"region": "RegionOne", "domain": "default"})
    cloud.ids["role"] = made.roles["member"]
    for name in ("project", "elsewhere"):
        cloud.ids[name] = projects.create({"domain_id": "default", "name": name}, {}).id
    here = {"project": {"id": cloud.ids["project"]}}
    for role in ("reader", "member", "manager"):
        cloud.user(role, role, cloud.ids["project"])
        cloud.tokens[role] = cloud.token(role, here)
    cloud.user("stranger", "member", cloud.ids["elsewhere"])
    cloud.tokens["stranger"] = cloud.token("stranger", {"project": {"id": cloud.ids["elsewhere"]}})
    cloud.tokens["unscoped"] = cloud.token("member", "unscoped")
    cloud.user("auditor", "reader", "system", "system")
    cloud.tokens["auditor"] = cloud.token("auditor", {"system": {"all": True}})
    cloud.user("warden", "manager", "default", "domain")
    cloud.tokens["warden"] = cloud.token("warden", {"domain": {"id": "default"}})
    cloud.tokens["admin"] = cloud.token("admin", {"project": {"id": made.admin_project_id}})
    cloud.tokens["system"] = cloud.token("admin", {"system": {"all": True}})
    return cloud
