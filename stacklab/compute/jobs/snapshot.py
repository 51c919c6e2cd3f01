"""An image of a server's disk: copy what the guest wrote while it stands still, let it go on, make the image of that.

The guest is paused for the copy alone, which is of the changes to its image and no longer: what is on the disk then is
what a machine would find after its power was cut.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stacklab.compute import states
from stacklab.compute.jobs.trace import Trace
from stacklab.compute.model import actions
from stacklab.compute.model import servers as model
from stacklab.compute.model.servers import Fault, Server, pack
from stacklab.compute.parts import Parts
from stacklab.compute.power_news import follow
from stacklab.core import clock, full
from stacklab.core.db.database import transaction
from stacklab.core.jobs import Job
from stacklab.host.hypervisor.spec import Power

PENDING, COPYING, UPLOADING = "image_snapshot_pending", "image_snapshot", "image_uploading"
_TASKS = frozenset({PENDING, COPYING, UPLOADING})


class Snapshot:
    """The payload's `image` is filled."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def run(self, job: Job) -> None:
        """After a crash all is done again: the guest is paused and copied anew."""
        image: str = job.payload["image"]
        server = self._claimed(job.subject, COPYING)
        if server is None:
            self._abandon(image)
            return
        with Trace(job.payload["action"]) as trace:
            with trace.step("compute_copy_disk"), self._still(server):
                self._parts.disks.copy_root(server.id)
            if self._claimed(server.id, UPLOADING) is None:
                self._abandon(image)
                return
            with trace.step("compute_store_image"):
                self._parts.images.snapshots.take(image, lambda path, most: self._make(server, path, most))
        self._rest(server.id)

    def give_up(self, job: Job, error: BaseException) -> None:
        """The server goes on as it was, and tells why there is no image."""
        server = model.get(job.subject)
        if server is not None and server.task_state in _TASKS:
            self._resume(server)
        fault = Fault(500, f"The image could not be made: {full.words(error)}", "", clock.now())
        with transaction():
            self._parts.images.snapshots.abandon(job.payload["image"])
            if server is not None and server.task_state in _TASKS:
                model.update(server.id, fault=pack(fault))
            actions.fail(job.payload["action"], "Error")
        self._rest(job.subject)

    # --- the machine

    def _make(self, server: Server, path: Path, most: int) -> str:
        return self._parts.disks.flatten_copy(server.id, model.base_of(server).name, path, most)

    @contextmanager
    def _still(self, server: Server) -> Iterator[None]:
        """A guest that runs stands still meanwhile; one that a crash left standing goes on afterwards."""
        fact = self._parts.hypervisor.fact(server.id)
        if fact is not None and fact.power is Power.RUNNING:
            self._parts.hypervisor.pause(server.id)
        try:
            yield
        finally:
            self._resume(server)

    def _resume(self, server: Server) -> None:
        fact = self._parts.hypervisor.fact(server.id)
        if server.vm_state == states.ACTIVE and fact is not None and fact.power is Power.PAUSED:
            self._parts.hypervisor.resume(server.id)

    # --- rows

    def _claimed(self, server_id: str, task: str) -> Server | None:
        """The server, now at this task, unless somebody asked for it to be deleted."""
        with transaction():
            server = model.get(server_id)
            if server is None or server.task_state not in _TASKS:
                return None
            model.update(server_id, unless_deleting=True, task_state=task)
            self._parts.changed(model.get(server_id))
        return server

    def _rest(self, server_id: str) -> None:
        """No task any more; what the guest did meanwhile by itself is shown."""
        with transaction():
            server = model.get(server_id)
            if server is None or server.task_state not in _TASKS:
                return
            model.update(server_id, task_state=None)
            self._parts.changed(model.get(server_id))
        fact = self._parts.hypervisor.fact(server_id)
        if fact is not None:
            follow(self._parts, server_id, fact.power)

    def _abandon(self, image_id: str) -> None:
        with transaction():
            self._parts.images.snapshots.abandon(image_id)
