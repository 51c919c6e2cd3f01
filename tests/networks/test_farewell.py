"""A deleted project leaves nothing of itself in the networks, and takes nothing of another's along."""

from typing import Any

from stacklab.core.db.database import rows
from stacklab.core.events import Event
from tests.support.api import PERSONAS

KEPT = ("ports", "floatingips", "security-groups", "security-group-rules")
TABLES = ("ports", "floating_ips", "security_groups", "security_group_rules", "network_quotas")


def project(persona: str) -> str:
    return str(PERSONAS[persona].project_id)


def held(project_id: str) -> list[str]:
    """The tables that have a row of the project."""
    return [t for t in TABLES if rows(f"SELECT 1 FROM {t} WHERE project_id = ? LIMIT 1", (project_id,))]


def furnish(cloud: Any, persona: str) -> dict[str, Any]:
    """A port with a group and a floating IP, and a changed quota."""
    group = cloud.make("security-groups", persona, name="web")
    cloud.make("security-group-rules", persona, security_group_id=group["id"], direction="ingress")
    port = cloud.make("ports", persona, security_groups=[group["id"]])
    cloud.make("floatingips", persona, port_id=port["id"])
    cloud.service.quotas.put(project(persona), {"port": 7})
    return dict(port)


def test_everything_of_the_project_goes_and_nothing_else(cloud: Any) -> None:
    gone, stays = furnish(cloud, "member"), furnish(cloud, "other")
    before = {kind: cloud.list(kind, persona="other") for kind in KEPT}
    for _ in range(2):  # news may come twice
        cloud.service.bus.emit(Event("project.deleted", project("member"), project("member")))
    assert held(project("member")) == []
    assert {kind: cloud.list(kind, persona="other") for kind in KEPT} == before
    address = gone["fixed_ips"][0]["ip_address"]
    assert rows("SELECT 1 FROM addresses WHERE ip = ?", (address,)) == []
    assert rows("SELECT 1 FROM addresses WHERE ip = ?", (stays["fixed_ips"][0]["ip_address"],)) != []
    assert ("networks.apply",) in rows("SELECT kind FROM jobs WHERE state = 'queued'")


def test_a_server_keeps_its_port_until_compute_lets_go(cloud: Any) -> None:
    port = cloud.service.create_port(cloud.ctx(), network_id=cloud.id_of("lab"), device_id="a-server")
    cloud.service.bus.emit(Event("project.deleted", project("member"), project("member")))
    assert [row[0] for row in rows("SELECT id FROM ports WHERE project_id = ?", (project("member"),))] == [port.id]
    assert rows("SELECT 1 FROM port_groups WHERE port_id = ?", (port.id,)) == []
