"""Who gets which status on which route; every route of the table has its row here."""

from typing import Any

import pytest

from stacklab.networks.api import ROUTES
from tests.support.api import OTHER, PROJECT

V = "/network/v2.0"
PERSONAS = ("anonymous", "reader", "member", "manager", "admin", "other")
PUBLIC = (200, 200, 200, 200, 200, 200)
ALL = (401, 200, 200, 200, 200, 200)
ADMIN = (401, 403, 403, 403, 200, 403)
OWN = (401, 200, 200, 200, 200, 404)
NOBODY = (401, 403, 403, 403, 403, 403)
HIDDEN = (401, 404, 404, 404, 404, 404)


def changes(status: int) -> tuple[int, ...]:
    """For members and above; a reader may not, another project does not see it."""
    return (401, 403, status, status, status, 404)


def makes(status: int = 201) -> tuple[int, ...]:
    return (401, 403, status, status, status, status)


NEW_PORT = {"port": {"network_id": "{lab}"}}
NEW_GROUP = {"security_group": {"name": "web"}}
NEW_RULE = {"security_group_rule": {"security_group_id": "{group}", "direction": "ingress", "protocol": "tcp"}}
NEW_FLOATING = {"floatingip": {"floating_network_id": "{public}"}}

TABLE: list[tuple[str, str, Any, tuple[int, ...]]] = [
    ("GET", "/", None, PUBLIC),
    ("GET", "/v2.0", None, PUBLIC),
    ("GET", "/v2.0/extensions", None, ALL),
    ("GET", "/v2.0/extensions/{alias}", None, ALL),
    ("GET", "/v2.0/agents", None, ADMIN),
    ("GET", "/v2.0/agents/{agent}", None, ADMIN),
    ("GET", "/v2.0/availability_zones", None, ALL),
    ("GET", "/v2.0/service-providers", None, ALL),
    ("GET", "/v2.0/network-ip-availabilities", None, ADMIN),
    ("GET", "/v2.0/network-ip-availabilities/{lab}", None, ADMIN),
    ("GET", "/v2.0/networks", None, ALL),
    ("POST", "/v2.0/networks", {"network": {"name": "mine"}}, NOBODY),
    ("GET", "/v2.0/networks/{lab}", None, ALL),
    ("PUT", "/v2.0/networks/{lab}", {"network": {"description": "new"}}, ADMIN),
    ("DELETE", "/v2.0/networks/{lab}", None, NOBODY),
    ("GET", "/v2.0/subnets", None, ALL),
    ("POST", "/v2.0/subnets", {"subnet": {"network_id": "{lab}"}}, NOBODY),
    ("GET", "/v2.0/subnets/{subnet}", None, ALL),
    ("PUT", "/v2.0/subnets/{subnet}", {"subnet": {"name": "new"}}, ADMIN),
    ("DELETE", "/v2.0/subnets/{subnet}", None, NOBODY),
    ("GET", "/v2.0/routers", None, HIDDEN),
    ("POST", "/v2.0/routers", {"router": {}}, NOBODY),
    ("GET", "/v2.0/ports", None, ALL),
    ("POST", "/v2.0/ports", NEW_PORT, makes()),
    ("GET", "/v2.0/ports/{port}", None, OWN),
    ("PUT", "/v2.0/ports/{port}", {"port": {"name": "new"}}, changes(200)),
    ("DELETE", "/v2.0/ports/{port}", None, changes(204)),
    ("GET", "/v2.0/security-groups", None, ALL),
    ("POST", "/v2.0/security-groups", NEW_GROUP, makes()),
    ("GET", "/v2.0/security-groups/{group}", None, OWN),
    ("PUT", "/v2.0/security-groups/{group}", {"security_group": {"name": "new"}}, changes(200)),
    ("DELETE", "/v2.0/security-groups/{group}", None, changes(204)),
    ("GET", "/v2.0/security-group-rules", None, ALL),
    ("POST", "/v2.0/security-group-rules", NEW_RULE, changes(201)),
    ("GET", "/v2.0/security-group-rules/{rule}", None, OWN),
    ("DELETE", "/v2.0/security-group-rules/{rule}", None, changes(204)),
    ("GET", "/v2.0/floatingips", None, ALL),
    ("POST", "/v2.0/floatingips", NEW_FLOATING, makes()),
    ("GET", "/v2.0/floatingips/{floating}", None, OWN),
    ("PUT", "/v2.0/floatingips/{floating}", {"floatingip": {"port_id": None}}, changes(200)),
    ("DELETE", "/v2.0/floatingips/{floating}", None, changes(204)),
    ("GET", "/v2.0/quotas", None, ADMIN),
    ("GET", "/v2.0/quotas/tenant", None, ALL),
    ("GET", "/v2.0/quotas/{project}", None, (401, 200, 200, 200, 200, 403)),
    ("PUT", "/v2.0/quotas/{project}", {"quota": {"port": 7}}, ADMIN),
    ("DELETE", "/v2.0/quotas/{project}", None, (401, 403, 403, 403, 204, 403)),
    ("GET", "/v2.0/quotas/{project}/default", None, (401, 200, 200, 200, 200, 403)),
    ("GET", "/v2.0/quotas/{project}/details", None, (401, 200, 200, 200, 200, 403)),
    ("GET", "/v2.0/quotas/{project}/details.json", None, (401, 200, 200, 200, 200, 403)),
    ("GET", "/v2.0/ports/{port}/tags", None, OWN),
    ("PUT", "/v2.0/ports/{port}/tags", {"tags": ["a"]}, changes(200)),
    ("DELETE", "/v2.0/ports/{port}/tags", None, changes(204)),
    ("GET", "/v2.0/ports/{port}/tags/{tag}", None, (401, 204, 204, 204, 204, 404)),
    ("PUT", "/v2.0/ports/{port}/tags/{tag}", None, changes(201)),
    ("DELETE", "/v2.0/ports/{port}/tags/{tag}", None, changes(204)),
]


def filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, str):
        for name, wanted in names.items():
            value = value.replace(f"{{{name}}}", wanted)
    if isinstance(value, dict):
        return {key: filled(each, names) for key, each in value.items()}
    return value


@pytest.fixture
def names(cloud: Any) -> dict[str, str]:
    """One resource of each kind, of the member's project."""
    port = cloud.make("ports")
    group = cloud.make("security-groups", name="g")
    floating = cloud.make("floatingips", port_id=port["id"])
    cloud.api.put(f"{V}/ports/{port['id']}/tags/blue", "member")
    cloud.api.put(f"{V}/quotas/{PROJECT}", "admin", {"quota": {"network": 1}})
    return {
        "lab": cloud.id_of("lab"),
        "public": cloud.id_of("public"),
        "subnet": port["fixed_ips"][0]["subnet_id"],
        "port": port["id"],
        "group": group["id"],
        "rule": group["security_group_rules"][0]["id"],
        "floating": floating["id"],
        "project": PROJECT,
        "alias": "security-group",
        "agent": cloud.api.get(f"{V}/agents", "admin").json["agents"][0]["id"],
        "tag": "blue",
    }


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize(("method", "path", "body", "statuses"), TABLE, ids=[f"{m} {p}" for m, p, *_ in TABLE])
def test_who_may_call(
    cloud: Any, names: dict[str, str], method: str, path: str, body: Any, statuses: tuple[int, ...], persona: str
) -> None:
    wanted = statuses[PERSONAS.index(persona)]
    token = None if persona == "anonymous" else persona
    answer = cloud.api.call(method, "/network" + filled(path, names), token, filled(body, names))
    assert answer.status == wanted, answer.raw


def test_every_route_has_a_row() -> None:
    def shape(path: str) -> str:
        parts = path.strip("/").split("/")
        return "/".join("{}" if part.startswith("{") else part for part in parts)

    rows = {(method, shape(path).replace("ports/{}/tags", "{}/{}/tags")) for method, path, *_ in TABLE}
    assert {(route.method, shape(route.path)) for route in ROUTES} == rows


@pytest.mark.parametrize("path", [p for m, p, *_ in TABLE if m == "GET" and "{" in p])
def test_what_is_not_there_is_404(cloud: Any, names: dict[str, str], path: str) -> None:
    missing = dict.fromkeys(names, "00000000-0000-4000-8000-000000000000")
    if "{project}" in path:
        # Neutron knows no projects: whatever the id, the default quota holds.
        assert cloud.api.get("/network" + filled(path, missing), "admin").status == 200
        return
    assert cloud.api.get("/network" + filled(path, missing), "admin").status == 404
    assert cloud.api.get("/network" + filled(path, dict.fromkeys(names, "not a uuid")), "admin").status == 404


def test_a_project_sees_nothing_of_another_in_lists(cloud: Any, names: dict[str, str]) -> None:
    own = {PROJECT, OTHER}
    for collection in ("ports", "security-groups", "security-group-rules", "floatingips"):
        assert {each["project_id"] for each in cloud.list(collection)} == {PROJECT}
        assert {each["project_id"] for each in cloud.list(collection, persona="other")} <= {OTHER}
        assert {each["project_id"] for each in cloud.list(collection, persona="admin")} - own <= {
            "0123456789abcdef0123456789abcdea"
        }


def test_unknown_paths_and_methods(cloud: Any) -> None:
    assert cloud.api.get(f"{V}/trunks", "member").status == 404
    answer = cloud.api.call("PATCH", f"{V}/ports", "member")
    assert answer.status == 405
    assert answer.json["NeutronError"]["type"] == "HTTPMethodNotAllowed"
