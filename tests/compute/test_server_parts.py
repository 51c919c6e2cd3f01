"""What hangs on a server and changes while it lives: name, metadata, tags, ports, groups, console, locks."""

from typing import Any

import pytest

from stacklab.http.context import Context
from stacklab.networks import ports
from tests.support.api import PERSONAS

GHOST = "6f0c2e9a-3d0b-4e0c-9a7e-51a0c9e2b41d"


def test_an_update_changes_what_was_sent_and_nothing_else(cloud: Any) -> None:
    server = cloud.built(description="old", metadata={"a": "b"})
    body = {"server": {"name": " new ", "hostname": "host.example.org", "accessIPv6": "2001:DB8:0::2"}}
    shown = cloud.put(f"/servers/{server}", body).json["server"]
    assert (shown["name"], shown["description"], shown["metadata"]) == ("new", "old", {"a": "b"})
    assert (shown["OS-EXT-SRV-ATTR:hostname"], shown["accessIPv6"]) == ("host.example.org", "2001:db8::2")
    for bad in ({"name": ""}, {"name": "x" * 256}, {"colour": 1}, {"accessIPv4": "x"}, {"hostname": "-"}):
        assert cloud.put(f"/servers/{server}", {"server": bad}).status == 400, bad


def test_metadata(cloud: Any) -> None:
    path = f"/servers/{cloud.built(metadata={'a': '1', 'b': '2'})}/metadata"
    assert cloud.post(path, {"metadata": {"b": "3", "c": "4"}}).json == {"metadata": {"a": "1", "b": "3", "c": "4"}}
    assert cloud.put(path, {"metadata": {"d": "5"}}).json == {"metadata": {"d": "5"}}
    assert cloud.put(f"{path}/e", {"meta": {"e": "6"}}).json == {"meta": {"e": "6"}}
    assert cloud.get(f"{path}/e").json == {"meta": {"e": "6"}}
    assert cloud.delete(f"{path}/d").status == 204
    assert cloud.get(path).json == {"metadata": {"e": "6"}}
    bad = [
        cloud.put(f"{path}/e", {"meta": {"f": "6"}}),
        cloud.put(f"{path}/e", {"meta": {"e": "6", "f": "7"}}),
        cloud.put(f"{path}/e", {"meta": {"e": 6}}),
        cloud.post(path, {"metadata": {"": "x"}}),
        cloud.post(path, {"metadata": {"x" * 256: "x"}}),
        cloud.post(path, {}),
    ]
    assert [answer.status for answer in bad] == [400] * 6
    too_many = {"metadata": {f"k{number}": "v" for number in range(129)}}
    assert [cloud.post(path, too_many).status, cloud.get(f"{path}/none").status] == [403, 404]
    assert cloud.get(path).json == {"metadata": {"e": "6"}}


def test_tags(cloud: Any) -> None:
    path = f"/servers/{cloud.built()}/tags"
    assert cloud.put(path, {"tags": ["b", "a", "b"]}).json == {"tags": ["a", "b"]}
    added = cloud.put(f"{path}/c", None)
    assert (added.status, added.headers["location"].endswith("/tags/c")) == (201, True)
    assert [cloud.put(f"{path}/c", None).status, cloud.delete(f"{path}/a").status] == [204, 204]
    assert cloud.get(path).json == {"tags": ["b", "c"]}
    assert cloud.put(path, {"tags": ["x" * 61]}).status == 400
    assert cloud.put(path, {"tags": [str(number) for number in range(51)]}).status == 400
    assert cloud.put(f"{path}/{'x' * 61}", None).status == 400
    assert cloud.delete(path).status == 204
    assert cloud.get(path).json == {"tags": []}
    assert cloud.get(path, at="2.25").status == 404


