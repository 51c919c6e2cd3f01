"""Regions on the web: choose one at the start, at log-in or afterwards; one that is away takes nothing else along."""

import asyncio
import json
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stacklab.console.client import Api, Http
from stacklab.console.faults import Fault
from stacklab.console.places import Place, place

MEASURES = {"vcpus": {"total": 64, "used": 16}, "memory_mb": {"total": 262144, "used": 1024}}


def card(name: str, reachable: bool = True, **more: Any) -> dict[str, Any]:
    made = {"name": name, "sponsor": f"Lab of {name}", "sponsor_url": "", "trusted": False, "reachable": reachable}
    return made | {"services": ["compute"], "capacity": MEASURES, "last_seen": "2026-11-23T10:00:00Z"} | more


@pytest.fixture
def far(open_site: Callable[..., Any], tmp_path: Path) -> Any:
    """Another machine with the services of a region; it lets in the tokens that are bound to it."""
    return open_site(tmp_path / "far")


@pytest.fixture
def two(site: Any, far: Any) -> Any:
    """Home with a second region, `far`."""
    site.cloud.regions = [card("RegionOne"), card("far", sponsor_url="https://lab.example/")]
    site.cloud.far = {"far": f"http://127.0.0.1:{far.port}"}
    far.cloud.tokens = Bound("far")
    return site


class Bound(dict[str, str]):
    """Any token bound to the region is good there, and no other."""

    def __init__(self, region: str) -> None:
        super().__init__()
        self._start = f"bound-to-{region}-"

    def __contains__(self, token: object) -> bool:
        return str(token).startswith(self._start)


@pytest.fixture
def hole() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_one_region_is_named_and_not_asked_for(lin: Any, site: Any) -> None:
    assert 'name="region"' not in site.visitor().get("/").text
    assert "regions-menu" not in lin.get("/servers").text


def test_cards_for_anyone(two: Any) -> None:
    text = two.visitor().get("/regions").text
    assert 'href="https://lab.example/"' in text
    assert "16 / 64" in text
    assert "1 / 256 GB" in text
    assert "GET</span> /regions/v1/regions" in text


def test_card_of_a_sponsor_with_bad_intentions(site: Any) -> None:
    site.cloud.regions = [card("<b>x", sponsor="<script>alert(1)</script>", sponsor_url="javascript:alert(1)")]
    for path in ("/regions", "/status", "/", "/login"):
        text = site.visitor().get(path).text
        assert "javascript:" not in text
        assert "<script>alert" not in text
        assert "<b>x" not in text


def test_start_in_a_region(two: Any, far: Any) -> None:
    visitor = two.visitor()
    fields = {"email": "lin@example.org", "password": "correct horse battery", "region": "far"}
    assert visitor.post("/join", fields).status == 303
    far.cloud.add_server("over-there")
    text = visitor.get("/servers").text
    assert "over-there" in text
    assert f"http://127.0.0.1:{far.port}/compute/v2.1/servers/detail" in text  # the same thing by API, at the region


def test_start_in_a_region_survives_the_mail(two: Any, far: Any) -> None:
    two.cloud.signup_rules |= {"verification": True}
    visitor = two.visitor()
    assert "on its way" in visitor.post("/join", {"email": "new@example.org", "region": "far"}).text
    answer = visitor.post("/verify", {"token": "mailed", "password": "correct horse battery"})
    assert answer.headers["location"] == "/servers/new"
    far.cloud.add_server("over-there")
    assert "over-there" in visitor.get("/servers").text


def test_log_in_into_a_region(two: Any, far: Any) -> None:
    two.cloud.users["lin"] = "secret enough"
    visitor = two.visitor()
    assert visitor.post("/login", {"name": "lin", "password": "secret enough", "region": "far"}).status == 303
    assert visitor.get("/servers").status == 200
    assert "GET /compute/v2.1/servers/detail" in far.cloud.seen
    assert two.visitor().get("/login").text.count("<option") == 2


def test_log_in_into_a_region_that_home_refuses(two: Any) -> None:
    two.cloud.users["lin"] = "secret enough"
    visitor = two.visitor()
    two.cloud.far = {}
    visitor.post("/login", {"name": "lin", "password": "secret enough", "region": "far"})
    assert "cannot be entered now" in visitor.get("/servers").text


def test_switch_keeps_the_session_and_binds_the_token(two: Any, far: Any, lin: Any) -> None:
    two.cloud.add_server("at-home")
    far.cloud.add_server("over-there")
    cookie = lin.cookies["sl_session"]
    answer = lin.post("/region", {"region": "far", "next": "/servers"}, lin.token("/servers"))
    assert (answer.status, answer.headers["location"]) == (303, "/servers")
    assert lin.cookies["sl_session"] == cookie
    text = lin.get("/servers").text
    assert "over-there" in text
    assert "at-home" not in text
    assert not any(f.startswith("127") for f in far.cloud.forwarded)  # who visits is no business of a sponsor's
    lin.post("/region", {"region": "RegionOne"}, lin.token("/servers"))
    assert "at-home" in lin.get("/servers").text


