"""A workload that remembers what it asked for while the node is killed under it, and what must be true afterwards."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from tests.support.client import Client, Refused, until
from tests.support.node import Node, NodeDied

SETTLED = {"ACTIVE", "SHUTOFF"}


@dataclass
class Workload:
    """Creates, stops, starts and deletes servers, and makes images of them.

    `wanted`: server id → the status last asked for (absent: deleted).
    """

    node: Node
    chance: random.Random
    most: int = 8  # servers alive at once
    wanted: dict[str, str] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    kills: int = 0
    _made: int = 0
    _timers: list[threading.Timer] = field(default_factory=list)
    _client: Client | None = None

    def step(self) -> None:
        """One change, acknowledged by the API before this returns, however often the node dies meanwhile."""
        if not self.wanted or (len(self.wanted) < self.most and self.chance.random() < 0.4):
            self._create()
        else:
            server = self.chance.choice(sorted(self.wanted))
            self.chance.choice([self._stop, self._start, self._image, self._delete])(server)

    def kill_soon(self, most: float) -> threading.Timer:
        """SIGKILL within `most` seconds, at an instruction nobody chose."""
        timer = threading.Timer(self.chance.uniform(0, most), self._kill)
        timer.start()
        self._timers.append(timer)
        return timer

    def _kill(self) -> None:
        if self.node.process and self.node.process.poll() is None:
            self.node.process.kill()
            self.kills += 1

    def client(self) -> Client:
        """A logged-in client of a node that is up; starts the node again when it was killed."""
        if self.node.process is None or self.node.process.poll() is not None:
            self._client = None
            self.node.start()
        if self._client is None:
            self._client = self.node.admin("2.37")
        return self._client

    def insist(self, call: Callable[[Client], Any]) -> Any:
        """Make a call until it is answered; a connection that breaks may or may not have been a call that counted."""
        for _ in range(20):
            try:
                return call(self.client())
            except (OSError, HTTPException, NodeDied):
                if self.node.process:
                    self.node.process.wait(10)
        raise AssertionError(f"the node did not answer twenty times in a row: {self.node.log()[-3000:]}")

    def _create(self) -> None:
        self._made += 1
        name = f"crash-{self._made}"
        image = self.insist(lambda c: c.one("/image/v2/images?name=stacklab-guest", "images", "stacklab-guest"))
        flavor = self.insist(lambda c: c.one("/compute/v2.1/flavors", "flavors", "lab.nano"))
        network = self.insist(lambda c: c.one("/network/v2.0/networks", "networks", "lab"))
        body = {"name": name, "imageRef": image, "flavorRef": flavor, "networks": [{"uuid": network}]}

        def make(client: Client) -> str:
            there = [s["id"] for s in client.get(f"/compute/v2.1/servers?name={name}$")["servers"]]
            return str(there[0] if there else client.post("/compute/v2.1/servers", {"server": body})["server"]["id"])

        self.wanted[self.insist(make)] = "ACTIVE"

    def _power(self, server: str, action: str, status: str) -> None:
        path = f"/compute/v2.1/servers/{server}"

        def act(client: Client) -> None:
            until("the server to be free", lambda: _free(client.get(path)["server"]), 120)
            try:
                client.post(f"{path}/action", {action: None})
            except Refused as refused:
                # 409: it is so already, by an earlier try whose answer was lost or because it always was.
                if refused.status != 409 or client.get(path)["server"]["status"] != status:
                    raise

        self.insist(act)
        self.wanted[server] = status

    def _stop(self, server: str) -> None:
        self._power(server, "os-stop", "SHUTOFF")

    def _start(self, server: str) -> None:
        self._power(server, "os-start", "ACTIVE")

    def _image(self, server: str) -> None:
        """Make an image of it; one that the try before made is enough."""
        self._made += 1
        name, path = f"crash-image-{self._made}", f"/compute/v2.1/servers/{server}"

        def act(client: Client) -> None:
            if not client.get(f"/image/v2/images?name={name}")["images"]:
                until("the server to be free", lambda: _free(client.get(path)["server"]), 120)
                client.call("POST", f"{path}/action", {"createImage": {"name": name}})

        self.insist(act)

    def _delete(self, server: str) -> None:
        def act(client: Client) -> None:
            try:
                client.delete(f"/compute/v2.1/servers/{server}")
            except Refused as refused:
                if refused.status != 404:
                    raise

        self.insist(act)
        del self.wanted[server]
        self.deleted.append(server)

    def settle(self, seconds: float = 120) -> None:
        """Wait until every server is in the state last asked for, and there are no others."""
        for timer in self._timers:
            timer.join()

        def seen() -> bool:
            found = self.insist(lambda c: c.get("/compute/v2.1/servers/detail"))["servers"]
            return {s["id"]: s["status"] for s in found if _free(s)} == self.wanted and len(found) == len(self.wanted)

        try:
            until("every server in the state last asked for", seen, seconds, 0.2)
        except AssertionError as error:
            found = self.insist(lambda c: c.get("/compute/v2.1/servers/detail"))["servers"]
            said = {s["id"]: (s["status"], s["OS-EXT-STS:task_state"], s.get("fault")) for s in found}
            raise AssertionError(f"wanted {self.wanted}, there is {said}; {self.node.log()[-4000:]}") from error

    def audit(self) -> None:
        """Ports, addresses and allocations belong to the servers there are, one each, and to nothing else."""
        ports = self.insist(lambda c: c.get("/network/v2.0/ports"))["ports"]
        guests = [port for port in ports if port["device_owner"].startswith("compute:")]
        assert sorted(port["device_id"] for port in guests) == sorted(self.wanted)
        addresses = [fixed["ip_address"] for port in ports for fixed in port["fixed_ips"]]
        assert len(addresses) == len(set(addresses))
        images = self.insist(lambda c: c.get("/image/v2/images?limit=1000"))["images"]
        assert {image["status"] for image in images} == {"active"}
        (provider,) = self.insist(lambda c: c.get("/placement/resource_providers"))["resource_providers"]
        held = self.insist(lambda c: c.get(f"/placement/resource_providers/{provider['uuid']}/allocations"))
        assert set(held["allocations"]) == set(self.wanted)
        usages = self.insist(lambda c: c.get(f"/placement/resource_providers/{provider['uuid']}/usages"))["usages"]
        assert usages["VCPU"] == len(self.wanted)


def _free(server: dict[str, Any]) -> bool:
    return server["status"] in SETTLED and server["OS-EXT-STS:task_state"] is None
