"""Building a server: image, disk, network, definition, start; each step looks whether it was done before."""

from msgspec.structs import replace

from stacklab.compute import guests, metadata, states
from stacklab.compute.jobs.trace import Trace
from stacklab.compute.model import actions
from stacklab.compute.model import servers as model
from stacklab.compute.model.servers import Disk, Fault, Server, pack
from stacklab.compute.parts import Parts
from stacklab.core import clock, full
from stacklab.core.db.database import transaction
from stacklab.core.jobs import Job
from stacklab.core.revert import Revert
from stacklab.host.metadata.tree import config_drive_files

ROOT, CONFIG_DRIVE = "vda", "hdd"


class _Unwanted(Exception):
    """The server was deleted meanwhile: the delete job that waits behind this one removes what is there."""


class Build:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def run(self, job: Job) -> None:
        try:
            server = self._wanted(job.subject)
            if server.vm_state != states.BUILDING:
                return  # done before a crash
            with Revert() as revert, Trace(job.payload["action"]) as trace:
                revert.add(lambda: self._clean(server.id))
                self._steps(server, trace, job.payload.get("password"))
                revert.keep()
        except _Unwanted:
            return

    def give_up(self, job: Job, error: BaseException) -> None:
        """ERROR with a fault for a person; the machine is clean, the resources free, the ports kept until delete."""
        self._clean(job.subject)
        fault = Fault(500, full.words(error), "", clock.now())
        with transaction():
            model.update(
                job.subject, unless_deleting=True, vm_state=states.ERROR, task_state=None, fault=pack(fault), disks="[]"
            )
            self._parts.placement.release(job.subject)
            actions.fail(job.payload["action"], "Error")
            self._parts.changed(model.get(job.subject))

    # --- steps

    def _steps(self, server: Server, trace: Trace, password: str | None) -> None:
        with trace.step("compute_schedule"):
            self._task(server.id, "spawning")
        base = model.base_of(server)
        with trace.step("compute_cache_image"):
            cached = self._parts.disks.ensure_base(self._parts.images.content(base.name), base.format, base.name)
        with trace.step("compute_make_disk"):
            self._wanted(server.id)
            root = self._parts.disks.ensure_root(server.id, cached, cached.suffix[1:], server.disk_gb)
            disks = [Disk(self._parts.below(root), ROOT)]
        with trace.step("compute_wire_network"):
            self._wanted(server.id)
            ports = self._parts.networks.ports_of([server.id]).get(server.id, [])
            self._parts.networks.apply_ports([port.id for port in ports])
        if server.config_drive:
            with trace.step("compute_write_config_drive"):
                disks.append(self._config_drive(server, password))
        self._define_and_start(server, trace, disks)

    def _config_drive(self, server: Server, password: str | None) -> Disk:
        facts = metadata.of_server(self._parts, server)
        files = config_drive_files(replace(facts, admin_pass=password))
        path = self._parts.disks.ensure_config_drive(server.id, files)
        return Disk(self._parts.below(path), CONFIG_DRIVE, "raw", "cdrom")

    def _define_and_start(self, server: Server, trace: Trace, disks: list[Disk]) -> None:
        with trace.step("compute_define_guest"):
            ready = self._wanted(server.id)._replace(disks=pack(disks))
            with transaction():
                model.update(server.id, unless_deleting=True, disks=ready.disks)
            ports = self._parts.networks.ports_of([server.id]).get(server.id, [])
            self._parts.hypervisor.define(guests.definition(self._parts, ready, ports))
        with trace.step("compute_start_guest"):
            self._wanted(server.id)
            self._parts.hypervisor.start(server.id)
        self._parts.networks.plugged([port.id for port in ports])
        self._finish(server, trace)

    def _finish(self, server: Server, trace: Trace) -> None:
        with transaction():
            trace.settle()
            built = model.update(
                server.id,
                unless_deleting=True,
                vm_state=states.ACTIVE,
                task_state=None,
                power_state=1,
                launched_at=clock.now(),
            )
            if built:
                self._parts.networks.set_ports_active(server.id, True)
                self._parts.changed(model.get(server.id))

    # --- looking

    def _wanted(self, server_id: str) -> Server:
        server = model.get(server_id)
        if server is None or server.desired == states.GONE:
            raise _Unwanted
        return server

    def _task(self, server_id: str, task: str) -> None:
        with transaction():
            model.update(server_id, unless_deleting=True, task_state=task)
            self._parts.changed(model.get(server_id))

    def _clean(self, server_id: str) -> None:
        self._parts.hypervisor.remove(server_id)
        self._parts.disks.remove(server_id)
