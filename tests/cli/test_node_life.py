"""`stacklab up` and `stacklab down` as a person meets them: first start, second start, stop, purge."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.client import Client, until
from tests.support.node import Node


def stacklab(*words: str, say: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stacklab", *words]
    env = {**os.environ, **environ}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, input=say, env=env)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Node(tmp_path / "state")
    yield made
    made.purge()


def first_rows(client: Client) -> dict[str, list[str]]:
    """What a first start makes, by name."""
    urls = {
        "/identity/v3/roles": "roles",
        "/identity/v3/domains": "domains",
        "/identity/v3/projects": "projects",
        "/identity/v3/users": "users",
        "/compute/v2.1/flavors": "flavors",
        "/image/v2/images": "images",
        "/network/v2.0/networks": "networks",
    }
    return {
        name: sorted(thing["name"] + " " + thing["id"] for thing in client.get(url)[name]) for url, name in urls.items()
    }


def names(found: list[str]) -> set[str]:
    return {text.split()[0] for text in found}


def test_a_first_start_makes_what_a_cloud_begins_with_and_a_second_changes_none_of_it(node: Node) -> None:
    made = first_rows(node.start().admin())
    assert names(made["roles"]) == {"admin", "manager", "member", "reader", "service", "ResellerAdmin"}
    assert names(made["domains"]) == {"Default"}
    assert names(made["projects"]) == names(made["users"]) == {"admin"}
    assert {"lab.nano", "lab.micro", "m1.tiny", "m1.small", "m1.medium", "m1.large", "m1.xlarge"} == names(
        made["flavors"]
    )
    assert names(made["images"]) == {"stacklab-guest"}
    assert names(made["networks"]) == {"lab", "public"}
    clouds = (node.state / "clouds.yaml").read_text()
    assert node.stop() == 0
    assert first_rows(node.start().admin()) == made
    assert (node.state / "clouds.yaml").read_text() == clouds


def test_clouds_yaml_is_the_owners_only_and_both_its_clouds_work(node: Node) -> None:
    file = node.start().state / "clouds.yaml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert re.findall(r"^  (\S+):$", file.read_text(), re.MULTILINE) == ["stacklab-admin", "stacklab-system"]
    found = re.search(r'password: "([^"]+)"', file.read_text())
    assert found
    password = found[1]
    assert password not in node.log()
    person = {"name": "admin", "domain": {"name": "Default"}, "password": password}
    identity = {"methods": ["password"], "password": {"user": person}}
    auth = {"auth": {"identity": identity, "scope": {"system": {"all": True}}}}
    status, _headers, _body = Client(node.host, node.port).raw("POST", "/identity/v3/auth/tokens", auth)
    assert status == 201


def test_healthz_and_readyz_need_nobody(node: Node) -> None:
    client = Client(node.start().host, node.port)
    assert client.get("/healthz") == {"status": "up", "version": "0.1.0"}
    assert client.get("/readyz")["ready"] is True


def test_a_node_that_moves_writes_its_new_address(node: Node) -> None:
    node.start().stop()
    other = Node(node.state)
    other.start()
    assert f"auth_url: {other.url}/identity/v3" in (node.state / "clouds.yaml").read_text()
    assert other.admin().get("/readyz")["ready"]
    assert other.stop() == 0


def test_one_process_a_state_directory(node: Node) -> None:
    node.start()
    second = stacklab("up", "--state", str(node.state), "--listen", "127.0.0.1:1", "--hypervisor", "simulated")
    assert second.returncode == 1
    assert f"holds {node.state}" in second.stderr
    assert node.ready()


def test_a_port_that_is_taken_is_said_in_words(node: Node, tmp_path: Path) -> None:
    node.start()
    listen = f"{node.host}:{node.port}"
    second = stacklab("up", "--state", str(tmp_path / "b"), "--listen", listen, "--hypervisor", "simulated")
    assert second.returncode == 1
    assert f"cannot listen on {listen}" in second.stderr
    assert "Traceback" not in second.stderr


def test_down_stops_and_the_servers_are_there_again(node: Node) -> None:
    admin = node.start().admin("2.37")
    body = {
        "name": "stays",
        "imageRef": admin.one("/image/v2/images", "images", "stacklab-guest"),
        "flavorRef": "lab.nano",
        "networks": "auto",
    }
    path = f"/compute/v2.1/servers/{admin.post('/compute/v2.1/servers', {'server': body})['server']['id']}"
    until("the server", lambda: admin.get(path)["server"]["status"] == "ACTIVE")
    assert stacklab("down", "--state", str(node.state)).stdout == "stopped\n"
    assert node.process
    assert node.process.wait(10) == 0
    assert stacklab("down", "--state", str(node.state)).stdout == "not running\n"
    assert node.start().admin().get(path)["server"]["status"] == "ACTIVE"


def test_purge_asks_first_and_leaves_nothing(node: Node) -> None:
    node.start()
    refused = stacklab("down", "--state", str(node.state), "--purge", say="n\n")
    assert refused.returncode == 1
    assert node.ready()
    assert stacklab("down", "--state", str(node.state), "--purge", say="y\n").returncode == 0
    assert not node.state.exists()


def test_purge_does_not_touch_a_directory_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("letters")
    refused = stacklab("down", "--state", str(tmp_path), "--purge", "--yes")
    assert refused.returncode == 1
    assert "not a state directory" in refused.stderr
    assert (tmp_path / "precious").exists()


@pytest.mark.parametrize(
    ("environ", "named"),
    [({"STACKLAB_NODE_LISTN": "x"}, "STACKLAB_NODE_LISTN"), ({"STACKLAB_COMPUTE_CPU_RATIO": "much"}, "cpu_ratio")],
)
def test_a_bad_setting_is_a_usage_error(tmp_path: Path, environ: dict[str, str], named: str) -> None:
    done = stacklab("up", "--state", str(tmp_path / "s"), **environ)
    assert done.returncode == 2
    assert named in done.stderr
    assert not (tmp_path / "s").exists()


def test_help_lists_the_commands() -> None:
    said = stacklab("--help").stdout
    assert all(word in said for word in ("up", "down", "doctor"))
