"""Security groups as compute asks for them: on a server's ports, and whole, for Nova's old proxies."""

from collections.abc import Sequence

from msgspec import Struct

from stacklab.core.db.database import change, transaction
from stacklab.core.errors import NotFound
from stacklab.core.events import Bus
from stacklab.http.context import Context
from stacklab.networks import binding, groups, rules, store
from stacklab.networks.applying import request_apply
from stacklab.networks.model import Group, Rule
from stacklab.networks.quotas import Quotas
from stacklab.networks.rule_check import checked
from stacklab.networks.schemas.groups import NewRule


class GroupInfo(Struct, frozen=True):
    """A group and what it lets in. `rules` are its ingress rules, as Nova's proxies show no other."""

    id: str
    name: str
    description: str
    project_id: str
    rules: tuple[Rule, ...]


class GroupDoors:
    """`Networks.groups`: every method acts for a caller and raises what the network API would."""

    def __init__(self, bus: Bus, quotas: Quotas) -> None:
        self._bus, self._quotas = bus, quotas

    def index(self, ctx: Context, everywhere: bool = False) -> list[GroupInfo]:
        """The project's groups (or, for an admin, everyone's), in a constant number of queries."""
        ctx.authorize("network:security_groups:show")
        if everywhere and ctx.admin:
            return _whole(store.select(Group, "ORDER BY t.name, t.id", ()))
        groups.ensure_default(ctx.project_id)
        tail = "WHERE t.project_id = ? ORDER BY t.name, t.id"
        return _whole(store.select(Group, tail, (ctx.project_id,)))

    def find(self, ctx: Context, group_id: str) -> GroupInfo:
        ctx.authorize("network:security_groups:show")
        return _whole([groups.find(ctx, group_id)])[0]

    def create(self, ctx: Context, name: str, description: str) -> GroupInfo:
        return _whole([groups.create(ctx, self._quotas, ctx.project_id, name, description)])[0]

    def update(self, ctx: Context, group_id: str, name: str, description: str) -> GroupInfo:
        return _whole([groups.update(ctx, self._bus, group_id, name, description)])[0]

    def delete(self, ctx: Context, group_id: str) -> None:
        groups.delete(ctx, self._bus, group_id)

    def add_rule(
        self, ctx: Context, group_id: str, protocol: str | None, ports: tuple[int | None, int | None],
        cidr: str | None, remote_group_id: str | None,
    ) -> Rule:  # fmt: skip
        """Let something in, from a range of addresses or from the members of a group."""
        wanted = NewRule(
            security_group_id=group_id,
            direction="ingress",
            ethertype="IPv6" if cidr and ":" in cidr else "IPv4",
            protocol=protocol,
            port_range_min=ports[0],
            port_range_max=ports[1],
            remote_ip_prefix=cidr,
            remote_group_id=remote_group_id,
        )
        return rules.create(ctx, self._bus, self._quotas, [checked(wanted)])[0]

    def delete_rule(self, ctx: Context, rule_id: str) -> None:
        rules.delete(ctx, self._bus, rule_id)

    def put_on_server(self, project_id: str, device_id: str, name: str) -> None:
        """All ports of a server join the group (by name or id). Raises NotFound."""
        with transaction():
            group_id = _by_name(project_id, name)
            held = binding.of_device(device_id)
            for port in held:
                change("INSERT INTO port_groups VALUES (?, ?) ON CONFLICT DO NOTHING", (port.id, group_id))
            request_apply([port.id for port in held])

    def take_off_server(self, project_id: str, device_id: str, name: str) -> None:
        """All ports of a server leave the group. Raises NotFound, also when none was in it."""
        with transaction():
            group_id = _by_name(project_id, name)
            left, held = 0, binding.of_device(device_id)
            for port in held:
                left += change("DELETE FROM port_groups WHERE port_id = ? AND group_id = ?", (port.id, group_id))
            if not left:
                raise NotFound(f"Security group {name} not associated with the instance {device_id}")
            request_apply([port.id for port in held])


def _by_name(project_id: str, name: str) -> str:
    tail = "WHERE t.project_id = ? AND (t.id = ? OR t.name = ?) ORDER BY t.id LIMIT 1"
    found = store.select(Group, tail, (project_id, name, name))
    if not found:
        raise NotFound(f"Security group {name} not found for project {project_id}.")
    return found[0].id


def _whole(listed: Sequence[Group]) -> list[GroupInfo]:
    known = tuple(group.id for group in listed)
    tail = (
        f"WHERE t.security_group_id IN ({store.marks(known)}) AND t.direction = 'ingress' ORDER BY t.created_at, t.id"
    )
    held: dict[str, list[Rule]] = {group_id: [] for group_id in known}
    for rule in store.select(Rule, tail, known) if known else []:
        held[rule.security_group_id].append(rule)
    return [GroupInfo(g.id, g.name, g.description or "", g.project_id, tuple(held[g.id])) for g in listed]
