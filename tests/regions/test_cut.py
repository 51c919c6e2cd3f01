"""Home and a region in network namespaces of their own, and the wire between them cut: what each does alone, and after.

Both listen behind a bridge; cutting takes the region's end of its wire down, as a cable pulled out would.
"""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.client import until
from tests.support.node import Node, run
from tests.support.regions import QUICK, Member, Site, status
from tests.support.usage import counted, owed

pytestmark = pytest.mark.host
SERVERS = "/compute/v2.1/servers"


class Wires:
    """A bridge here, and two namespaces on it; this process reaches both by the bridge's own address."""

    def __init__(self) -> None:
        self.tag = uuid4().hex[:6]
        third = int(self.tag[:2], 16)
        self.net = f"172.30.{third}"
        self.bridge = f"slr-{self.tag}"
        self.names = {"home": f"slr-{self.tag}-h", "lent": f"slr-{self.tag}-l"}

    def make(self) -> None:
        run("ip", "link", "add", self.bridge, "type", "bridge")
        run("ip", "addr", "add", f"{self.net}.1/24", "dev", self.bridge)
        run("ip", "link", "set", self.bridge, "up")
        for number, (who, name) in enumerate(self.names.items(), 2):
            run("ip", "netns", "add", name)
            run("ip", "link", "add", f"slr{self.tag}{who[0]}", "type", "veth", "peer", "name", "eth0", "netns", name)
            run("ip", "link", "set", f"slr{self.tag}{who[0]}", "master", self.bridge, "up")
            for words in (f"addr add {self.net}.{number}/24 dev eth0", "link set eth0 up", "link set lo up"):
                run("ip", "-n", name, *words.split())

    def address(self, who: str) -> str:
        return f"{self.net}.{list(self.names).index(who) + 2}"

    def isolate(self, on: bool) -> None:
        """Home and region no longer reach each other; this process still reaches both."""
        for who in self.names:
            run("bridge", "link", "set", "dev", f"slr{self.tag}{who[0]}", "isolated", "on" if on else "off")

    def remove(self) -> None:
        for who, name in self.names.items():
            run("ip", "link", "del", f"slr{self.tag}{who[0]}", check=False)
            run("ip", "netns", "del", name, check=False)
        run("ip", "link", "del", self.bridge, check=False)


class Inside:
    """A node whose process lives in a namespace."""

    namespace = ""

    def place(self, namespace: str, address: str) -> None:
        self.namespace, self.host, self.port = namespace, address, 8080

    def inside(self, command: list[str]) -> list[str]:
        return ["ip", "netns", "exec", self.namespace, *command]


class Home(Inside, Node):
    def command(self, *words: str) -> list[str]:
        return self.inside(super().command(*words))


class Lent(Inside, Member):
    def command(self, *words: str) -> list[str]:
        return self.inside(super().command(*words))


class CutSite(Site):
    def __init__(self, folder: Path, wires: Wires) -> None:
        self.folder, self.members = folder, {}
        home = Home(folder / "home", **QUICK)
        home.place(wires.names["home"], wires.address("home"))
        self.home = home.start()
        self.admin = home.admin()

    def lend(self, wires: Wires) -> Lent:
        text = self.invite("Lent")["join_token"]
        member = Lent(self.folder / "Lent", self.home, "Lent", text, STACKLAB_REGIONS_USAGE_SECONDS="1")
        member.place(wires.names["lent"], wires.address("lent"))
        self.members["Lent"] = member
        member.start()
        until("the first report", lambda: self.card("Lent")["capacity"])
        return member


@pytest.fixture
def wires() -> Iterator[Wires]:
    made = Wires()
    try:
        made.make()
        yield made
    finally:
        made.remove()


def test_cut_apart_and_joined_again(tmp_path: Path, wires: Wires) -> None:
    site = CutSite(tmp_path, wires)
    try:
        member = site.lend(wires)
        project = site.newcomer("ana@example.org")
        kept, _ = site.login("ana@example.org", project, "Lent")
        doomed, _ = site.login("ana@example.org", project, "Lent")
        client = member.client(kept)
        wires.isolate(True)
        assert status(member.client(doomed), "GET", SERVERS) == 200
        assert status(site.admin, "DELETE", "/identity/Lent/v3/auth/tokens", x_subject_token=doomed) == 204
        body = {
            "name": "alone",
            "imageRef": client.one("/image/v2/images", "images", "stacklab-guest"),
            "flavorRef": "lab.nano",
            "networks": [{"uuid": client.one("/network/v2.0/networks", "networks", "lab")}],
        }
        server = client.post(SERVERS, {"server": body})["server"]["id"]
        until("the server", lambda: client.get(f"{SERVERS}/{server}")["server"]["status"] == "ACTIVE")
        until("the health to say so", lambda: member.health()["feed"]["state"] == "stale", 60)
        assert status(client, "GET", SERVERS) == 200
        assert site.card("Lent")["capacity"], "home's page waits for nobody"
        until("the card to say so", lambda: not site.card("Lent")["reachable"], 60)
        assert member.health()["outbox"] > 10
        client.delete(f"{SERVERS}/{server}")
        wires.isolate(False)
        until("the revocation to be heard", lambda: status(member.client(doomed), "GET", SERVERS) == 401, 12)
        assert status(client, "GET", SERVERS) == 200
        until("the outbox to be empty", lambda: member.health()["outbox"] == 0, 20)
        wanted = {key: (1, length) for key, length in owed(member.state, 1).items()}
        assert wanted
        until("home to count what is owed", lambda: counted(site.home.state) == wanted, 20)
        assert site.card("Lent")["reachable"]
    finally:
        site.close()
