"""Switch a server off because its project was: after whatever was asked of it before, so that nothing starts later."""

from stacklab.compute import states
from stacklab.compute.model import actions
from stacklab.compute.model import servers as model
from stacklab.compute.parts import Parts
from stacklab.core.db.database import transaction
from stacklab.core.jobs import Job, enqueue
from stacklab.http.context import Context


class ServerBusyError(Exception):
    """Something else was asked of the server; the halt comes after it."""


class Halt:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def run(self, job: Job) -> None:
        """Hands over to the job of a plain stop, which runs next of this server's."""
        with transaction():
            server = model.get(job.subject)
            if server is None or server.desired in (states.GONE, states.OFF) or server.launched_at is None:
                return
            if server.task_state is not None:
                raise ServerBusyError(f"the server is {server.task_state}")
            if server.vm_state not in (states.ACTIVE, states.PAUSED, states.ERROR):
                return
            model.begin(server, "powering-off", states.OFF)
            action = actions.begin(Context(), server.id, server.project_id, "stop")
            payload = {"action": action, "want": "stop", "task": "powering-off", "hard": False}
            enqueue("compute.power", server.id, payload)
            self._parts.changed(model.get(server.id))

    def give_up(self, job: Job, _error: BaseException) -> None:
        """Still busy after minutes: ask again, behind what keeps it busy."""
        enqueue("compute.halt", job.subject, delay=60)
