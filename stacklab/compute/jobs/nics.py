"""Network cards of a living server made equal to its ports: attach what is missing, detach what was let go."""

from stacklab.compute import guests
from stacklab.compute.jobs.trace import step
from stacklab.compute.model import actions
from stacklab.compute.model import servers as model
from stacklab.compute.model.servers import Server
from stacklab.compute.parts import Parts
from stacklab.core.db.database import transaction
from stacklab.core.jobs import Job


class ChangeNics:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def run(self, job: Job) -> None:
        """The payload's `port` joins; with `detach`, a MAC address, its card goes and then the port. What is gone by
        now is no reason to fail."""
        server = model.get(job.subject)
        if server is None:
            return
        there = self._parts.hypervisor.fact(server.id) is not None
        mac: str | None = job.payload["detach"]
        with step(job.payload["action"], f"compute_{'detach' if mac else 'attach'}_interface"):
            if mac and there:
                self._parts.hypervisor.detach_nic(server.id, mac)
            if mac:
                self._let_go(job.payload["port"])
            elif there:
                self._attach(server, job.payload["port"])
            self._parts.networks.apply_ports([job.payload["port"]])
        with transaction():
            self._parts.networks.set_ports_active(server.id, server.power_state == 1)
            self._parts.changed(model.get(server.id))

    def give_up(self, job: Job, error: BaseException) -> None:
        """A card that could not be attached gives its port back; one that could not be detached stays."""
        if not job.payload["detach"]:
            self._let_go(job.payload["port"])
            self._parts.networks.apply_ports([job.payload["port"]])
        with transaction():
            actions.fail(job.payload["action"], str(error) or "Error")
            self._parts.changed(model.get(job.subject))

    def _attach(self, server: Server, port_id: str) -> None:
        ports = self._parts.networks.ports_of([server.id]).get(server.id, [])
        port = next((port for port in ports if port.id == port_id), None)
        if port is not None:
            self._parts.networks.apply_ports([port.id])
            self._parts.hypervisor.attach_nic(server.id, guests.nic(port))
            self._parts.networks.plugged([port.id])

    def _let_go(self, port_id: str) -> None:
        with transaction():
            self._parts.networks.release_port(port_id)
