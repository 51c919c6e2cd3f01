"""Recorded calls as command lines and code."""

import ast
import shlex
from typing import Any

import pytest

from stacklab.console.calls import FILE, PYTHON_HEAD, Call, as_curl, as_python, masked, shown
from stacklab.console.commands import as_cli
from stacklab.console.formats import python

C, N, G, S = "/compute/v2.1", "/network/v2.0", "/image/v2/images", "/object-store/v1/AUTH_p"
PATCH = [
    {"op": "replace", "path": "/name", "value": "a b"},
    {"op": "replace", "path": "/visibility", "value": "shared"},
    {"op": "add", "path": "/os_x", "value": "y"},
    {"op": "replace", "path": "/tags", "value": ["t"]},
    {"op": "replace", "path": "/protected", "value": True},
]
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
        (
            call("POST", f"{C}/servers/abc/action", {"createImage": {"name": "of abc"}}),
            "openstack server image create --name 'of abc' abc",
        ),
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
        (call("GET", f"{G}?visibility=public&limit=100"), "openstack image list --public --limit 100"),
        (call("GET", f"{G}?owner=p&os_hidden=true"), "openstack image list --project p --hidden"),
        (
            call(
                "POST",
                G,
                {"name": "my disk", "disk_format": "raw", "container_format": "bare", "visibility": "private"},
            ),
            "openstack image create --disk-format raw --container-format bare --private 'my disk'",
        ),
        (call("PUT", f"{G}/i/file", FILE), "openstack image stage --file FILE i\nopenstack image import i"),
        (
            call("POST", f"{G}/i/import", {"method": {"name": "web-download", "uri": "http://h/x?a=1"}}),
            "openstack image import --method web-download --uri 'http://h/x?a=1' i",
        ),
        (
            call("POST", f"{G}/i/import", {"method": {"name": "copy-image"}, "stores": ["a", "b"]}),
            "openstack image import --method copy-image i --store a b",
        ),
        (call("DELETE", "/image/v2/stores/a/i"), "openstack image delete --store a i"),
        (call("GET", "/image/v2/info/stores"), "openstack image stores list"),
        (call("GET", f"{G}/i/tasks"), ""),  # `image task list` is of all images, and an administrator's
        (
            call("PATCH", f"{G}/i", PATCH),
            "openstack image set --name 'a b' --shared --property os_x=y --tag t --protected i",
        ),
        (call("PATCH", f"{G}/i", [{"op": "remove", "path": "/x"}]), "openstack image unset --property x i"),
        (call("POST", f"{G}/i/members", {"member": "p"}), "openstack image add project i p"),
        (call("PUT", f"{G}/i/members/p", {"status": "rejected"}), "openstack image set --reject --project p i"),
        (call("DELETE", f"{G}/i/members/p"), "openstack image remove project i p"),
        (call("GET", f"{S}?limit=9"), "openstack container list --limit 9"),
        (call("GET", f"{S}/my%20box?prefix=a%2F&marker="), "openstack object list --prefix a/ 'my box'"),
        (call("PUT", f"{S}/box/a%20b/c", FILE), "openstack object create --name 'a b/c' box FILE"),
        (call("DELETE", f"{S}/box"), "openstack container delete box"),
        (call("POST", f"{S}?bulk-delete"), ""),
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


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        (f"{C}/servers", "compute.get('/servers'"),
        (f"{N}/networks?a=b", "network.get('/networks?a=b'"),
        (f"{G}/i", "image.get('/images/i'"),
        ("/image/v2/info/usage", "image.get('/info/usage'"),
        ("/identity/v3/auth/catalog", "identity.get('/auth/catalog'"),
        ("/identity/Riverside/v3/auth/catalog", "identity.get('/auth/catalog'"),
        (f"{S}/box", "object_store.get('/box'"),
    ],
)
def test_the_sdk_knows_the_version_of_each_service(path: str, asked: str) -> None:
    made = as_python(call("GET", path)).replace("\n    ", "")
    assert made.startswith(f"conn.{asked}")


def test_a_file_and_its_headers() -> None:
    made = Call("PUT", f"{G}/i/file", 204, 5, "req-x", FILE, headers={"Content-Type": "application/octet-stream"})
    words = shlex.split(as_curl(made, "http://cloud").replace("\\\n", ""))
    assert words[words.index("-T") + 1] == "FILE"
    assert "Content-Type: application/octet-stream" in words
    ast.parse(as_python(made))
    assert 'open("FILE", "rb")' in as_python(made)
    assert "conn.object_store.get(" in as_python(call("GET", f"{S}/box"))
    assert "'/box'" in as_python(call("GET", f"{S}/box"))


def test_headers_are_shown_without_secrets() -> None:
    given = {
        "x-container-meta-temp-url-key": "k",
        "X-Subject-Token": "t",
        "Content-Length": "5",
        "X-Container-Read": "r",
    }
    assert shown(given) == {
        "x-container-meta-temp-url-key": "…", "X-Subject-Token": "…", "X-Container-Read": "r",
    }  # fmt: skip


def test_a_secret_header_is_left_to_the_shell_and_to_the_environment() -> None:
    made = Call("POST", f"{S}/box", 204, 5, "req-x", headers=shown({"x-container-meta-temp-url-key": "k", "X-A": "b"}))
    assert '-H "x-container-meta-temp-url-key: $SECRET"' in as_curl(made, "http://cloud")
    text = python([made])
    assert text.startswith("import os\n")
    assert """'x-container-meta-temp-url-key': os.environ["SECRET"], 'X-A': 'b'""" in text
    ast.parse(text)
    assert "import os" not in python([call("GET", f"{S}/box")]).splitlines()


def test_secrets_are_masked() -> None:
    body = {"auth": {"password": {"user": {"name": "x", "password": "p"}}}, "list": [{"user_data": "d"}]}
    assert masked(body)["auth"] == {"password": {"user": {"name": "x", "password": "…"}}}
    assert "'d'" not in str(masked(body))
