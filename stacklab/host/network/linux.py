"""The Linux driver: makes this machine equal to the plan and tells where it is not.

Order matters to whoever is connected: bridges and DHCP first, then the firewall in one transaction, floating addresses
last; on the way out the other way round. So no address is ever held that the firewall does not know.
"""

from collections.abc import Collection
from pathlib import Path
from threading import Lock

from stacklab.core import log
from stacklab.host.network import checks, conntrack, links, routes, sysctl
from stacklab.host.network.dnsmasq import Dnsmasqs
from stacklab.host.network.firewall import METADATA_PORT, TAP_PREFIX, compose
from stacklab.host.network.links import Bridge, Held, Links
from stacklab.host.network.live import LivePlan, normal
from stacklab.host.network.plan import Drift, NetworkError, NetworkPlan, PlanChange
from stacklab.host.network.revocation import revoked
from stacklab.host.network.store import PlanStore
from stacklab.host.network.taps import Taps
from stacklab.host.network.validate import NOTHING, validate
from stacklab.host.network.wall import Wall

logger = log.get(__name__)


class LinuxNetwork:
    """State below `state`: the last plan, and a folder for the dnsmasq processes."""

    def __init__(self, state: Path) -> None:
        state = state.absolute()
        self._store = PlanStore(state / "plan.json")
        self._dnsmasqs = Dnsmasqs(state / "dnsmasq")
        self._wall = Wall()
        self._taps = Taps()
        self._plan = self._store.load()
        self._held: dict[str, Held] = {}
        self._applied = False  # by this driver; what its predecessor did is looked at afresh
        self._lock = Lock()

    def check(self) -> list[str]:
        return checks.missing()

    def apply(self, plan: NetworkPlan) -> None:
        with self._lock:
            validate(plan, self._plan if self._applied else NOTHING)
            self._make(plan)

    def change(self, change: PlanChange) -> None:
        """By way of the whole plan: a host has hundreds of ports at most, and only what differs reaches the kernel."""
        with self._lock:
            live = LivePlan(self._plan)
            live.check(change)
            if live.differs(change) or not self._applied:
                live.change(change)
                self._make(live.freeze())

    def plugged(self, port_ids: Collection[str]) -> None:
        with self._lock, links.opened() as machine:
            self._taps.plugged(self._plan, port_ids, machine)

    def planned(self) -> NetworkPlan:
        with self._lock:
            return normal(self._plan)

    def _make(self, plan: NetworkPlan) -> None:
        if plan.networks:
            checks.require_bridge_filter()
        if plan == self._plan or not self._applied:
            self._held = {}  # a repair is asked for: believe nothing
        with links.opened() as machine:
            self._apply(plan, machine)
        self._store.save(plan)
        self._plan, self._applied = plan, True

    def _apply(self, plan: NetworkPlan, machine: Links) -> None:
        wanted = links.bridges_of(plan)
        if wanted:
            sysctl.ensure(sysctl.FORWARDING, "1")
        self._withdraw(plan, machine)
        self._prepare(wanted, machine)
        self._dnsmasqs.apply(plan)
        before, tables = self._wall.committed, compose(plan, self._internal(plan))
        self._wall.commit(tables)
        try:
            for bridge in wanted:
                self._held[bridge.name] = machine.announce(bridge, self._held[bridge.name])
            self._taps.apply(plan, machine)
        except NetworkError:
            self._held = {}
            self._wall.commit(before)
            raise
        complaint = conntrack.sever(revoked(before, tables))
        if complaint:
            logger.warning("connections that are no longer allowed go on until they end", reason=complaint)

    def _prepare(self, wanted: list[Bridge], machine: Links) -> None:
        """Bridges that this driver knows, and that are still the same links, are not looked into again."""
        known, self._held = self._held, {}
        present = links.links_by_name()
        for bridge in wanted:
            held = known.get(bridge.name)
            same = held is not None and held.index == present.get(bridge.name)
            self._held[bridge.name] = machine.settle(bridge, held) if held and same else machine.prepare(bridge)

    def _withdraw(self, plan: NetworkPlan, machine: Links) -> None:
        """Let go of what the last plan had and this one has not."""
        kept = {bridge.name: bridge for bridge in links.bridges_of(plan)}
        for old in links.bridges_of(self._plan):
            new = kept.get(old.name, Bridge(old.name, None, frozenset()))
            machine.let_go(old.name, (old.floating | old.addresses) - new.floating - new.addresses)
        for name in links.links_by_name():
            if name.startswith(links.PREFIX) and not name.startswith(TAP_PREFIX) and name not in kept:
                machine.delete(name)

    def _internal(self, plan: NetworkPlan) -> list[str]:
        return routes.internal_ranges({bridge.name for bridge in links.bridges_of(plan)})

    def audit(self) -> list[Drift]:
        with self._lock, links.opened() as machine:
            plan = self._plan
            wanted = links.bridges_of(plan)
            found = [Drift(words) for bridge in wanted for words in machine.drift(bridge)]
            if wanted and sysctl.read(sysctl.FORWARDING) != "1":
                found.append(Drift(f"sysctl: net/{sysctl.FORWARDING} is not 1"))
            found += self._wall.drift(compose(plan, self._internal(plan)))
            found += self._dnsmasqs.drift(plan)
            found += self._taps.drift(plan, machine)
            if found:
                self._held = {}
                self._taps.doubt()
        if found:
            logger.warning("network drift", drifts=[drift.what for drift in found])
        return found

    def metadata_binds(self) -> list[tuple[str, int]]:
        with self._lock:
            return [(need.subnets[0].gateway, METADATA_PORT) for need in self._plan.networks if need.subnets]

    def close(self) -> None:
        """Nothing is held open between calls; bridges, rules and dnsmasq need nobody."""

    def purge(self) -> None:
        with self._lock, links.opened() as machine:
            self._withdraw(NetworkPlan(), machine)
            self._dnsmasqs.purge()
            self._wall.remove()
            self._store.forget()
            self._plan, self._held = NetworkPlan(), {}
