"""A plan that changes in place: what one change asks and does are look-ups, however many ports there are."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from ipaddress import IPv4Network

from stacklab.host.network.plan import FloatingNeed, NetworkError, NetworkPlan, PlanChange, PortNeed
from stacklab.host.network.validate import check_floating, check_port, gateways_of, ranges_of, unique


class LivePlan:
    """Not thread-safe. Made of a plan, changed by `change`, a plan again by `freeze`."""

    def __init__(self, plan: NetworkPlan) -> None:
        self._plan = plan
        self._frozen: NetworkPlan | None = None
        self._ports = {port.id: port for port in plan.ports}
        self._taps = {port.tap: port.id for port in plan.ports}
        self._owners = {address: port.id for port in plan.ports for address in port.addresses}
        self._leads = {need.address: need.fixed for need in plan.floating}
        self._floats = {need.fixed: need.address for need in plan.floating}
        self._members: dict[str, set[str]] = {group: set(members) for group, members in plan.groups.items()}
        self._joined: dict[str, set[str]] = {}  # address → the groups it is a member of
        for group, members in self._members.items():
            for address in members:
                self._joined.setdefault(address, set()).add(group)

    @cached_property
    def _ranges(self) -> dict[str, list[IPv4Network]]:
        return ranges_of(self._plan)

    @cached_property
    def _gateways(self) -> set[str]:
        return gateways_of(self._plan)

    # --- what a change would do

    def check(self, change: PlanChange) -> None:
        """Raise NetworkError when the plan would not be valid with this change; the plan before is taken to be."""
        leaving = {*change.removed, *(port.id for port in change.put)}
        unique("port", [port.id for port in change.put])
        unique("tap", [port.tap for port in change.put])
        fixed = [address for port in change.put for address in port.addresses]
        unique("address", fixed)
        for port in change.put:
            check_port(port, self._ranges, self._gateways)
            if self._taps.get(port.tap, port.id) not in leaving:
                raise NetworkError(f"the tap {port.tap} is planned twice")
            for address in port.addresses:
                if self._owners.get(address, port.id) not in leaving:
                    raise NetworkError(f"the address {address} is planned twice")
        self._check_floating(change, leaving, set(fixed))

    def _check_floating(self, change: PlanChange, leaving: set[str], fixed: set[str]) -> None:
        unique("floating IP", [need.address for need in change.floating])
        unique("floating IP's instance", [need.fixed for need in change.floating])
        for need in change.floating:
            check_floating(need, self._plan.external, fixed)
            leads = self._leads.get(need.address)
            if leads is not None and self._owners.get(leads) not in leaving:
                raise NetworkError(f"the floating IP {need.address} is planned twice")

    def differs(self, change: PlanChange) -> bool:
        """Whether anything would be another than it is."""
        floats = {need.fixed: need.address for need in change.floating}
        put = {port.id for port in change.put}
        return any(port_id in self._ports for port_id in change.removed if port_id not in put) or any(
            self._ports.get(port.id) != port or not self._alike(port, change.members.get(port.id, ()), floats)
            for port in change.put
        )

    def _alike(self, port: PortNeed, groups: Iterable[str], floats: dict[str, str]) -> bool:
        wanted = set(groups)
        return all(
            self._joined.get(address, set()) == wanted and self._floats.get(address) == floats.get(address)
            for address in port.addresses
        )

    # --- doing it

    def change(self, change: PlanChange) -> None:
        """Do what was checked."""
        self._frozen = None
        for port_id in (*change.removed, *(port.id for port in change.put)):
            self._drop(port_id)
        for port in change.put:
            self._put(port, change.members.get(port.id, ()))
        for need in change.floating:
            self._leads[need.address] = need.fixed
            self._floats[need.fixed] = need.address

    def _drop(self, port_id: str) -> None:
        port = self._ports.pop(port_id, None)
        if port is None:
            return
        self._taps.pop(port.tap, None)
        for address in port.addresses:
            self._owners.pop(address, None)
            self._leads.pop(self._floats.pop(address, ""), None)
            for group in self._joined.pop(address, ()):
                self._members[group].discard(address)

    def _put(self, port: PortNeed, groups: Iterable[str]) -> None:
        self._ports[port.id] = port
        self._taps[port.tap] = port.id
        for address in port.addresses:
            self._owners[address] = port.id
            self._joined[address] = set(groups)
            for group in groups:
                self._members.setdefault(group, set()).add(address)

    # --- as a plan

    def freeze(self) -> NetworkPlan:
        """The normal form: ports by id, floating IPs and members by address, no empty group that no rule names."""
        if self._frozen is None:
            self._frozen = NetworkPlan(
                networks=self._plan.networks,
                external=self._plan.external,
                ports=tuple(port for _, port in sorted(self._ports.items())),
                floating=tuple(FloatingNeed(*each) for each in sorted(self._leads.items())),
                groups=dict(self._groups()),
            )
        return self._frozen

    def _groups(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        rules = {port.rules for port in self._ports.values()}
        named = {rule.remote_group for each in rules for rule in each}
        for group in sorted({*self._members, *filter(None, named)}):
            members = self._members.get(group, ())
            if members or group in named:
                yield group, tuple(sorted(members))


def normal(plan: NetworkPlan) -> NetworkPlan:
    """The plan in the form of which two are equal exactly when they mean the same."""
    return LivePlan(plan).freeze()
