"""Start, stop, reboot, pause: take the server for one task and queue the job that does it, in one transaction."""

from stacklab.compute import states
from stacklab.compute.model import actions
from stacklab.compute.model import servers as model
from stacklab.compute.model.servers import Server
from stacklab.compute.parts import Parts
from stacklab.compute.servers import Servers, conflict, refuse_locked
from stacklab.core.db.database import transaction
from stacklab.core.jobs import enqueue
from stacklab.http.context import Context

_HARD_FROM = (states.ACTIVE, states.STOPPED, states.PAUSED, states.ERROR)


class ServerPower:
    def __init__(self, parts: Parts, servers: Servers) -> None:
        self._parts = parts
        self._servers = servers

    def start(self, ctx: Context, server_id: str) -> None:
        server = self._servers.get(ctx, server_id, "compute:servers:start")
        self._ask(ctx, server, "start", (states.STOPPED,), "powering-on", states.ON)

    def stop(self, ctx: Context, server_id: str) -> None:
        server = self._servers.get(ctx, server_id, "compute:servers:stop")
        self._ask(ctx, server, "stop", (states.ACTIVE, states.ERROR), "powering-off", states.OFF)

    def pause(self, ctx: Context, server_id: str) -> None:
        server = self._servers.get(ctx, server_id, "compute:servers:pause")
        self._ask(ctx, server, "pause", (states.ACTIVE,), "pausing", states.PAUSED)

    def unpause(self, ctx: Context, server_id: str) -> None:
        server = self._servers.get(ctx, server_id, "compute:servers:unpause")
        self._ask(ctx, server, "unpause", (states.PAUSED,), "unpausing", states.ON)

    def reboot(self, ctx: Context, server_id: str, hard: bool) -> None:
        """A hard reboot may interrupt a soft one, and is the way out of ERROR."""
        server = self._servers.get(ctx, server_id, "compute:servers:reboot")
        allowed = _HARD_FROM if hard else (states.ACTIVE,)
        over = ("rebooting",) if hard else ()
        task = "rebooting_hard" if hard else "rebooting"
        self._ask(ctx, server, "reboot", allowed, task, states.ON, over, hard)

    def reset_state(self, ctx: Context, server_id: str, to_active: bool) -> None:
        """An administrator says what a server's state is; nothing is done to the guest."""
        with transaction():
            server = self._servers.get(ctx, server_id, "compute:servers:reset_state")
            state = states.ACTIVE if to_active else states.ERROR
            model.update(server.id, vm_state=state, task_state=None)
            actions.begin(ctx, server.id, server.project_id, "reset-state")
            self._parts.changed(model.get(server.id))

    def _ask(
        self,
        ctx: Context,
        server: Server,
        action: str,
        allowed: tuple[str, ...],
        task: str,
        desired: str,
        over: tuple[str, ...] = (),
        hard: bool = False,
    ) -> None:
        refuse_locked(ctx, server)
        if server.vm_state not in allowed or server.launched_at is None:
            raise conflict(action, server)
        if server.task_state is not None and server.task_state not in over:
            raise conflict(action, server, by_task=True)
        with transaction():
            if not model.begin(server, task, desired):
                raise conflict(action, model.get(server.id) or server, by_task=True)
            action_id = actions.begin(ctx, server.id, server.project_id, action)
            kind = "compute.reboot" if action == "reboot" else "compute.power"
            enqueue(kind, server.id, {"action": action_id, "want": action, "task": task, "hard": hard})
            self._parts.changed(model.get(server.id))
