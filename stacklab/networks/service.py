"""The doors of the networks for other packages; what compute, the metadata service and the application call."""

from collections.abc import Collection

from stacklab.core import log
from stacklab.core.db.database import transaction
from stacklab.core.events import Bus
from stacklab.core.jobs import Kind
from stacklab.core.settings import Settings
from stacklab.host.network.plan import NetworkDriver
from stacklab.http.context import Context
from stacklab.networks import (
    applying,
    binding,
    bootstrap,
    farewell,
    groups,
    networks,
    plan,
    policy,  # noqa: F401  # declares who may do what
    portinfo,
    ports,
    store,
)
from stacklab.networks.group_doors import GroupDoors, GroupInfo
from stacklab.networks.info import Address, NetworkInfo, PortInfo, Reach, SubnetInfo
from stacklab.networks.model import Port, Rule
from stacklab.networks.quotas import Quotas

__all__ = ["Address", "GroupInfo", "NetworkInfo", "Networks", "PortInfo", "Reach", "Rule", "SubnetInfo"]
_log = log.get(__name__)


class Networks:
    """One region's networks: rows in the database, a driver that makes the host equal to them."""

    def __init__(self, settings: Settings, driver: NetworkDriver, bus: Bus) -> None:
        self.settings = settings
        self.driver = driver
        self.bus = bus
        self.quotas = Quotas(settings.quota)
        self.groups = GroupDoors(bus, self.quotas)
        farewell.listen(bus, self.quotas)
        self._applier = applying.Applier(
            whole=lambda: driver.apply(plan.render()),
            change=lambda port_ids: driver.change(plan.render_change(port_ids)),
        )

    def ensure_bootstrap(self, project_id: str) -> None:
        """The networks `lab` and `public`, owned by the given (admin) project; made once."""
        bootstrap.ensure(self.settings.network, project_id)

    def ensure_default_group(self, project_id: str) -> str:
        """The id of the project's security group `default`, made on first use."""
        return groups.ensure_default(project_id)

    def network(self, ctx: Context, network_id: str) -> NetworkInfo:
        """A network the caller may see. Raises NotFound."""
        found = networks.find(ctx, network_id)
        return networks.info(found, networks.subnets_of(found.id))

    def auto_network(self, ctx: Context) -> NetworkInfo | None:
        """The network of a server that names none; None where a project has none. Raises Conflict for several."""
        return networks.automatic(ctx)

    def create_port(
        self,
        ctx: Context,
        *,
        network_id: str,
        device_id: str,
        device_owner: str = "compute:nova",
        name: str = "",
        fixed_ip: str | None = None,
        security_groups: list[str] | None = None,
        zone: str = "nova",
        host: str = "",
    ) -> PortInfo:
        """A port for a server, in the caller's transaction; `security_groups` by name or id, None for the default.

        Raises OverQuota (403), BadRequest (bad, used or no address, unknown group, unknown network), Conflict
        (ambiguous group name), Forbidden (external network).
        """
        with transaction():
            wish = binding.wish(
                ctx,
                network_id=network_id,
                device_id=device_id,
                device_owner=_owner(device_owner, zone),
                name=name,
                fixed_ip=fixed_ip,
                security_groups=security_groups,
                host=host,
            )
            return portinfo.of_ports([binding.create(ctx, self.quotas, wish, fixed_ip)])[0]

    def adopt_port(self, ctx: Context, *, port_id: str, device_id: str, zone: str = "nova", host: str = "") -> PortInfo:
        """A user's own port goes to a server. Raises NotFound, Conflict when it is in use."""
        with transaction():
            adopted = binding.adopt(ctx, port_id, device_id, f"compute:{zone}", host)
            return portinfo.of_ports([adopted])[0]

    def ports_of(self, device_ids: Collection[str]) -> dict[str, list[PortInfo]]:
        """The ports of any number of servers, oldest first, in a constant number of queries."""
        return portinfo.of_devices(device_ids)

    def reach_of(self, device_ids: Collection[str]) -> dict[str, list[Reach]]:
        """Where servers are reached, by server, oldest port first: what lists of them show, at a list's price."""
        return portinfo.reach(device_ids)

    def port(self, ctx: Context, port_id: str) -> PortInfo:
        """One port the caller may see. Raises NotFound."""
        return portinfo.of_ports([ports.find(ctx, port_id)])[0]

    def release_ports(self, device_id: str) -> list[str]:
        """A server is gone: its ports that compute made are deleted, the user's own are free again.

        The ids of all of them, for `apply_ports` once it is committed.
        """
        with transaction():
            released = binding.of_device(device_id)
            for port in released:
                binding.release(self.bus, port)
        return [port.id for port in released]

    def release_port(self, port_id: str) -> None:
        """The same for one port (detach); nothing when it is gone already. `apply_ports` is to follow."""
        with transaction():
            if port := store.find(Port, port_id):
                binding.release(self.bus, port)

    def set_ports_active(self, device_id: str, active: bool) -> None:
        """ACTIVE or DOWN, as the server runs or not."""
        with transaction():
            binding.set_active(device_id, active)

    def port_by_address(self, ip: str) -> tuple[str, str] | None:
        """(device id, network id) of the server whose fixed address this is."""
        return binding.by_address(ip)

    def apply_now(self) -> None:
        """Make the host equal to the database; returns when an apply that began after this call is done.

        Raises NetworkError. Called by jobs, never inside a transaction.
        """
        self._applier.now()

    def apply_ports(self, port_ids: Collection[str]) -> None:
        """The same for some ports, at the cost of these; of the whole plan only when the host lags behind."""
        self._applier.ports(port_ids)

    def plugged(self, port_ids: Collection[str]) -> None:
        """Their server was started: the taps of these ports exist now, and get what no tap can be given before."""
        self.driver.plugged(port_ids)

    def request_apply(self) -> None:
        """Have it applied soon, by a durable job of which one is enough for any number of changes."""
        applying.request_apply()

    def audit(self) -> None:
        """Compare the host with the plan; apply again what drifted."""
        drift = self.driver.audit()
        for difference in drift:
            _log.warning("network drift", what=difference.what)
        if drift or self._applier.behind:
            self.apply_now()

    def jobs(self) -> dict[str, Kind]:
        return self._applier.jobs()


def _owner(device_owner: str, zone: str) -> str:
    """`compute:` and the availability zone, as Nova writes it."""
    return f"compute:{zone}" if device_owner == "compute:nova" else device_owner
