"""Every route by every persona: who is let in, and that another project's servers do not exist for others."""

from typing import Any

import pytest

from stacklab.compute.api import ROUTES
from stacklab.http.microversion import show

PERSONAS = ("reader", "member", "admin", "other", "system", None)
GHOST = "6f0c2e9a-3d0b-4e0c-9a7e-51a0c9e2b41d"

# Status of each persona in the order above: an existing resource of `member`'s project, a body that means no change.
# A route that is not here fails `test_every_route_has_a_row`.
READ_OWN = (200, 200, 200, 404, 200, 401)
READ_ANY = (200, 200, 200, 200, 200, 401)
READ_ADMIN = (403, 403, 200, 403, 200, 401)
OWN = "server"
TABLE: list[tuple[str, str, Any, str, tuple[int, ...]]] = [
    # method, path, body, microversion, statuses
    ("GET", "/v2.1/extensions", None, "2.1", READ_ANY),
    ("GET", "/v2.1/extensions/{id}", "os-keypairs", "2.1", READ_ANY),
    ("GET", "/v2.1/os-migrations", None, "2.1", READ_ADMIN),
    ("GET", "/v2.1/os-aggregates", None, "2.1", READ_ADMIN),
    ("GET", "/v2.1/servers", None, "2.1", (200, 200, 200, 200, 200, 401)),
    ("GET", "/v2.1/servers/detail", None, "2.96", (200, 200, 200, 200, 200, 401)),
    ("GET", "/v2.1/servers/{id}", OWN, "2.96", READ_OWN),
    ("PUT", "/v2.1/servers/{id}", {"server": {"name": "again"}}, "2.96", (403, 200, 200, 404, 200, 401)),
    ("DELETE", "/v2.1/servers/{id}", {}, "2.96", (403, 204, 204, 404, 204, 401)),
    ("POST", "/v2.1/servers/{id}/action:os-start", None, "2.96", (403, 409, 409, 404, 409, 401)),
    ("POST", "/v2.1/servers/{id}/action:os-stop", None, "2.96", (403, 202, 202, 404, 202, 401)),
    ("POST", "/v2.1/servers/{id}/action:pause", None, "2.96", (403, 202, 202, 404, 202, 401)),
    ("POST", "/v2.1/servers/{id}/action:unpause", None, "2.96", (403, 409, 409, 404, 409, 401)),
    ("POST", "/v2.1/servers/{id}/action:reboot", {"type": "HARD"}, "2.96", (403, 202, 202, 404, 202, 401)),
    ("POST", "/v2.1/servers/{id}/action:lock", None, "2.96", (403, 202, 202, 404, 202, 401)),
    ("POST", "/v2.1/servers/{id}/action:unlock", None, "2.96", (403, 202, 202, 404, 202, 401)),
    ("POST", "/v2.1/servers/{id}/action:os-resetState", {"state": "error"}, "2.96", (403, 403, 202, 403, 202, 401)),
    ("POST", "/v2.1/servers/{id}/action:createImage", {"name": "x"}, "2.96", (403, 202, 202, 404, 403, 401)),
    ("POST", "/v2.1/servers/{id}/action:forceDelete", None, "2.96", (403, 202, 202, 404, 202, 401)),
    ("POST", "/v2.1/servers/{id}/action:restore", None, "2.96", (403, 409, 409, 404, 409, 401)),
    ("POST", "/v2.1/servers/{id}/action:os-getConsoleOutput", {}, "2.96", (403, 200, 200, 404, 200, 401)),
    ("POST", "/v2.1/servers/{id}/action:addSecurityGroup", {"name": "default"}, "2.96", (403, 202, 202, 404, 202, 401)),
    ("POST", "/v2.1/servers/{id}/action:removeSecurityGroup", {"name": "nope"}, "2.96", (403, 404, 404, 404, 404, 401)),
    ("POST", "/v2.1/servers/{id}/action:os-getVNCConsole", {"type": "novnc"}, "2.1", (403, 400, 400, 404, 400, 401)),
    ("POST", "/v2.1/servers/{id}/action:os-getSerialConsole", {"type": "s"}, "2.1", (403, 400, 400, 404, 400, 401)),
    ("POST", "/v2.1/servers/{id}/action:os-getSPICEConsole", {"type": "s"}, "2.1", (403, 400, 400, 404, 400, 401)),
    ("GET", "/v2.1/servers/{server_id}/ips", OWN, "2.96", READ_OWN),
    ("GET", "/v2.1/servers/{server_id}/ips/lab", OWN, "2.96", READ_OWN),
    ("GET", "/v2.1/servers/{server_id}/metadata", OWN, "2.96", READ_OWN),
    ("POST", "/v2.1/servers/{server_id}/metadata", {"metadata": {"a": "b"}}, "2.96", (403, 200, 200, 404, 200, 401)),
    ("PUT", "/v2.1/servers/{server_id}/metadata", {"metadata": {"a": "b"}}, "2.96", (403, 200, 200, 404, 200, 401)),
    ("GET", "/v2.1/servers/{server_id}/metadata/role", OWN, "2.96", READ_OWN),
    ("PUT", "/v2.1/servers/{server_id}/metadata/a", {"meta": {"a": "b"}}, "2.96", (403, 200, 200, 404, 200, 401)),
    ("DELETE", "/v2.1/servers/{server_id}/metadata/none", {}, "2.96", (403, 404, 404, 404, 404, 401)),
    ("GET", "/v2.1/servers/{server_id}/tags", OWN, "2.96", READ_OWN),
    ("PUT", "/v2.1/servers/{server_id}/tags", {"tags": ["x"]}, "2.96", (403, 200, 200, 404, 200, 401)),
    ("DELETE", "/v2.1/servers/{server_id}/tags", {}, "2.96", (403, 204, 204, 404, 204, 401)),
    ("GET", "/v2.1/servers/{server_id}/tags/blue", OWN, "2.96", (204, 204, 204, 404, 204, 401)),
    ("PUT", "/v2.1/servers/{server_id}/tags/blue", {}, "2.96", (403, 204, 204, 404, 204, 401)),
    ("DELETE", "/v2.1/servers/{server_id}/tags/none", {}, "2.96", (403, 404, 404, 404, 404, 401)),
    ("GET", "/v2.1/servers/{server_id}/os-volume_attachments", OWN, "2.96", READ_OWN),
    ("POST", "/v2.1/servers/{server_id}/os-volume_attachments", {}, "2.96", (403, 403, 403, 404, 403, 401)),
    ("GET", f"/v2.1/servers/{{server_id}}/os-volume_attachments/{GHOST}", OWN, "2.96", (404, 404, 404, 404, 404, 401)),
    ("PUT", f"/v2.1/servers/{{server_id}}/os-volume_attachments/{GHOST}", {}, "2.96", (404, 404, 404, 404, 404, 401)),
    ("DELETE", f"/v2.1/servers/{{server_id}}/os-volume_attachments/{GHOST}", {}, "2.96",
     (404, 404, 404, 404, 404, 401)),
    ("GET", "/v2.1/servers/{server_id}/os-server-password", OWN, "2.96", READ_OWN),
    ("DELETE", "/v2.1/servers/{server_id}/os-server-password", {}, "2.96", (403, 204, 204, 404, 204, 401)),
    ("POST", "/v2.1/servers/{id}/remote-consoles", {"remote_console": {"protocol": "vnc", "type": "novnc"}}, "2.96",
     (403, 400, 400, 404, 400, 401)),
    ("GET", "/v2.1/servers/{server_id}/os-security-groups", OWN, "2.96", READ_OWN),
    ("GET", "/v2.1/servers/{server_id}/os-interface", OWN, "2.96", READ_OWN),
    ("POST", "/v2.1/servers/{server_id}/os-interface", {"interfaceAttachment": {}}, "2.96",
     (403, 200, 200, 404, 200, 401)),
    ("GET", f"/v2.1/servers/{{server_id}}/os-interface/{GHOST}", OWN, "2.96", (404, 404, 404, 404, 404, 401)),
    ("DELETE", f"/v2.1/servers/{{server_id}}/os-interface/{GHOST}", {}, "2.96", (403, 404, 404, 404, 404, 401)),
    ("GET", "/v2.1/servers/{server_id}/os-instance-actions", OWN, "2.96", READ_OWN),
    ("GET", "/v2.1/servers/{server_id}/os-instance-actions/req-x", OWN, "2.96", (404, 404, 404, 404, 404, 401)),
    ("GET", "/v2.1/flavors", None, "2.96", READ_ANY),
    ("GET", "/v2.1/flavors/detail", None, "2.96", READ_ANY),
    ("GET", "/v2.1/flavors/1", None, "2.96", READ_ANY),
    ("POST", "/v2.1/flavors", {"flavor": {"name": "f", "ram": 1, "vcpus": 1, "disk": 0, "id": "f"}}, "2.96",
     (403, 403, 200, 403, 200, 401)),
    ("PUT", "/v2.1/flavors/1", {"flavor": {"description": "small"}}, "2.96", (403, 403, 200, 403, 200, 401)),
    ("DELETE", "/v2.1/flavors/nope", {}, "2.96", (403, 403, 404, 403, 404, 401)),
    ("POST", "/v2.1/flavors/1/action:addTenantAccess", {"tenant": "p"}, "2.96", (403, 403, 409, 403, 409, 401)),
    ("POST", "/v2.1/flavors/1/action:removeTenantAccess", {"tenant": "p"}, "2.96", (403, 403, 404, 403, 404, 401)),
    ("GET", "/v2.1/flavors/1/os-flavor-access", None, "2.96", (403, 403, 404, 403, 404, 401)),
    ("GET", "/v2.1/flavors/1/os-extra_specs", None, "2.96", READ_ANY),
    ("POST", "/v2.1/flavors/1/os-extra_specs", {"extra_specs": {"a": "b"}}, "2.96", (403, 403, 200, 403, 200, 401)),
    ("GET", "/v2.1/flavors/1/os-extra_specs/none", None, "2.96", (404, 404, 404, 404, 404, 401)),
    ("PUT", "/v2.1/flavors/1/os-extra_specs/a", {"a": "b"}, "2.96", (403, 403, 200, 403, 200, 401)),
    ("DELETE", "/v2.1/flavors/1/os-extra_specs/none", {}, "2.96", (403, 403, 404, 403, 404, 401)),
    ("GET", "/v2.1/os-keypairs", None, "2.96", READ_ANY),
    ("POST", "/v2.1/os-keypairs", {"keypair": {"name": "k"}}, "2.91", (201, 201, 201, 201, 201, 401)),
    ("GET", "/v2.1/os-keypairs/none", None, "2.96", (404, 404, 404, 404, 404, 401)),
    ("DELETE", "/v2.1/os-keypairs/none", {}, "2.96", (404, 404, 404, 404, 404, 401)),
    ("GET", "/v2.1/os-server-groups", None, "2.96", READ_ANY),
    ("POST", "/v2.1/os-server-groups", {"server_group": {"name": "g", "policy": "affinity"}}, "2.96",
     (403, 200, 200, 200, 200, 401)),
    ("GET", f"/v2.1/os-server-groups/{GHOST}", None, "2.96", (404, 404, 404, 404, 404, 401)),
    ("DELETE", f"/v2.1/os-server-groups/{GHOST}", {}, "2.96", (404, 404, 404, 404, 404, 401)),
    ("GET", "/v2.1/limits", None, "2.96", READ_ANY),
    ("GET", "/v2.1/os-quota-sets/{project}", None, "2.96", (200, 200, 200, 403, 200, 401)),
    ("PUT", "/v2.1/os-quota-sets/{project}", {"quota_set": {"cores": 30}}, "2.96", (403, 403, 200, 403, 200, 401)),
    ("DELETE", "/v2.1/os-quota-sets/{project}", {}, "2.96", (403, 403, 202, 403, 202, 401)),
    ("GET", "/v2.1/os-quota-sets/{project}/detail", None, "2.96", (200, 200, 200, 403, 200, 401)),
    ("GET", "/v2.1/os-quota-sets/{project}/defaults", None, "2.96", READ_ANY),
    ("GET", "/v2.1/os-quota-class-sets/default", None, "2.96", READ_ADMIN),
    ("PUT", "/v2.1/os-quota-class-sets/default", {"quota_class_set": {"cores": 20}}, "2.96",
     (403, 403, 200, 403, 200, 401)),
    ("GET", "/v2.1/os-hypervisors", None, "2.96", READ_ADMIN),
    ("GET", "/v2.1/os-hypervisors/detail", None, "2.96", READ_ADMIN),
    ("GET", "/v2.1/os-hypervisors/statistics", None, "2.87", READ_ADMIN),
    ("GET", "/v2.1/os-hypervisors/1", None, "2.52", READ_ADMIN),
    ("GET", "/v2.1/os-hypervisors/1/uptime", None, "2.52", READ_ADMIN),
    ("GET", "/v2.1/os-hypervisors/nope/search", None, "2.52", (403, 403, 404, 403, 404, 401)),
    ("GET", "/v2.1/os-hypervisors/nope/servers", None, "2.52", (403, 403, 404, 403, 404, 401)),
    ("GET", "/v2.1/os-services", None, "2.96", READ_ADMIN),
    ("PUT", f"/v2.1/os-services/{GHOST}", {"status": "enabled"}, "2.96", (403, 403, 404, 403, 404, 401)),
    ("PUT", "/v2.1/os-services/enable", {"host": "nope", "binary": "nova-compute"}, "2.1",
     (403, 403, 404, 403, 404, 401)),
    ("DELETE", f"/v2.1/os-services/{GHOST}", {}, "2.96", (403, 403, 404, 403, 404, 401)),
    ("GET", "/v2.1/os-availability-zone", None, "2.96", READ_ANY),
    ("GET", "/v2.1/os-availability-zone/detail", None, "2.96", READ_ADMIN),
    ("GET", "/v2.1/os-simple-tenant-usage", None, "2.96", READ_ADMIN),
    ("GET", "/v2.1/os-simple-tenant-usage/{project}", None, "2.96", (200, 200, 200, 403, 200, 401)),
    ("GET", "/v2.1/os-security-groups", None, "2.35", READ_ANY),
    ("POST", "/v2.1/os-security-groups", {"security_group": {"name": "g", "description": "d"}}, "2.35",
     (403, 200, 200, 200, 200, 401)),
    ("GET", f"/v2.1/os-security-groups/{GHOST}", None, "2.35", (404, 404, 404, 404, 404, 401)),
    ("PUT", f"/v2.1/os-security-groups/{GHOST}", {"security_group": {"name": "g", "description": "d"}}, "2.35",
     (403, 404, 404, 404, 404, 401)),
    ("DELETE", f"/v2.1/os-security-groups/{GHOST}", {}, "2.35", (403, 404, 404, 404, 404, 401)),
    ("POST", "/v2.1/os-security-group-rules", {"security_group_rule": {"parent_group_id": GHOST, "ip_protocol": "tcp",
     "from_port": 1, "to_port": 2}}, "2.35", (403, 404, 404, 404, 404, 401)),
    ("DELETE", f"/v2.1/os-security-group-rules/{GHOST}", {}, "2.35", (403, 404, 404, 404, 404, 401)),
]  # fmt: skip
PROJECT = "0123456789abcdef0123456789abcde0"


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]} {row[1]}")
def test_who_may(cloud: Any, row: tuple[str, str, Any, str, tuple[int, ...]]) -> None:
    method, path, body, at, statuses = row
    found = []
    for persona in PERSONAS:
        server = cloud.built(metadata={"role": "web"}, tags=["blue"]) if "server" in path else ""
        where, _, action = path.partition(":")
        url = where.removeprefix("/v2.1").replace("{server_id}", server)
        url = url.replace("{id}", server if "servers/" in url else str(body)).replace("{project}", PROJECT)
        sent = {action: body} if action else body if isinstance(body, dict) and body else None
        found.append(cloud.call(method, url, persona, sent, at).status)
        if server:
            cloud.delete(f"/servers/{server}", "admin")
        if path == "/v2.1/flavors":
            cloud.delete("/flavors/f", "admin")
        cloud.settle()
    assert tuple(found) == statuses


