"""A region that is to go drains first: what runs goes on, nothing new begins, and it is gone after its last server."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from stacklab.core.db.database import change, transaction
from stacklab.core.errors import Conflict
from stacklab.core.events import Bus
from stacklab.core.settings import Settings
from stacklab.identity.service import Identity
from stacklab.regions.home import leaving, records
from stacklab.regions.home.records import Node
from stacklab.regions.home.registry import Registry
from stacklab.regions.node.membership import DRAINING, JOINED, Membership
from stacklab.regions.node.standing import Standing
from tests.support.client import Client, Refused, until
from tests.support.regions import Site, status

SERVERS = "/compute/v2.1/servers"
HERE = "/regions/v1/regions/Lent"


@pytest.mark.parametrize(("state", "draining"), [(JOINED, False), (DRAINING, True)])
def test_what_a_node_knows_when_it_starts(state: str, draining: bool) -> None:
    standing = Standing(Membership("n", "Lent", "http://home", "", "", False, state, 0, 1, 0), 24)
    assert standing.health()["draining"] is draining
    assert standing.closing().startswith("This region is closing; " if draining else "")
    assert bool(standing.closing()) is draining
    assert not standing.removed


def test_what_is_away_is_neither_drained_nor_removed(database: Callable[..., None], tmp_path: Path) -> None:
    database("stacklab.identity", "stacklab.regions")
    node = Node("n", "Lent", "i", "", "", 0, "", "[]", "", JOINED, "{}", 1, 0, 0, 0, None)
    with transaction():
        change(records.INSERT_NODE, tuple(node))
    registry = Registry(Identity(Settings(), tmp_path / "keys", Bus()), Settings().node)
    for servers in (0, 1):
        with pytest.raises(Conflict, match="is away"):
            leaving.drain(registry, node._replace(servers=servers), reachable=False)
    assert not registry.draining("Lent")
    assert not leaving.drain(registry, node._replace(servers=0), reachable=True), "nothing holds it back"
    assert not registry.draining("Lent")
    assert leaving.drain(registry, node, reachable=True)
    assert registry.draining("Lent")
    assert registry.known("Lent")


def boot(client: Client, name: str) -> str:
    body = {
        "name": name,
        "imageRef": client.one("/image/v2/images", "images", "stacklab-guest"),
        "flavorRef": "lab.nano",
        "networks": [{"uuid": client.one("/network/v2.0/networks", "networks", "lab")}],
    }
    return str(client.post(SERVERS, {"server": body})["server"]["id"])


def remove(site: Site, *words: str) -> list[str]:
    return site.home.command("region", "remove", "Lent", *words, "--state", str(site.home.state))


def asked(site: Site) -> subprocess.CompletedProcess[str]:
    return subprocess.run(remove(site), capture_output=True, text=True, timeout=60, check=False)


def wait_for(site: Site, folder: Path) -> "subprocess.Popen[str]":
    """`region remove --wait`, once it has said that it waits."""
    said = folder / "said"
    with said.open("w") as err:
        waiting = subprocess.Popen(remove(site, "--wait"), stdout=subprocess.PIPE, stderr=err, text=True)
    until("the command to wait", lambda: "draining: 1 server left" in said.read_text())
    return waiting


def test_a_region_drains(site: Site, tmp_path: Path) -> None:
    member = site.join("Lent")
    client = member.client(site.admin_login("Lent"))
    server = boot(client, "stays")
    until("the server", lambda: client.get(f"{SERVERS}/{server}")["server"]["status"] == "ACTIVE")
    until("home to know", lambda: site.card("Lent")["capacity"]["vcpus"]["used"] == 1)
    assert site.card("Lent")["draining"] is False
    said = asked(site)
    assert said.returncode == 1
    assert "draining: 1 server left; new ones are refused" in said.stderr
    assert "region Lent  up, draining" in site.stacklab("region", "list")
    assert site.card("Lent")["draining"] is True
    until("the node to know", lambda: member.health()["draining"], 3)
    with pytest.raises(Refused, match=r"403.*This region is closing; "):
        boot(client, "late")
    assert client.get(f"{SERVERS}/{server}")["server"]["status"] == "ACTIVE", "what runs there goes on"
    assert site.admin.get("/identity/v3/endpoints?region_id=Lent")["endpoints"] != []
    assert status(site.admin, "POST", "/regions/v1/invites", {"invite": {"name": "Lent"}}) == 409
    assert status(site.admin, "DELETE", HERE) == 202, "asked again, it still drains"
    waiting = wait_for(site, tmp_path)
    try:
        client.delete(f"{SERVERS}/{server}")
        assert waiting.communicate(timeout=30)[0] == "removed\n"
    finally:
        waiting.kill()
        waiting.wait()
    assert waiting.returncode == 0
    assert site.card("Lent") is None
    until("the node to be told", lambda: member.health()["feed"]["state"] == "removed", 8)


def test_a_draining_node_starts_again_without_home(site: Site) -> None:
    member = site.join("Lent")
    client = member.client(site.admin_login("Lent"))
    boot(client, "stays")
    until("home to know", lambda: status(site.admin, "GET", "/regions/v1/regions") == 200
          and site.card("Lent")["capacity"]["vcpus"]["used"] == 1)  # fmt: skip
    assert status(site.admin, "DELETE", HERE) == 202
    until("the node to know", lambda: member.health()["draining"], 3)
    site.home.kill()
    member.kill()
    member.start()
    with pytest.raises(Refused, match="This region is closing; "):
        boot(client, "late")
    site.home.start()
    until("home to hear of it", lambda: status(site.admin, "DELETE", HERE) == 202, 10)
    assert "removed" in site.stacklab("region", "remove", "Lent", "--force")
