"""SIGKILL right after an account was suspended: its tokens stay dead and its servers stop, all by the next process."""

from pathlib import Path

from tests.support.client import Client, until
from tests.support.node import Node

PASSWORD = "correct horse battery"


def test_a_suspension_at_the_last_moment_stops_the_servers(tmp_path: Path) -> None:
    node = Node(tmp_path / "state").start()
    admin, ana = node.admin(), Client(node.host, node.port, "2.96")
    made = ana.post("/signup", {"email": "ana@example.org", "password": PASSWORD})
    ana.login("ana@example.org", PASSWORD, made["project"]["name"])
    image = admin.one("/image/v2/images", "images", "stacklab-guest")
    flavor = admin.one("/compute/v2.1/flavors", "flavors", "lab.nano")
    server = {"name": "theirs", "imageRef": image, "flavorRef": flavor, "networks": "auto"}
    path = f"/compute/v2.1/servers/{ana.post('/compute/v2.1/servers', {'server': server})['server']['id']}"
    until("the server", lambda: ana.get(path)["server"]["status"] == "ACTIVE", 20)
    # Another is being built when the end comes.
    late = f"/compute/v2.1/servers/{ana.post('/compute/v2.1/servers', {'server': server})['server']['id']}"
    assert admin.raw("POST", f"/signup/accounts/{made['user']['id']}/suspend", {})[0] == 202
    node.kill()
    node.start()
    admin = node.admin()
    for each in (path, late):
        until("the server to stop", lambda each=each: admin.get(each)["server"]["status"] == "SHUTOFF", 30)  # type: ignore[misc]
    assert ana.raw("GET", path)[0] == 401
    assert admin.raw("POST", f"/signup/accounts/{made['user']['id']}/resume", {})[0] == 202
    assert ana.raw("GET", path)[0] == 401
    assert admin.get(path)["server"]["status"] == "SHUTOFF"
    assert node.stop() == 0
