"""Recorded calls as command lines and code."""

import ast
import shlex
from typing import Any

import pytest

from stacklab.console.calls import PYTHON_HEAD, Call, as_cli, as_curl, as_python, masked

C, N = "/compute/v2.1", "/network/v2.0"
RULE = {"security_group_id": "g", "direction": "ingress", "protocol": "tcp", "port_range_min": 1, "port_range_max": 9}


def call(method: str, path: str, body: Any = None) -> Call:
    return Call(method, path, 200, 5, "req-x", body)


@pytest.mark.parametrize(
    ("made", "command"),
    [
        (call("GET", f"{C}/servers/detail?changes-since=x"), "openstack server list"),
        (call("GET", f"{C}/servers/abc"), "openstack server show abc"),
        (call("DELETE", f"{C}/servers/abc"), "openstack server delete abc"),
        (call("POST", f"{C}/servers/abc/action", {"os-stop": None}), "openstack server stop abc"),
        (call("POST", f"{C}/servers/abc/action", {"reboot": {"type": "HARD"}}), "openstack server reboot --hard abc"),
        (call("POST", f"{C}/servers/abc/action", {"os-getConsoleOutput": {}}), "openstack console log show abc"),
        (call("POST", f"{C}/os-keypairs", {"keypair": {"name": "my key"}}), "openstack keypair create 'my key'"),
        (call("GET", f"{N}/ports?device_id=abc"), "openstack port list --server abc"),
        (
            call("POST", f"{N}/security-group-rules", {"security_group_rule": RULE}),
            "openstack security group rule create --ingress --protocol tcp --dst-port 1:9 g",
        ),
        (
            call("POST", f"{N}/floatingips", {"floatingip": {"floating_network_id": "n", "port_id": "p"}}),
            "openstack floating ip create --port p n",
        ),
        (call("GET", "/unknown"), ""),
    ],
)
def test_command_lines(made: Call, command: str) -> None:
    assert as_cli(made) == command


def test_server_create_names_everything() -> None:
    server = {
        "name": "web", "imageRef": "i", "flavorRef": "f", "key_name": "k k", "networks": [{"uuid": "n"}],
        "security_groups": [{"name": "default"}],
    }  # fmt: skip
    words = shlex.split(as_cli(call("POST", f"{C}/servers", {"server": server})).replace("\\\n", ""))
    assert words[:3] == ["openstack", "server", "create"]
    assert words[3:] == [
        "--image", "i", "--flavor", "f", "--key-name", "k k", "--network", "n", "--security-group", "default", "web",
    ]  # fmt: skip


def test_curl_is_one_shell_command() -> None:
    text = as_curl(call("POST", f"{C}/os-keypairs", {"keypair": {"name": "it's"}}), "http://cloud")
    words = shlex.split(text.replace("\\\n", ""))
    assert words[0] == "curl"
    assert words[-1] == "http://cloud/compute/v2.1/os-keypairs"
    assert '{"keypair":{"name":"it\'s"}}' in words
    assert "OpenStack-API-Version: compute 2.79" in words


def test_python_is_python() -> None:
    text = PYTHON_HEAD + as_python(call("POST", f"{C}/os-keypairs", {"keypair": {"name": "x"}}))
    ast.parse(text)
    assert "conn.compute.post" in text
    assert as_python(call("GET", "/signup")) == ""


def test_secrets_are_masked() -> None:
    body = {"auth": {"password": {"user": {"name": "x", "password": "p"}}}, "list": [{"user_data": "d"}]}
    assert "'p'" not in str(masked(body))
    assert "'d'" not in str(masked(body))
