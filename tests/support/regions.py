"""A home and the region nodes that joined it: real processes on ports and state directories of their own."""

import json
from pathlib import Path
from typing import Any

from tests.support.client import Client, Refused, until
from tests.support.node import Node, run

PASSWORD = "correct horse battery staple"
QUICK = {"STACKLAB_REGIONS_REPORT_SECONDS": "0.2", "STACKLAB_IDENTITY_PASSWORD_MEMORY_KIB": "8"}


class Member(Node):
    """A region: `up --join …`; without a token it is started as a node that joined before."""

    def __init__(self, state: Path, home: Node, region: str, token: str = "", **environ: str) -> None:
        super().__init__(state, **{**QUICK, **environ})
        self.home, self.region, self.token = home, region, token

    def command(self, *words: str) -> list[str]:
        made = super().command(*words)
        if words[0] == "up" and self.token:
            made += ["--join", self.home.url, "--token", self.token, "--region", self.region]
        return made

    def client(self, token: str) -> Client:
        made = Client(self.host, self.port)
        made.token = token
        return made

    def health(self) -> Any:
        return Client(self.host, self.port).get("/healthz")


class Site:
    """`Site(folder)` is a home that is up; `join("RegionTwo")` adds a region."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        self.home = Node(folder / "home", **{**QUICK, **environ})
        self.members: dict[str, Member] = {}
        try:
            self.home.start()
            self.admin = self.home.admin()
        except BaseException:
            self.close()
            raise

    def invite(self, region: str, **more: Any) -> Any:
        """The invitation, with its join token."""
        return self.admin.post("/regions/v1/invites", {"invite": {"name": region, **more}})["invite"]

    def join(self, region: str, trusted: bool = False, **environ: str) -> Member:
        text = self.invite(region, trusted=trusted, sponsor=f"Sponsor of {region}")["join_token"]
        member = Member(self.folder / region, self.home, region, text, **environ)
        self.members[region] = member
        member.start()
        until("the first report", lambda: self.card(region)["capacity"])
        return member

    def card(self, region: str) -> Any:
        cards = Client(self.home.host, self.home.port).get("/regions/v1/regions")["regions"]
        return next((card for card in cards if card["name"] == region), None)

    def newcomer(self, email: str) -> str:
        """Sign up; the project's id."""
        client = Client(self.home.host, self.home.port)
        made = client.post("/signup", {"email": email, "password": PASSWORD})
        return str(made["project"]["id"])

    def login(self, email: str, project: str, region: str = "") -> tuple[str, Any]:
        """A token and its body; bound to a region if one is given."""
        user = {"name": email, "domain": {"id": "default"}, "password": PASSWORD}
        return self.authenticate({"methods": ["password"], "password": {"user": user}}, project, region)

    def exchange(self, token: str, project: str, region: str = "") -> tuple[str, Any]:
        """Another token for an earlier one."""
        return self.authenticate({"methods": ["token"], "token": {"id": token}}, project, region)

    def authenticate(self, identity: Any, project: str, region: str) -> tuple[str, Any]:
        path = f"/identity/{region}/v3/auth/tokens" if region else "/identity/v3/auth/tokens"
        body = {"auth": {"identity": identity, "scope": {"project": {"id": project}}}}
        status, headers, raw = Client(self.home.host, self.home.port).raw("POST", path, body)
        if status != 201:
            raise Refused(status, raw.decode())
        return headers["x-subject-token"], json.loads(raw)["token"]

    def admin_login(self, region: str) -> str:
        """The operator's token for a region."""
        user = {"name": "admin", "domain": {"id": "default"}, "password": self.home.admin_password()}
        project = self.admin.get("/identity/v3/projects?name=admin")["projects"][0]["id"]
        return self.authenticate({"methods": ["password"], "password": {"user": user}}, project, region)[0]

    def stacklab(self, *words: str) -> str:
        """`stacklab WORDS` at home."""
        return run(*self.home.command(*words, "--state", str(self.home.state)))

    def close(self) -> None:
        for node in (*self.members.values(), self.home):
            node.purge()


def status(client: Client, method: str, path: str, body: Any = None, **headers: str) -> int:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.raw(method, path, body, sent)[0]