def test_a_port_is_attached_and_detached(cloud: Any) -> None:
    server = cloud.built(networks=[{"uuid": cloud.network, "fixed_ip": "10.77.9.8"}])
    path = f"/servers/{server}/os-interface"
    made = cloud.post(
        path, {"interfaceAttachment": {"net_id": cloud.network, "fixed_ips": [{"ip_address": "10.77.9.9"}]}}
    )
    port = made.json["interfaceAttachment"]
    assert (made.status, port["fixed_ips"][0]["ip_address"]) == (200, "10.77.9.9")
    cloud.settle()
    assert len(cloud.get(path).json["interfaceAttachments"]) == 2
    assert port["mac_addr"] in [nic.mac for nic in cloud.hypervisor._domains[server].spec.nics]
    assert cloud.delete(f"{path}/{port['port_id']}").status == 202
    cloud.settle()
    assert len(cloud.get(path).json["interfaceAttachments"]) == 1
    assert port["mac_addr"] not in [nic.mac for nic in cloud.hypervisor._domains[server].spec.nics]
    assert cloud.delete(f"{path}/{port['port_id']}").status == 404


def test_a_running_server_loses_the_card_of_a_port_that_is_deleted(cloud: Any) -> None:
    server = cloud.built()
    port = cloud.networks.ports_of([server])[server][0]
    ports.delete(Context(PERSONAS["member"]), cloud.bus, port.id)
    cloud.settle()
    assert cloud.hypervisor._domains[server].spec.nics == ()
    assert cloud.show(server)["addresses"] == {}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"port_id": GHOST}, 404),
        ({"net_id": GHOST}, 400),
        ({"net_id": "x"}, 400),
        ({"port_id": GHOST, "net_id": GHOST}, 400),
        ({"fixed_ips": [{"ip_address": "10.77.0.9"}]}, 400),
        ({"net_id": GHOST, "fixed_ips": [{"ip_address": "x"}]}, 400),
        ({"net_id": GHOST, "fixed_ips": []}, 400),
        ({"colour": "red"}, 400),
    ],
)
def test_ports_that_cannot_be_attached(cloud: Any, body: dict[str, Any], status: int) -> None:
    path = f"/servers/{cloud.built()}/os-interface"
    assert cloud.post(path, {"interfaceAttachment": body}).status == status
    assert len(cloud.get(path).json["interfaceAttachments"]) == 1


def test_security_groups_of_a_server(cloud: Any) -> None:
    server = cloud.built()
    cloud.post("/os-security-groups", {"security_group": {"name": "ssh", "description": ""}}, at="2.35")
    assert cloud.action(server, "addSecurityGroup", {"name": "ssh"}).status == 202
    assert [group["name"] for group in cloud.show(server)["security_groups"]] == ["default", "ssh"]
    listed = cloud.get(f"/servers/{server}/os-security-groups").json["security_groups"]
    assert [group["name"] for group in listed] == ["default", "ssh"]
    assert cloud.action(server, "removeSecurityGroup", {"name": "ssh"}).status == 202
    assert cloud.action(server, "removeSecurityGroup", {"name": "ssh"}).status == 404


def test_rules_through_the_proxy(cloud: Any) -> None:
    group = cloud.post("/os-security-groups", {"security_group": {"name": "g", "description": "d"}}, at="2.1").json
    rule = {"parent_group_id": group["security_group"]["id"], "ip_protocol": "tcp", "from_port": "22", "to_port": 22}
    made = cloud.post("/os-security-group-rules", {"security_group_rule": rule}, at="2.1").json["security_group_rule"]
    assert (made["from_port"], made["to_port"], made["ip_range"]) == (22, 22, {"cidr": "0.0.0.0/0"})
    bad = ({"from_port": -2}, {"to_port": 65536}, {"ip_protocol": "fax"}, {"cidr": "x"}, {"parent_group_id": "x"})
    for change in bad:
        body = {"security_group_rule": {**rule, **change}}
        assert cloud.post("/os-security-group-rules", body, at="2.1").status == 400, change
    assert cloud.delete(f"/os-security-group-rules/{made['id']}", at="2.1").status == 202
    assert cloud.get("/os-security-groups", at="2.36").status == 404


def test_the_console_output(cloud: Any) -> None:
    server = cloud.order().json["server"]["id"]
    assert cloud.action(server, "os-getConsoleOutput", {}).status == 409
    cloud.settle()
    whole = cloud.action(server, "os-getConsoleOutput", {}).json["output"]
    assert "boot finished" in whole
    assert cloud.action(server, "os-getConsoleOutput", {"length": "1"}).json["output"] == whole.splitlines(True)[-1]
    assert cloud.action(server, "os-getConsoleOutput", {"length": -1}).json["output"] == whole
    for length in ("x", -5, 1.5):
        assert cloud.action(server, "os-getConsoleOutput", {"length": length}).status == 400


