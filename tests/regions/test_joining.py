"""Joining and leaving: one token, one region, once; and a region that left is out of everything."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import Client, Refused, until
from tests.support.node import Node
from tests.support.regions import Member, Site, status

SERVERS = "/compute/v2.1/servers"


def refused(site: Site, folder: str, token: str, region: str, home: Node | None = None) -> str:
    """What `stacklab up --join` says when it will not."""
    member = Member(site.folder / folder, home or site.home, region, token)
    words = member.command("up", "--state", str(member.state), "--listen", f"127.0.0.1:{member.port}")
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_token_is_good_once(site: Site) -> None:
    member = site.join("RegionTwo")
    assert "This join token is used" in refused(site, "thief", member.token, "RegionTwo")
    assert site.card("RegionTwo")["sponsor"] == "Sponsor of RegionTwo"


def test_a_newcomer_may_choose_a_region_that_is_there(site: Site) -> None:
    site.join("RegionTwo")
    home = Client(site.home.host, site.home.port)
    for region, expected in (("RegionTwo", 201), ("RegionOne", 201), ("RegionTen", 400)):
        body = {"email": f"{region}@example.org", "password": "correct horse battery", "region": region}
        assert status(home, "POST", "/signup", body) == expected


def test_tokens_that_are_not_good(site: Site) -> None:
    made = site.invite("RegionTwo")
    text = made["join_token"]
    assert "not a join token" in refused(site, "a", text[:-9] + "AAAAAAAAA", "RegionTwo")
    assert "for the region RegionTwo, not RegionTen" in refused(site, "b", text, "RegionTen")
    site.admin.delete(f"/regions/v1/invites/{made['id']}")
    assert "This join token is revoked" in refused(site, "c", text, "RegionTwo")
    short = site.invite("RegionTwo", hours=0.0001)["join_token"]
    until("the token to expire", lambda: site.admin.get("/regions/v1/invites")["invites"][-1]["state"] == "expired")
    assert "This join token is expired" in refused(site, "d", short, "RegionTwo")


def test_a_token_is_good_at_its_own_home_only(site: Site, tmp_path: Path) -> None:
    text = site.invite("RegionTwo")["join_token"]
    other = Node(tmp_path / "other").start()
    try:
        assert "not the home this join token is from" in refused(site, "x", text, "RegionTwo", other)
        assert other.stop() == 0
        assert "does not answer" in refused(site, "y", text, "RegionTwo", other)
    finally:
        other.purge()


def test_the_secret_does_not_travel(site: Site) -> None:
    """Altered on its way, a request to join fails: whoever stands in between cannot put in a key of their own."""
    from stacklab.regions import join_token

    token = join_token.parse(site.invite("RegionTwo")["join_token"])
    home = Client(site.home.host, site.home.port)
    body = {"invite": token.invite, "proof": join_token.proof(token.kept, b'{"a": 1}'), "request": '{"a": 2}'}
    assert status(home, "POST", "/regions/v1/join", body) == 403
    assert status(home, "POST", "/regions/v1/join", {**body, "invite": "unknown"}) == 403
    assert status(home, "POST", "/regions/v1/join", {**body, "request": '{"a": 1}'}) == 400


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"name": "RegionOne"}, 409),
        ({"name": "v3"}, 400),
        ({"name": "a/b"}, 400),
        ({"name": "x", "sponsor_url": "javascript:alert(1)"}, 400),
        ({"name": "x", "sponsor_url": "http://a.example/%(user)s"}, 400),
        ({"name": "x", "hours": 0}, 400),
        ({}, 400),
    ],
)
def test_invitations_that_make_no_sense(three: Site, asked: Any, expected: int) -> None:
    assert status(three.admin, "POST", "/regions/v1/invites", {"invite": asked}) == expected


def test_a_node_needs_its_token_once(site: Site) -> None:
    member = site.join("RegionTwo")
    assert member.stop() == 0
    again = Member(member.state, site.home, "RegionTwo")
    again.start()
    assert again.health()["region"] == "RegionTwo"
    until("the move to be known", lambda: endpoint(site, "compute", "RegionTwo").startswith(again.url))
    again.kill()
    same = Member(member.state, site.home, "RegionTwo", member.token)  # a unit file may repeat the whole command
    same.start()
    assert same.stop() == 0


def endpoint(site: Site, kind: str, region: str) -> str:
    service = site.admin.one("/identity/v3/services", "services", {"compute": "nova"}[kind])
    query = f"service_id={service}&region_id={region}&interface=public"
    (found,) = site.admin.get(f"/identity/v3/endpoints?{query}")["endpoints"]
    return str(found["url"])


def test_leaving_and_coming_back(site: Site) -> None:
    member = site.join("RegionTwo")
    key = (member.state / "keys" / "node.key").read_bytes()
    project = site.newcomer("ana@example.org")
    token, _ = site.login("ana@example.org", project, "RegionTwo")
    client = member.client(token)
    server = make_server(client)
    site.admin.put(f"/regions/v1/regions/RegionTwo/admins/{'0' * 32}", None)
    until("the server to be known", lambda: left(site)["used"] == 1)
    assert site.admin.delete("/regions/v1/regions/RegionTwo") == {"draining": {"servers": 1}}
    client.delete(f"{SERVERS}/{server}")
    until("the region to be empty", lambda: left(site)["used"] == 0)
    until("home to know", lambda: status(site.admin, "DELETE", "/regions/v1/regions/RegionTwo") == 204)
    assert site.card("RegionTwo") is None
    assert site.admin.get("/identity/v3/endpoints?region_id=RegionTwo")["endpoints"] == []
    assert status(site.admin, "GET", "/identity/v3/regions/RegionTwo") == 404
    assert status(site.admin, "GET", "/regions/v1/regions/RegionTwo/admins") == 404
    with pytest.raises(Refused, match="401"):  # there is no such address any more
        site.login("ana@example.org", project, "RegionTwo")
    until("the node to know", lambda: member.health()["feed"]["state"] == "removed", 3)
    assert member.health()["outbox"] == 0
    assert status(client, "GET", SERVERS) == 503
    assert status(client, "GET", "/readyz") == 503
    member.stop()
    member.token = site.invite("RegionTwo")["join_token"]
    member.start()
    assert (member.state / "keys" / "node.key").read_bytes() != key
    assert status(client, "GET", SERVERS) == 401, "a token of the time before"
    client.token, _ = site.login("ana@example.org", project, "RegionTwo")
    assert status(client, "GET", SERVERS) == 200


def left(site: Site) -> Any:
    return site.card("RegionTwo")["capacity"]["vcpus"]


def make_server(client: Client) -> str:
    body = {
        "name": "one",
        "imageRef": client.one("/image/v2/images", "images", "stacklab-guest"),
        "flavorRef": "lab.nano",
        "networks": [{"uuid": client.one("/network/v2.0/networks", "networks", "lab")}],
    }
    server = str(client.post(SERVERS, {"server": body})["server"]["id"])
    until("the server", lambda: client.get(f"{SERVERS}/{server}")["server"]["status"] == "ACTIVE")
    return server


def test_a_region_that_is_away_goes_by_force_only(site: Site) -> None:
    member = site.join("RegionTwo")
    make_server(member.client(site.admin_login("RegionTwo")))
    until("the server to be known", lambda: left(site)["used"] == 1)
    member.kill()
    assert status(site.admin, "DELETE", "/regions/v1/regions/RegionTwo") in (202, 409)  # 409 once it counts as away
    assert "removed" in site.stacklab("region", "remove", "RegionTwo", "--force")
    member.start(wait=False)
    until("the node to know", lambda: said(member) == "removed", 10)
    assert not member.ready()


def said(member: Member) -> str:
    try:
        return str(member.health()["feed"]["state"])
    except OSError:
        return ""


def test_the_command(site: Site) -> None:
    text = site.stacklab("region", "invite", "RegionTwo", "--sponsor", "Acme", "--trusted")
    assert text.startswith("slj_")
    listed = site.stacklab("region", "list")
    assert "region RegionOne  here" in listed
    assert "RegionTwo  open until" in listed
    invitation = listed.partition("invitation ")[2].split()[0]
    assert site.stacklab("region", "revoke", invitation) == "revoked\n"
    assert "RegionTwo  revoked until" in site.stacklab("region", "list")
    assert site.stacklab("region", "admin", "add", "RegionOne", "admin") == "added\n"
    assert len(site.stacklab("region", "admin", "list", "RegionOne")) == 33
    assert site.stacklab("region", "admin", "remove", "RegionOne", "admin") == "removed\n"
    done = subprocess.run(
        site.home.command("region", "remove", "Nowhere", "--state", str(site.home.state)),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Could not find region: Nowhere." in done.stderr
