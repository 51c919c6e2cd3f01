"""A guest changed its power by itself (poweroff inside, a crash): the row follows, and who looks is told."""

from stacklab.compute import states
from stacklab.compute.model import servers as model
from stacklab.compute.parts import Parts
from stacklab.core import log
from stacklab.core.db.database import proxy, transaction
from stacklab.host.hypervisor.spec import Power

_log = log.get(__name__)


class PowerNews:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def hear(self, server_id: str, _power: Power) -> None:
        """Called from the driver's thread. What counts is how the guest is now, not what the news said then."""
        if proxy.is_closed() and proxy.obj is None:
            return
        fact = self._parts.hypervisor.fact(server_id)
        if fact is not None:
            follow(self._parts, server_id, fact.power)


def follow(parts: Parts, server_id: str, power: Power) -> None:
    """Let a resting row show what the machine shows. A row with a task is left to its job."""
    with transaction():
        server = model.get(server_id)
        if server is None or server.task_state is not None or server.vm_state == states.BUILDING:
            return
        state = states.REST[power] if server.vm_state != states.ERROR else states.ERROR
        if (server.power_state, server.vm_state) == (states.POWER[power], state):
            return
        _log.info("power changed by itself", server=server_id, power=power, was=server.vm_state)
        model.update(server_id, vm_state=state, power_state=states.POWER[power], desired=states.WISH[power])
        parts.changed(model.get(server_id))
