"""Home away: the region goes on, says so, and in the end refuses; nothing that home must be told is lost or doubled."""

import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import Client, Refused, until
from tests.support.node import Node
from tests.support.regions import Site, status
from tests.support.usage import counted, owed, query

SERVERS = "/compute/v2.1/servers"
PERIOD: Any = {"STACKLAB_REGIONS_USAGE_SECONDS": "1"}


def boot(client: Client, name: str) -> str:
    body = {
        "name": name,
        "imageRef": client.one("/image/v2/images", "images", "stacklab-guest"),
        "flavorRef": "lab.nano",
        "networks": [{"uuid": client.one("/network/v2.0/networks", "networks", "lab")}],
    }
    return str(client.post(SERVERS, {"server": body})["server"]["id"])


def place(member: Node) -> int:
    """Up to when usage was written."""
    ((found,),) = query(member.state, "SELECT usage_until FROM regions_membership")
    return int(found)


def moved(member: Node, before: int) -> bool:
    return place(member) > before


def delivered(member: Node) -> bool:
    return query(member.state, "SELECT count(*) FROM regions_outbox") == [(0,)]


def same(home: Path, node: Path) -> bool:
    """Home counts each line that is owed, once, and no other."""
    wanted = owed(node, 1)
    found = counted(home)
    return bool(wanted) and {key: (1, length) for key, length in wanted.items()} == found


def test_a_region_goes_on_without_home_and_tells_it_later(site: Site) -> None:
    member = site.join("Lent", **PERIOD)
    project = site.newcomer("ana@example.org")
    client = member.client(site.login("ana@example.org", project, "Lent")[0])
    site.home.kill()
    server = boot(client, "while-away")
    until("the server", lambda: client.get(f"{SERVERS}/{server}")["server"]["status"] == "ACTIVE")
    until("lines to wait", lambda: member.health()["outbox"] >= 3, 10)
    client.delete(f"{SERVERS}/{server}")
    until("the server to be gone", lambda: status(client, "GET", f"{SERVERS}/{server}") == 404)
    site.home.start()
    until("all to be told", lambda: same(site.home.state, member.state) and delivered(member), 10)


def test_news_of_the_time_apart_is_heard(site: Site) -> None:
    """A token revoked and a project deleted while the region was down: refused and cleared when it is back."""
    member = site.join("Lent")
    project = site.newcomer("ana@example.org")
    token, _ = site.login("ana@example.org", project, "Lent")
    boot(member.client(token), "orphan")
    operator = member.client(site.admin_login("Lent"))
    until("the server", lambda: [s["status"] for s in servers(operator)] == ["ACTIVE"])
    member.kill()
    site.admin.delete(f"/identity/v3/projects/{project}")
    member.start()
    until("the token to be refused", lambda: status(member.client(token), "GET", SERVERS) == 401, 5)
    until("its servers to go", lambda: servers(operator) == [], 20)


def servers(operator: Client) -> Any:
    return operator.get(f"{SERVERS}/detail?all_tenants=1")["servers"]


def test_a_stale_feed_is_said_and_at_last_refused(site: Site) -> None:
    member = site.join("Lent", STACKLAB_REGIONS_STALE_HOURS="0.0015")  # 5.4 s
    project = site.newcomer("ana@example.org")
    client = member.client(site.login("ana@example.org", project, "Lent")[0])
    assert member.health()["feed"]["state"] == "fresh"
    site.home.kill()
    assert status(client, "GET", SERVERS) == 200
    until("the region to refuse", lambda: status(client, "GET", SERVERS) == 503, 20)
    with pytest.raises(Refused, match="has not heard of its home for"):
        client.get(SERVERS)
    assert member.health()["feed"]["state"] == "refusing"
    assert status(client, "GET", "/readyz") == 503
    member.kill()
    member.start(wait=False)
    until("the restarted node to answer", lambda: answers(client))
    assert status(client, "GET", SERVERS) == 503, "the time is kept through a restart"
    site.home.start()
    until("the region to go on", lambda: status(client, "GET", SERVERS) == 200, 10)
    assert status(client, "GET", "/readyz") == 200


def answers(client: Client) -> bool:
    try:
        return status(client, "GET", "/healthz") == 200
    except OSError:
        return False


def test_a_card_of_a_region_that_is_away_waits_for_nobody(site: Site) -> None:
    member = site.join("Lent")
    member.kill()
    assert site.card("Lent")["last_seen"]
    assert site.card("Lent")["capacity"]["vcpus"]["total"]


def test_either_is_killed_at_random_while_usage_flows(site: Site) -> None:
    """Twelve kills at moments nobody chose: every line is counted once, and none that was not owed."""
    chance = random.Random(20131123)
    member = site.join("Lent", **PERIOD)
    client = member.client(site.admin_login("Lent"))
    made: list[str] = []
    for number in range(12):
        if number % 3 == 0:
            made.append(boot(client, f"s{number}"))
        elif len(made) > 1 and number % 3 == 1:
            client.delete(f"{SERVERS}/{made.pop(0)}")
        victim = chance.choice([site.home, member])
        before = place(member)
        until("time to pass", lambda: chance.random() < 0.05, 10, 0.02)
        victim.kill()
        victim.start()
        client.close()
        until("usage to go on", partial(moved, member, before), 20)
    for server in made:
        client.delete(f"{SERVERS}/{server}")
    until("all servers to go", lambda: client.get(SERVERS)["servers"] == [], 30)
    until("all to be told", lambda: same(site.home.state, member.state) and delivered(member), 20)
