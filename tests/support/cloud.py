"""The whole cloud in this process, on the simulated drivers: every service, real tokens, no port."""

from pathlib import Path
from typing import Any

from stacklab.app import Cloud
from stacklab.core.settings import load
from tests.support.api import Answer, Api

PASSWORD = "correct horse battery staple"


class InProcess(Api):
    """`InProcess(tmp_path)`; tokens come from `login`, and every call takes one where Api takes a persona."""

    def __init__(self, folder: Path, **environ: str) -> None:
        state = folder / "state"
        state.mkdir(mode=0o700)
        settings = load(
            None, {"STACKLAB_NODE_STATE": str(state), "STACKLAB_COMPUTE_HYPERVISOR": "simulated", **environ}
        )
        self.cloud = Cloud(settings, "http://cloud.test")
        self.cloud.bootstrap(PASSWORD, None)
        self.app = self.cloud.dispatch()
        self.cloud.start()
        self.admin = self.login("admin", PASSWORD, "admin")

    def login(self, user: str, password: str, project: str | None = None, system: bool = False) -> str:
        domain = {"name": "Default"}
        auth: dict[str, Any] = {
            "identity": {
                "methods": ["password"],
                "password": {"user": {"name": user, "domain": domain, "password": password}},
            }
        }
        if project:
            auth["scope"] = {"project": {"name": project, "domain": domain}}
        if system:
            auth["scope"] = {"system": {"all": True}}
        answer = self.post("/identity/v3/auth/tokens", body={"auth": auth})
        assert answer.status == 201, answer.raw
        return answer.headers["x-subject-token"]

    def newcomer(self, email: str) -> str:
        """Sign up and log in to the project that comes with the account."""
        assert self.post("/signup", body={"email": email, "password": PASSWORD}).status == 201
        unscoped = self.login(email, PASSWORD)
        project = self.get("/identity/v3/auth/projects", unscoped).json["projects"][0]["name"]
        return self.login(email, PASSWORD, project)

    def ok(self, answer: Answer) -> Any:
        """The decoded body of an answer that must not be a refusal."""
        assert answer.status < 400, (answer.status, answer.raw)
        return answer.json if answer.raw else None

    def one(self, url: str, token: str, collection: str, name: str) -> str:
        (found,) = [thing["id"] for thing in self.ok(self.get(url, token))[collection] if thing["name"] == name]
        return str(found)

    def close(self) -> None:
        self.cloud.stop()
