"""Network cards of a living server made equal to its ports: attach what is missing, detach what was let go."""

from stacklab.compute import guests
from stacklab.compute.jobs.trace import step
from stacklab.compute.model import actions
from stacklab.compute.model import servers as model
from stacklab.compute.parts import Parts
from stacklab.core.db.database import transaction
from stacklab.core.jobs import Job


class ChangeNics:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def run(self, job: Job) -> None:
        """The payload's `port` joins, or with `release` leaves. A port that is gone is no reason to fail."""
        server = model.get(job.subject)
        if server is None:
            return
        port_id: str = job.payload["port"]
        ports = self._parts.networks.ports_of([server.id]).get(server.id, [])
        port = next((port for port in ports if port.id == port_id), None)
        if port is None or self._parts.hypervisor.fact(server.id) is None:
            return
        release: bool = job.payload["release"]
        with step(job.payload["action"], f"compute_{'detach' if release else 'attach'}_interface"):
            if release:
                self._parts.hypervisor.detach_nic(server.id, port.mac)
                self._let_go(port_id)
            else:
                self._parts.networks.apply_now()
                self._parts.hypervisor.attach_nic(server.id, guests.nic(port))
            self._parts.networks.apply_now()
        with transaction():
            self._parts.networks.set_ports_active(server.id, server.power_state == 1)
            self._parts.changed(model.get(server.id))

    def give_up(self, job: Job, error: BaseException) -> None:
        """A card that could not be attached gives its port back; one that could not be detached stays."""
        if not job.payload["release"]:
            self._let_go(job.payload["port"])
        with transaction():
            actions.fail(job.payload["action"], str(error) or "Error")
            self._parts.changed(model.get(job.subject))

    def _let_go(self, port_id: str) -> None:
        with transaction():
            self._parts.networks.release_port(port_id)
            self._parts.networks.request_apply()
