"""Start, stop, pause, unpause, reboot: make the guest's power what was asked for, then let the row rest."""

from collections.abc import Callable

from stacklab.compute import guests, states
from stacklab.compute.jobs.trace import step
from stacklab.compute.model import actions
from stacklab.compute.model import servers as model
from stacklab.compute.model.servers import Fault, Server, pack
from stacklab.compute.parts import Parts
from stacklab.core import clock, full
from stacklab.core.db.database import transaction
from stacklab.core.jobs import Job
from stacklab.host.hypervisor.spec import Power


class ChangePower:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._do: dict[str, tuple[Callable[[Server], None], Power]] = {
            "start": (self._start, Power.RUNNING),
            "stop": (self._stop, Power.OFF),
            "pause": (lambda server: parts.hypervisor.pause(server.id), Power.PAUSED),
            "unpause": (lambda server: parts.hypervisor.resume(server.id), Power.RUNNING),
        }

    def run(self, job: Job) -> None:
        server = self._claimed(job)
        if server is None:
            return
        want: str = job.payload["want"]
        act, after = self._do[want]
        with step(job.payload["action"], f"compute_{want}_guest"):
            act(server)
        self._rest(job, after)

    def reboot(self, job: Job) -> None:
        """Crashing between the reboot and the row leads to a second reboot, which is what was asked for anyway."""
        server = self._claimed(job)
        if server is None:
            return
        hard: bool = job.payload["hard"]
        with step(job.payload["action"], "compute_reboot_guest"):
            fact = self._parts.hypervisor.fact(server.id)
            if fact is None or fact.power in (Power.OFF, Power.CRASHED):
                self._start(server)
            else:
                self._parts.hypervisor.reboot(server.id, hard, self._grace)
        self._rest(job, Power.RUNNING)

    def give_up(self, job: Job, error: BaseException) -> None:
        """The row goes back to what the machine shows, with the reason as a fault; ERROR if the guest is lost."""
        fact = self._parts.hypervisor.fact(job.subject)
        state = states.REST[fact.power] if fact else states.ERROR
        power = states.POWER[fact.power] if fact else states.NO_STATE
        fault = Fault(500, full.words(error), "", clock.now())
        with transaction():
            server = model.get(job.subject)
            if server is None or server.task_state != job.payload["task"]:
                return
            wish = states.WISH[fact.power] if fact else server.desired
            model.update(server.id, vm_state=state, task_state=None, power_state=power, desired=wish, fault=pack(fault))
            actions.fail(job.payload["action"], "Error")
            self._parts.changed(model.get(server.id))

    # --- acting

    @property
    def _grace(self) -> float:
        return float(self._parts.settings.compute.stop_grace_seconds)

    def _start(self, server: Server) -> None:
        """Define again first: the definition may be lost, and ports may have changed while it was off."""
        ports = self._parts.networks.ports_of([server.id]).get(server.id, [])
        self._parts.networks.apply_ports([port.id for port in ports])
        self._parts.hypervisor.define(guests.definition(self._parts, server, ports))
        self._parts.hypervisor.start(server.id)
        self._parts.networks.plugged([port.id for port in ports])

    def _stop(self, server: Server) -> None:
        if self._parts.hypervisor.fact(server.id) is not None:
            self._parts.hypervisor.stop(server.id, self._grace)

    # --- rows

    def _claimed(self, job: Job) -> Server | None:
        """The server, while this job's task is still its task: a later delete or hard reboot takes it over."""
        server = model.get(job.subject)
        return server if server is not None and server.task_state == job.payload["task"] else None

    def _rest(self, job: Job, power: Power) -> None:
        with transaction():
            server = model.get(job.subject)
            if server is None or server.task_state != job.payload["task"]:
                return
            model.update(
                server.id,
                vm_state=states.REST[power],
                task_state=None,
                power_state=states.POWER[power],
                fault=None,
            )
            self._parts.changed(model.get(server.id))
