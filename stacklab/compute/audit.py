"""Rows and machine compared both ways: what nobody wants is removed, what rests is shown as it is.

A server with a job in the queue is left alone: that job looks and acts by itself.
"""

from stacklab.compute import guests, states
from stacklab.compute.model import servers as model
from stacklab.compute.model.servers import Server
from stacklab.compute.parts import Parts
from stacklab.compute.power_news import follow
from stacklab.core import facts, log
from stacklab.core.db.database import row, rows, transaction
from stacklab.core.jobs import enqueue
from stacklab.host.boot import boot_id
from stacklab.host.hypervisor.spec import DomainFact, Power

_log = log.get(__name__)
_LAST_BOOT = "compute.boot_id"


class Audit:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def adopt(self) -> None:
        """At start: take over what runs. After a reboot of the node everything is off: start what should run."""
        servers = [s for s in model.living() if s.vm_state not in (states.BUILDING, states.ERROR)]
        ports = self._parts.networks.ports_of([server.id for server in servers]) if servers else {}
        specs = [guests.definition(self._parts, server, ports.get(server.id, [])) for server in servers]
        self._parts.hypervisor.adopt(specs)
        boot = boot_id()
        if facts.get(_LAST_BOOT) not in (None, boot):
            self._bring_back(servers)
        facts.put(_LAST_BOOT, boot)  # last: killed before this, the next start brings back what is still missing

    def run(self) -> None:
        """The whole comparison."""
        found = self._parts.hypervisor.facts()
        known = self._parts.disks.known()
        held = self._parts.placement.allocations()
        servers = {server.id: server for server in model.living()}
        self._remove_strangers(found, known, servers)
        for consumer in held.keys() - servers.keys():
            if not _exists(consumer):
                _log.warning("allocation of no server released", consumer=consumer)
                self._parts.placement.release(consumer)
        for server in servers.values():
            self._compare(server, found.get(server.id))

    # --- after a start

    def _bring_back(self, servers: list[Server]) -> None:
        found = self._parts.hypervisor.facts()
        for server in servers:
            fact = found.get(server.id)
            if (
                server.desired == states.ON
                and server.task_state is None
                and (not fact or fact.power is not Power.RUNNING)
            ):
                _log.info("starting again after a reboot of the node", server=server.id)
                self._start(server)

    def _start(self, server: Server) -> None:
        with transaction():
            if model.update(server.id, unless_deleting=True, task_state="powering-on"):
                payload = {"action": 0, "want": "start", "task": "powering-on", "hard": False}
                enqueue("compute.power", server.id, payload)
                self._parts.changed(model.get(server.id))

    # --- comparing

    def _remove_strangers(self, found: dict[str, DomainFact], known: set[str], servers: dict[str, Server]) -> None:
        """A living row, or one being built, owns what has its id; deleted rows own nothing. A look at the database
        after the machine's facts were taken: a server made meanwhile is not a stranger."""
        for stranger in (found.keys() | known) - servers.keys():
            if _busy(stranger) or _exists(stranger):
                continue
            _log.warning("what no server owns was removed", id=stranger)
            self._parts.hypervisor.remove(stranger)
            self._parts.disks.remove(stranger)

    def _compare(self, server: Server, fact: DomainFact | None) -> None:
        if server.task_state is not None or server.vm_state in (states.BUILDING, states.ERROR):
            return
        if _agree(server, fact) or _busy(server.id):  # asked of few: most are as they should be
            return
        if fact is None:
            _log.warning("a guest vanished from the machine; starting it again", server=server.id)
            self._start(server)
        else:
            follow(self._parts, server.id, fact.power)


def _agree(server: Server, fact: DomainFact | None) -> bool:
    """Whether a server that rests is on the machine as its row says."""
    return server.desired != states.ON if fact is None else states.POWER[fact.power] == server.power_state


def _busy(server_id: str) -> bool:
    return row("SELECT 1 FROM jobs WHERE subject = ? LIMIT 1", (server_id,)) is not None


def _exists(server_id: str) -> bool:
    return bool(rows("SELECT 1 FROM servers WHERE id = ? AND deleted_at = 0", (server_id,)))
