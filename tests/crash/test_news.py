"""SIGKILL right after the commit: who listens hears the news from the next process."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stacklab.core.db.database import open_database
from stacklab.core.events import Bus, Event
from stacklab.core.jobs import Workers, pending
from tests.support.client import Client, until
from tests.support.node import Node

DYING = """
import os, signal, sys
from pathlib import Path
from stacklab.core.db.database import durable, open_database
from stacklab.core.db.migrations import migrate
from stacklab.core.events import Bus, Event

open_database(Path(sys.argv[1]))
migrate(["stacklab.core"])
bus = Bus()
bus.subscribe("project.deleted", lambda event: print("told"))
with durable():
    bus.publish(Event("project.deleted", "p1", "p1", {"servers": 2}))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_news_outlives_the_process_that_had_it(tmp_path: Path) -> None:
    file = tmp_path / "stacklab.db"
    died = subprocess.run([sys.executable, "-c", DYING, file], capture_output=True, text=True, timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert "told" not in died.stdout
    database = open_database(file)
    bus, heard = Bus(), list[Event]()
    bus.subscribe("project.deleted", heard.append)
    workers = Workers(bus.jobs(), 1)
    workers.start()
    until("the news to be delivered", lambda: pending() == 0, 10, 0.01)
    workers.stop()
    database.close()
    assert heard == [Event("project.deleted", "p1", "p1", {"servers": 2})]


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path / "state")


def test_a_project_deleted_at_the_last_moment_leaves_nothing(node: Node) -> None:
    """A server, a group and an image of a project, whose deletion is the last thing the process does."""
    admin = node.start().admin("2.37")
    project = _furnished(node, admin)
    assert admin.raw("DELETE", f"/identity/v3/projects/{project}")[0] == 204
    node.kill()
    admin = node.start().admin("2.37")
    until("everything of the project to go", lambda: not _left(admin, project), 30)
    assert node.stop() == 0


def _furnished(node: Node, admin: Client) -> str:
    project: str = admin.post("/identity/v3/projects", {"project": {"name": "doomed", "domain_id": "default"}})[
        "project"
    ]["id"]
    user = admin.one("/identity/v3/users", "users", "admin")
    role = admin.one("/identity/v3/roles", "roles", "member")
    assert admin.raw("PUT", f"/identity/v3/projects/{project}/users/{user}/roles/{role}")[0] == 204
    inside = Client(node.host, node.port, "2.37")
    scope = {"project": {"id": project}}
    auth = {"identity": {"methods": ["token"], "token": {"id": admin.token}}, "scope": scope}
    inside.token = admin.raw("POST", "/identity/v3/auth/tokens", {"auth": auth})[1]["x-subject-token"]
    inside.post("/image/v2/images", {"name": "theirs", "disk_format": "raw", "container_format": "bare"})
    inside.post("/network/v2.0/security-groups", {"security_group": {"name": "theirs"}})
    image = admin.one("/image/v2/images", "images", "stacklab-guest")
    flavor = admin.one("/compute/v2.1/flavors", "flavors", "lab.nano")
    server = {"name": "theirs", "imageRef": image, "flavorRef": flavor, "networks": "auto"}
    inside.post("/compute/v2.1/servers", {"server": server})
    return project


def _left(admin: Client, project: str) -> list[str]:
    """What an admin still finds of a project."""
    servers = admin.get(f"/compute/v2.1/servers?all_tenants=1&project_id={project}")["servers"]
    ports = admin.get(f"/network/v2.0/ports?project_id={project}")["ports"]
    groups = admin.get(f"/network/v2.0/security-groups?project_id={project}")["security_groups"]
    images = admin.get(f"/image/v2/images?owner={project}")["images"]
    return [thing["id"] for thing in (*servers, *ports, *groups, *images)]