def test_switch_survives_a_restart(two: Any, far: Any, lin: Any, open_site: Callable[..., Any]) -> None:
    lin.post("/region", {"region": "far"}, lin.token("/servers"))
    far.cloud.add_server("over-there")
    cloud = two.cloud
    two.stop()
    again = open_site(two.state)
    again.cloud.tokens, again.cloud.regions = cloud.tokens, cloud.regions
    lin.port = again.port
    assert "over-there" in lin.get("/servers").text


def test_page_of_one_server_leads_to_the_list(two: Any, lin: Any) -> None:
    server = two.cloud.add_server("web")
    answer = lin.post("/region", {"region": "far", "next": f"/servers/{server}"}, lin.token("/servers"))
    assert answer.headers["location"] == "/servers"


def test_region_is_remembered_before_log_in(two: Any) -> None:
    visitor = two.visitor()
    assert visitor.post("/region", {"region": "far"}).headers["location"] == "/login"
    assert re.search(r'value="far" selected', visitor.get("/login").text)


@pytest.mark.parametrize("name", ["nowhere", ""])
def test_region_that_is_not_there(two: Any, lin: Any, name: str) -> None:
    lin.post("/region", {"region": name}, lin.token("/servers"))
    assert "no such region" in lin.get("/servers").text


def test_region_that_is_away_holds_up_its_own_pages_only(two: Any, lin: Any, hole: str) -> None:
    two.cloud.far = {"far": hole}
    lin.post("/region", {"region": "far"}, lin.token("/servers"))
    two.cloud.regions[1]["reachable"] = False
    began = time.monotonic()
    for path in ("/account", "/regions", "/status", "/"):
        assert lin.get(path).status == 200
    assert time.monotonic() - began < 2
    assert "Away" in lin.get("/regions").text
    assert "1 region is away" in lin.get("/status").text


def test_region_nobody_listens_at_is_said_with_a_way_out(two: Any, lin: Any) -> None:
    two.cloud.far = {"far": "http://127.0.0.1:1"}
    lin.post("/region", {"region": "far"}, lin.token("/servers"))
    answer = lin.get("/servers")
    assert answer.status == 502
    assert "Work in another region meanwhile" in answer.text
    assert lin.get("/project").status == 200
    lin.post("/region", {"region": "RegionOne"}, lin.token("/account"))
    assert lin.get("/servers").status == 200


def test_region_that_refuses_the_token_ends_no_session(two: Any, far: Any, lin: Any) -> None:
    lin.post("/region", {"region": "far"}, lin.token("/servers"))
    far.cloud.tokens = {}
    answer = lin.get("/servers")
    assert answer.status == 401
    assert "Choose the region again" in answer.text
    assert lin.get("/account").status == 200


def test_region_that_talks_nonsense(two: Any, far: Any, lin: Any) -> None:
    lin.post("/region", {"region": "far"}, lin.token("/servers"))
    far.cloud.fail["GET /compute/v2.1/servers/detail"] = sys.modules["fake_cloud"].Response("<p>hello", 200)
    assert lin.get("/servers").status == 502


def test_answer_that_is_too_large_is_not_read(far: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stacklab.console.client.LARGEST", 10)
    base = f"http://127.0.0.1:{far.port}/compute/v2.1"

    async def ask() -> None:
        http = Http("http://127.0.0.1:1")
        try:
            await Api(http, place=Place("far", "x", {"/compute/v2.1": base})).get("/compute/v2.1/servers/detail")
        finally:
            await http.close()

    with pytest.raises(Fault, match="too large"):
        asyncio.run(ask())


def test_place_takes_web_addresses_of_its_region_only() -> None:
    def entry(kind: str, region: str, url: str) -> dict[str, Any]:
        return {"type": kind, "endpoints": [{"interface": "public", "region": region, "url": url}]}

    catalog = [
        entry("compute", "far", "http://far:8080/compute/v2.1"),
        entry("network", "other", "http://other/network"),
        entry("image", "far", "file:///etc/passwd"),
    ]
    made = place("far", "token", {"catalog": catalog})
    assert made.url("/compute/v2.1/servers?x=1") == "http://far:8080/compute/v2.1/servers?x=1"
    assert made.url("/signup/leases/s/extend") == "http://far:8080/signup/leases/s/extend"
    assert made.url("/network/v2.0/networks") == made.url("/image/v2/images") == ""
    assert not made.serves("/identity/v3/users")


def test_credential_of_a_region_logs_in_there(two: Any, lin: Any) -> None:
    lin.post("/region", {"region": "far"}, lin.token("/servers"))
    lin.post("/api", {"name": "tool"}, lin.token("/api"))
    handle = re.search(r"/api/([^/]+)/clouds.yaml", lin.get("/api").text)
    assert handle
    text = lin.get(f"/api/{handle[1]}/clouds.yaml").text
    assert "/identity/far/v3" in text
    assert f"region_name: {json.dumps('far')}" in text
