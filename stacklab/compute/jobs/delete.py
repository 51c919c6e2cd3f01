"""Deleting a server: guest, disks, console log; then ports, allocation and the row's life in one transaction."""

from stacklab.compute import states
from stacklab.compute.jobs.trace import Trace
from stacklab.compute.model import actions
from stacklab.compute.model import servers as model
from stacklab.compute.model.servers import Fault, Server, pack
from stacklab.compute.parts import Parts
from stacklab.core import clock, full
from stacklab.core.db.database import transaction
from stacklab.core.jobs import Job


class Delete:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def run(self, job: Job) -> None:
        """Safe for what was never built, and for what was half deleted before a crash."""
        server = model.get(job.subject)
        if server is None:
            return
        with Trace(job.payload["action"]) as trace:
            self._remove(server, trace)

    def _remove(self, server: Server, trace: Trace) -> None:
        with trace.step("compute_remove_guest"):
            self._parts.hypervisor.remove(server.id)
        with trace.step("compute_remove_disks"):
            self._parts.disks.remove(server.id)
            (self._parts.state / "console" / f"{server.id}.log").unlink(missing_ok=True)
        with trace.step("compute_release"):
            with transaction():
                released = self._parts.networks.release_ports(server.id)
                self._parts.placement.release(server.id)
                model.bury(server)
                self._parts.images.release(server.id)
                self._parts.changed(model.get_any(server.id))
            # After a crash here there is no server to come back for: the start applies everything anyway.
            self._parts.networks.apply_ports(released)

    def give_up(self, job: Job, error: BaseException) -> None:
        """The machine would not let go: say so, and let the owner ask again."""
        fault = Fault(500, f"The server could not be deleted: {full.words(error)}", "", clock.now())
        with transaction():
            model.update(job.subject, vm_state=states.ERROR, task_state=None, fault=pack(fault))
            actions.fail(job.payload["action"], "Error")
            self._parts.changed(model.get(job.subject))
