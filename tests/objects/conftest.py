"""A node, and clients of Swift with its admin's login: as unmodified as they come from their packages."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Run, command
from tests.support.node import Node


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    started = Node(tmp_path_factory.mktemp("swift") / "state").start()
    yield started
    started.purge()


@pytest.fixture
def login(node: Node) -> dict[str, str]:
    """What the commands of OpenStack read from the environment."""
    return {
        "OS_AUTH_URL": f"{node.url}/identity/v3",
        "OS_USERNAME": "admin",
        "OS_PASSWORD": node.admin_password(),
        "OS_PROJECT_NAME": "admin",
        "OS_USER_DOMAIN_NAME": "Default",
        "OS_PROJECT_DOMAIN_NAME": "Default",
        "OS_IDENTITY_API_VERSION": "3",
    }


@pytest.fixture
def swift(login: dict[str, str], tmp_path: Path) -> Run:
    return command([str(Path(sys.executable).with_name("swift"))], tmp_path, login)


@pytest.fixture
def openstack(login: dict[str, str], tmp_path: Path) -> Run:
    return command([str(Path(sys.executable).with_name("openstack"))], tmp_path, login)


@pytest.fixture
def rclone(node: Node, tmp_path: Path) -> Run:
    remote = {
        "TYPE": "swift",
        "AUTH": f"{node.url}/identity/v3",
        "AUTH_VERSION": "3",
        "USER": "admin",
        "KEY": node.admin_password(),
        "DOMAIN": "Default",
        "TENANT": "admin",
        "TENANT_DOMAIN": "Default",
        "CHUNK_SIZE": "5M",
    }
    named = {f"RCLONE_CONFIG_HERE_{name}": value for name, value in remote.items()}
    return command(["rclone"], tmp_path, {**named, "RCLONE_CONFIG": ""})
