"""A whole compute service on simulated drivers: `cloud.settle()` runs the jobs to the end, as workers would."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stacklab.compute.api import mount
from stacklab.compute.service import Compute
from stacklab.core.events import Bus, Event
from stacklab.core.jobs import Kind
from stacklab.core.settings import Settings
from stacklab.host.disks.simulated import SimulatedDisks
from stacklab.host.hypervisor.simulated import SimulatedHypervisor
from stacklab.host.network.simulated import SimulatedNetwork
from stacklab.http.context import Context
from stacklab.images.service import Images
from stacklab.networks.service import Networks
from stacklab.placement.service import Placement
from tests.support.api import PERSONAS, Answer, Api
from tests.support.news import settle

Migrated = Callable[..., None]
V = "/compute/v2.1"


@dataclass
class Cloud:
    """`get`, `post` … take a path below /compute/v2.1 and a microversion; the persona defaults to member."""

    compute: Compute
    networks: Networks
    images: Images
    placement: Placement
    hypervisor: SimulatedHypervisor
    disks: SimulatedDisks
    api: Api
    bus: Bus
    image: str
    network: str
    events: list[Event] = field(default_factory=list)

    def call(
        self, method: str, path: str, persona: str | None = "member", body: Any = None, at: str = "2.96"
    ) -> Answer:
        headers = {"openstack-api-version": f"compute {at}"}
        return self.api.call(method, f"{V}{path}", persona, body, headers=headers)

    def get(self, path: str, persona: str | None = "member", at: str = "2.96") -> Answer:
        return self.call("GET", path, persona, at=at)

    def post(self, path: str, body: Any, persona: str | None = "member", at: str = "2.96") -> Answer:
        return self.call("POST", path, persona, body, at)

    def put(self, path: str, body: Any, persona: str | None = "member", at: str = "2.96") -> Answer:
        return self.call("PUT", path, persona, body, at)

    def delete(self, path: str, persona: str | None = "member", at: str = "2.96") -> Answer:
        return self.call("DELETE", path, persona, at=at)

    def order(self, persona: str = "member", at: str = "2.96", **more: Any) -> Answer:
        """POST /servers with what is needed, and `more`."""
        server = {"name": "web", "imageRef": self.image, "flavorRef": "lab.nano", "networks": "auto", **more}
        return self.post("/servers", {"server": server}, persona, at)

    def built(self, persona: str = "member", **more: Any) -> str:
        """The id of a server that has been built."""
        answer = self.order(persona, **more)
        assert answer.status == 202, answer.raw
        self.settle()
        return str(answer.json["server"]["id"])

    def action(self, server: str, name: str, value: Any = None, persona: str = "member", at: str = "2.96") -> Answer:
        return self.post(f"/servers/{server}/action", {name: value}, persona, at)

    def show(self, server: str, persona: str = "member", at: str = "2.96") -> Any:
        return self.get(f"/servers/{server}", persona, at).json["server"]

    def kinds(self) -> dict[str, Kind]:
        return {**self.compute.jobs(), **self.networks.jobs(), **self.networks.bus.jobs()}

    def settle(self) -> None:
        """Run every queued job here and now; one that fails is tried as often as its kind says, without waiting."""
        settle(self.kinds())

    def taken(self) -> int:
        return len(self.placement.allocations())


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def cloud(tmp_path: Path, database: Migrated, settings: Settings) -> Iterator[Cloud]:
    database("stacklab.images", "stacklab.placement", "stacklab.networks", "stacklab.compute")
    bus = Bus()
    hypervisor = SimulatedHypervisor(tmp_path / "hypervisor", why="tests")
    disks = SimulatedDisks(tmp_path / "disks")
    driver = SimulatedNetwork(tmp_path / "network")
    images = Images(settings, tmp_path / "images", disks, bus)
    networks = Networks(settings, driver, bus)
    placement = Placement(bus)
    networks.ensure_bootstrap("0123456789abcdef0123456789abcdea")
    compute = Compute(settings, hypervisor, disks, images, networks, placement, None, bus, tmp_path)
    compute.ensure_bootstrap()
    compute.start()
    image_file = tmp_path / "guest.raw"
    image_file.write_bytes(b"\x55" * 4096)
    image = images.ensure_public("stacklab-guest", image_file, "raw", {})
    network = networks.auto_network(Context(PERSONAS["member"]))
    assert network is not None
    made = Cloud(compute, networks, images, placement, hypervisor, disks, Api(mount(compute)), bus, image, network.id)
    bus.subscribe("*", made.events.append)
    yield made
    hypervisor.close()