def test_a_locked_server_changes_for_administrators_only(cloud: Any) -> None:
    server = cloud.built()
    cloud.action(server, "lock", {"locked_reason": "exam"})
    assert (cloud.show(server)["locked"], cloud.show(server)["locked_reason"]) == (True, "exam")
    assert [cloud.action(server, "os-stop").status, cloud.delete(f"/servers/{server}").status] == [409, 409]
    cloud.action(server, "unlock")
    cloud.action(server, "lock", persona="admin")
    assert cloud.action(server, "unlock").status == 403
    assert cloud.action(server, "unlock", persona="admin").status == 202
    assert cloud.action(server, "lock", {"locked_reason": "x"}, at="2.72").status == 400
    assert cloud.action(server, "lock", {}, at="2.72").status == 202


CONFLICTS = [("os-start", None), ("unpause", None), ("reboot", {"type": "SOFT"}), ("pause", None), ("os-stop", None)]


def test_what_a_server_that_is_off_cannot_do(cloud: Any) -> None:
    server = cloud.built()
    cloud.action(server, "os-stop")
    cloud.settle()
    for action, value in CONFLICTS[1:]:
        refused = cloud.action(server, action, value)
        said = refused.json["conflictingRequest"]["message"]
        assert (refused.status, said.endswith(f"{server} while it is in vm_state stopped")) == (409, True)


@pytest.mark.parametrize(
    "body", [{}, {"os-start": None, "os-stop": None}, {"dance": None}, {"reboot": {}}, {"reboot": {"type": "SOFTLY"}}]
)
def test_actions_that_are_none(cloud: Any, body: dict[str, Any]) -> None:
    assert cloud.post(f"/servers/{cloud.built()}/action", body).status == 400


def test_what_is_not_offered_says_so(cloud: Any) -> None:
    server = cloud.built()
    asked = {"remote_console": {"protocol": "vnc", "type": "novnc"}}
    refused = cloud.post(f"/servers/{server}/remote-consoles", asked)
    assert refused.json["badRequest"]["message"] == "Unavailable console type novnc."
    attach = {"volumeAttachment": {"volumeId": GHOST}}
    assert cloud.post(f"/servers/{server}/os-volume_attachments", attach).status == 403


def test_unknown_and_malformed_ids_are_not_found(cloud: Any) -> None:
    for path in (f"/servers/{GHOST}", "/servers/nope", "/servers/%2F", "/flavors/nope", f"/os-server-groups/{GHOST}"):
        answer = cloud.get(path)
        assert (answer.status, answer.json["itemNotFound"]["code"]) == (404, 404), path
    assert cloud.call("PATCH", "/servers").json["badMethod"]["code"] == 405


def test_private_flavors_are_for_those_who_were_let_in(cloud: Any) -> None:
    flavor = {"name": "p", "ram": 64, "vcpus": 1, "disk": 1, "id": "p", "os-flavor-access:is_public": False}
    assert cloud.post("/flavors", {"flavor": flavor}, "admin").status == 200
    assert [cloud.get("/flavors/p").status, cloud.order(flavorRef="p").status] == [404, 400]
    project = "0123456789abcdef0123456789abcde0"
    assert cloud.post("/flavors/p/action", {"addTenantAccess": {"tenant": project}}, "admin").status == 200
    assert cloud.post("/flavors/p/action", {"addTenantAccess": {"tenant": project}}, "admin").status == 409
    assert [cloud.get("/flavors/p").status, cloud.get("/flavors/p", "other").status] == [200, 404]
    assert "p" in [each["id"] for each in cloud.get("/flavors").json["flavors"]]
    assert cloud.post("/flavors/p/action", {"removeTenantAccess": {"tenant": project}}, "admin").status == 200
    assert cloud.get("/flavors/p").status == 404
    assert [cloud.delete("/flavors/p", "admin").status for _ in range(2)] == [202, 404]
