"""Ports of a server while it lives: list, attach, detach."""

from stacklab.compute import states
from stacklab.compute.model import actions
from stacklab.compute.model import servers as model
from stacklab.compute.model.servers import Server
from stacklab.compute.parts import Parts
from stacklab.compute.servers import Servers, conflict, refuse_locked
from stacklab.core.db.database import transaction
from stacklab.core.errors import NotFound
from stacklab.core.jobs import enqueue
from stacklab.http.context import Context
from stacklab.networks.service import PortInfo

_CHANGEABLE = (states.ACTIVE, states.PAUSED, states.STOPPED)


class Interfaces:
    def __init__(self, parts: Parts, servers: Servers) -> None:
        self._parts = parts
        self._servers = servers

    def index(self, ctx: Context, server_id: str) -> list[PortInfo]:
        server = self._servers.get(ctx, server_id, "compute:servers:interfaces:index")
        return self._of(server)

    def get(self, ctx: Context, server_id: str, port_id: str) -> PortInfo:
        """Raises NotFound for a port that is not this server's."""
        for port in self.index(ctx, server_id):
            if port.id == port_id:
                return port
        raise NotFound(f"Port id {port_id} could not be found.")

    def attach(
        self, ctx: Context, server_id: str, *, port_id: str | None, network_id: str | None, fixed_ip: str | None
    ) -> PortInfo:
        """A port of one's own, a new one on a network, or (neither given) on the network a project gets anyway."""
        server = self._changeable(ctx, server_id, "attach_interface")
        network = network_id or ""
        if not port_id and not network_id:
            automatic = self._parts.networks.auto_network(ctx)
            network = automatic.id if automatic else ""
        with transaction():
            if port_id:
                port = self._parts.networks.adopt_port(
                    ctx, port_id=port_id, device_id=server.id, zone=server.zone, host=self._parts.host
                )
            else:
                port = self._parts.networks.create_port(
                    ctx, network_id=network, device_id=server.id, fixed_ip=fixed_ip, zone=server.zone,
                    host=self._parts.host,
                )  # fmt: skip
            self._queue(ctx, server, "attach_interface", port.id, None)
        return port

    def detach(self, ctx: Context, server_id: str, port_id: str) -> None:
        server = self._changeable(ctx, server_id, "detach_interface")
        port = self.get(ctx, server_id, port_id)
        with transaction():
            self._queue(ctx, server, "detach_interface", port.id, port.mac)

    def _queue(self, ctx: Context, server: Server, name: str, port_id: str, detach: str | None) -> None:
        action = actions.begin(ctx, server.id, server.project_id, name)
        enqueue("compute.nics", server.id, {"action": action, "port": port_id, "detach": detach})
        self._parts.changed(model.get(server.id))

    def _changeable(self, ctx: Context, server_id: str, action: str) -> Server:
        server = self._servers.get(ctx, server_id, f"compute:servers:interfaces:{action.partition('_')[0]}")
        refuse_locked(ctx, server)
        if server.vm_state not in _CHANGEABLE:
            raise conflict(action, server)
        if server.task_state is not None:
            raise conflict(action, server, by_task=True)
        return server

    def _of(self, server: Server) -> list[PortInfo]:
        return self._parts.networks.ports_of([server.id]).get(server.id, [])
