"""What home will never have is parked with why, and what is behind it arrives."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stacklab.core.db.database import change, rows, transaction
from stacklab.core.errors import BadRequest
from stacklab.core.events import Bus
from stacklab.core.settings import Node as Here
from stacklab.core.settings import Settings
from stacklab.identity.service import Identity
from stacklab.regions.home import inbox, joining, records
from stacklab.regions.home.records import Node
from stacklab.regions.home.registry import Registry
from stacklab.regions.home.schema import Item, Report
from stacklab.regions.node import outbox

NODE = Node("n1", "Lent", "i1", "", "", 0, "", "[]", "", "joined", "{}", 0, 0, 0, 0, None)
FACING = Here(public_url="http://203.0.113.1")
LINE: dict[str, Any] = {
    "project_id": "p", "server_id": "s", "flavor": "f", "vcpus": 1, "ram_mb": 1, "disk_gb": 1, "begins": 0, "ends": 1,
}  # fmt: skip


@pytest.fixture
def identity(database: Callable[..., None], tmp_path: Path) -> Identity:
    database("stacklab.identity", "stacklab.regions")
    with transaction():
        change(records.INSERT_NODE, tuple(NODE))
    return Identity(Settings(), tmp_path / "keys", Bus())


def test_home_takes_the_rest(identity: Identity) -> None:
    inside = {"address": "http://127.0.0.1:1", "services": ["compute"]}
    items = [
        Item(1, "a", "usage", {"project_id": 7}),
        Item(2, "b", "weather", {}),
        Item(3, "c", "registration", inside),
        Item(4, "d", "usage", LINE),
    ]
    taken, refused = inbox.take(Registry(identity, FACING), identity, NODE, Report({}, 0, items))
    assert (taken, sorted(refused)) == ([4], [1, 2, 3])
    assert "127.0.0.1" in refused[3]
    assert rows("SELECT key FROM regions_usage") == [("d",)]


@pytest.mark.parametrize(
    "here",
    [
        FACING,
        Here(listen="0.0.0.0:8080"),
        Here(listen="[::]:8080"),
        Here(listen="203.0.113.1:8080"),
        Here(listen="127.0.0.1:8080", public_url="https://cloud.example.org"),
    ],
)
def test_a_home_that_others_reach_has_no_insides_in_its_catalogue(identity: Identity, here: Here) -> None:
    identity.base_url = "http://127.0.0.1:8080"  # how this machine reaches a home that listens everywhere
    for inside in ("http://169.254.169.254", "http://127.0.0.1:8081"):
        with pytest.raises(BadRequest, match="--public-url"):
            joining.register(Registry(identity, here), identity, NODE, inside, ["compute"])


@pytest.mark.parametrize("listen", ["127.0.0.1:8080", "[::1]:8080", "localhost:8080"])
def test_a_home_on_loopback_has_regions_beside_it(identity: Identity, listen: str) -> None:
    joining.register(Registry(identity, Here(listen=listen)), identity, NODE, "http://127.0.0.1:8081/", ["compute"])
    assert rows("SELECT address FROM regions_nodes") == [("http://127.0.0.1:8081",)]


def test_a_parked_item_holds_nothing_back(identity: Identity) -> None:
    outbox.put("registration", "registration", {"n": 1}, latest=True)
    outbox.put("usage", "u", {"n": 1})
    outbox.park(1, "no such address")
    assert [item["key"] for item in outbox.page(10)] == ["u"]
    assert outbox.waiting() == 1
    assert outbox.parked() == [{"kind": "registration", "error": "no such address"}]
    outbox.put("registration", "registration", {"n": 2}, latest=True)  # corrected: it is told anew
    assert [item["payload"] for item in outbox.page(10)] == [{"n": 1}, {"n": 2}]
    assert outbox.parked() == []
