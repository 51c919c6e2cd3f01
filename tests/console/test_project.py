"""The project and who is in it; leases and the one click that extends them."""

from typing import Any

import pytest


def test_member_sees_their_own_roles(lin: Any) -> None:
    text = lin.get("/project").text
    assert '<span class="tag">member</span>' in text
    assert "shown to managers" in text
    assert "Add somebody" not in text


def test_manager_adds_and_removes(site: Any, lin: Any) -> None:
    site.cloud.people = {"u" * 32: "member"}
    assert "name-uuu" in lin.get("/project").text
    lin.post("/project", {"do": "add", "name": "wei", "role": "reader"}, lin.token("/project"))
    assert site.cloud.people["wei"] == "reader"
    assert "name-wei" in lin.get("/project").text
    unknown = lin.post("/project", {"do": "add", "name": "nobody", "role": "reader"}, lin.token("/project"))
    assert unknown.status == 422
    assert "sign up first" in unknown.text
    lin.post("/project", {"do": "remove:wei:reader"}, lin.token("/project"))
    assert "wei" not in site.cloud.people


def test_work_in_another_project(site: Any, lin: Any) -> None:
    assert "second" in lin.get("/project").text
    lin.post("/project", {"do": f"switch:{'b' * 32}"}, lin.token("/project"))
    lin.get("/servers")
    assert f"GET /network/v2.0/quotas/{'b' * 32}" in site.cloud.seen


@pytest.mark.parametrize("page", ["/servers", "/console", "server"])
def test_lease_that_ends_is_announced_and_extended(site: Any, lin: Any, page: str) -> None:
    server = site.cloud.add_server("web")
    site.cloud.add_lease(server, "announced")
    path = f"/servers/{server}" if page == "server" else page
    text = lin.get(path).text
    assert "stops on Jan 2, 2099" in text
    assert "Extend" in text
    answer = lin.post("/leases", {"server": server, "next": path}, lin.token("/servers"))
    assert answer.headers["location"] == path
    assert site.cloud.leases[server]["stage"] == "running"
    assert "stops on" not in lin.get(path).text


def test_lease_far_from_its_end_is_on_the_server_page_only(site: Any, lin: Any) -> None:
    server = site.cloud.add_server("web")
    site.cloud.add_lease(server, "running")
    assert "Extend" not in lin.get("/servers").text
    assert "ends on Jan 2, 2099" in lin.get(f"/servers/{server}").text


def test_extend_all(site: Any, lin: Any) -> None:
    servers = [site.cloud.add_server(name) for name in ("a", "b")]
    site.cloud.add_lease(servers[0], "announced")
    site.cloud.add_lease(servers[1], "stopped")
    text = lin.get("/servers").text
    assert "2 servers end soon" in text
    assert "will be deleted on" in text
    lin.post("/leases", {"server": servers}, lin.token("/servers"))
    assert {lease["stage"] for lease in site.cloud.leases.values()} == {"running"}


def test_cloud_without_leases(site: Any, lin: Any) -> None:
    site.cloud.add_server("web")
    site.cloud.fail["GET /signup/leases"] = site.cloud.fault(404, "none here")
    assert lin.get("/servers").status == 200