def test_every_route_has_a_row() -> None:
    def matches(route: Any, method: str, path: str) -> bool:
        parts, given = route.path.split("/"), path.partition(":")[0].split("/")
        same = len(parts) == len(given) and all(p == g or p.startswith("{") for p, g in zip(parts, given, strict=True))
        return route.method == method and same and (route.action or "") == path.partition(":")[2]

    apart = {("GET", "/"), ("GET", "/v2"), ("GET", "/v2.1"), ("POST", "/v2.1/servers")}  # public, and test_create's
    missing = [
        (route.method, route.path, route.action, show(route.lowest))
        for route in ROUTES
        if (route.method, route.path) not in apart
        and not any(matches(route, method, path) for method, path, *_ in TABLE)
    ]
    assert missing == []


def test_creating_by_persona(cloud: Any) -> None:
    statuses = [cloud.order(persona).status if persona else 0 for persona in ("reader", "member", "admin", "other")]
    assert statuses == [403, 202, 202, 202]


def test_the_version_documents_are_public(cloud: Any) -> None:
    root = cloud.api.get("/compute/").json["versions"]
    found = [(each["id"], each["status"], each["version"], each["min_version"]) for each in root]
    assert found == [("v2.0", "SUPPORTED", "", ""), ("v2.1", "CURRENT", "2.96", "2.1")]
    assert cloud.api.get("/compute/v2.1").json["version"]["links"][0]["href"] == "http://cloud.test/compute/v2.1/"


def test_older_clients_put_the_project_in_the_path(cloud: Any) -> None:
    for path, persona, status in (
        (f"/compute/v2.1/{PROJECT}/servers", "member", 200),
        (f"/compute/v2/{PROJECT}/servers/detail", "member", 200),
        ("/compute/v2/flavors", "member", 200),
        (f"/compute/v2.1/{PROJECT}/servers", "other", 400),
        (f"/compute/v2.1/{PROJECT}/servers", None, 401),
        ("/compute/v2.1/nothing/servers", "member", 404),
    ):
        assert cloud.api.get(path, persona).status == status, path


def test_the_request_id_has_its_older_name_too(cloud: Any) -> None:
    headers = cloud.get("/servers").headers
    assert headers["x-compute-request-id"] == headers["x-openstack-request-id"]
