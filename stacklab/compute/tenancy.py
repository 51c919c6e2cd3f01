"""Servers as who lends out the machine sees them: how long they are there, how much they work, and an end to both."""

from typing import Any

from msgspec import Struct

from stacklab.compute import states
from stacklab.compute.model import servers as model
from stacklab.compute.parts import Parts
from stacklab.compute.server_power import ServerPower
from stacklab.compute.servers import Servers
from stacklab.core.db.database import rows
from stacklab.core.errors import NotFound
from stacklab.http.context import Caller, Context

_COLUMNS = "id, name, project_id, user_id, vcpus, created_at, desired"
_LIVING = f"SELECT {_COLUMNS} FROM servers WHERE deleted_at = 0 AND desired != 'gone'"  # noqa: S608
_OF_PROJECT = f"{_LIVING} AND project_id = ?"

# Who acts: nobody's token, with the right to touch every project's servers.
_LANDLORD = Context(Caller("", "lease", "", frozenset({"admin", "manager", "member", "reader"})))


class Tenant(Struct, frozen=True):
    """A server that is there. `created_at` in µs; `on`: whether it should be; `cpu_ns`: processor time since its start,
    None while it is off or was not measured."""

    id: str
    name: str
    project_id: str
    user_id: str
    vcpus: int
    created_at: int
    on: bool
    cpu_ns: int | None = None


class Tenancy:
    """Two statements and one call to the hypervisor, however many servers there are."""

    def __init__(self, parts: Parts, servers: Servers, power: ServerPower) -> None:
        self._parts, self._servers, self._power = parts, servers, power

    def measured(self) -> list[Tenant]:
        """All servers of this node with their processor time. Raises HypervisorError."""
        used = self._parts.hypervisor.cpu_times()
        return [_tenant(found, used.get(found[0])) for found in rows(_LIVING)]

    def of(self, project_id: str | None) -> list[Tenant]:
        """The servers of one project, or all; not measured."""
        found = rows(_LIVING) if project_id is None else rows(_OF_PROJECT, (project_id,))
        return [_tenant(record, None) for record in found]

    def get(self, server_id: str) -> Tenant:
        """Raises NotFound."""
        found = rows(f"{_LIVING} AND id = ?", (server_id,))
        if not found:
            raise NotFound(f"Instance {server_id} could not be found.")
        return _tenant(found[0], None)

    def stop(self, server_id: str) -> None:
        """Ask for it to be off. Raises Conflict while something else is done to it; nothing where it is off."""
        server = model.get(server_id)
        if server is not None and server.desired not in (states.OFF, states.GONE):
            self._power.stop(_LANDLORD, server_id)

    def delete(self, server_id: str) -> None:
        """Ask for it to go. Raises NotFound."""
        self._servers.delete(_LANDLORD, server_id)


def _tenant(record: tuple[Any, ...], cpu_ns: int | None) -> Tenant:
    server_id, name, project_id, user_id, vcpus, created_at, desired = record
    on = desired != states.OFF
    return Tenant(server_id, name, project_id, user_id, vcpus, created_at, on, cpu_ns)
