"""Security groups: the default one of every project, and those people make."""

from collections.abc import Collection

from msgspec.structs import replace

from stacklab.core import ids
from stacklab.core.db.database import change, row, rows, transaction
from stacklab.core.events import Bus
from stacklab.http.context import Context
from stacklab.networks import news, refusals, store
from stacklab.networks.applying import MANY, request_apply
from stacklab.networks.model import Group, Rule
from stacklab.networks.quotas import Quotas
from stacklab.networks.signature import signature

_VERSIONS = ("IPv4", "IPv6")


def ensure_default(project_id: str) -> str:
    """The id of the project's `default` group, made on first use: its members reach each other, all may go out."""
    found = _default(project_id)
    if found:
        return found
    with transaction():
        return _default(project_id) or _make_default(project_id)


def _default(project_id: str) -> str | None:
    found = row("SELECT id FROM security_groups WHERE project_id = ? AND is_default = 1", (project_id,))
    return found[0] if found else None


def _make_default(project_id: str) -> str:
    words = "Default security group"
    made = store.insert(
        Group(id=ids.new_uuid(), project_id=project_id, name="default", description=words, is_default=True)
    )
    for version in _VERSIONS:
        add_rule(_new(made, "ingress", version, remote_group_id=made.id))
    _let_out(made)
    return made.id


def _let_out(group: Group) -> None:
    """What every new group begins with: its members may go anywhere."""
    for version in _VERSIONS:
        add_rule(_new(group, "egress", version))


def _new(group: Group, direction: str, ethertype: str, remote_group_id: str | None = None) -> Rule:
    return Rule(
        id=ids.new_uuid(),
        project_id=group.project_id,
        security_group_id=group.id,
        direction=direction,
        ethertype=ethertype,
        remote_group_id=remote_group_id,
    )


def add_rule(rule: Rule) -> Rule:
    """Write a rule with its signature."""
    return store.insert(replace(rule, signature=signature(rule)))


def find(ctx: Context, group_id: str) -> Group:
    """One the caller may see; NotFound otherwise."""
    group = store.find(Group, group_id)
    if group is None or not (ctx.admin or group.project_id == ctx.project_id):
        raise refusals.missing(Group.TABLE, group_id)
    return group


def create(ctx: Context, quotas: Quotas, project_id: str, name: str, description: str) -> Group:
    """A group that lets nothing in and everything out."""
    ctx.authorize("network:security_groups:create", project_id=project_id)
    with transaction():
        ensure_default(project_id)
        if name.lower() == "default":
            raise refusals.conflict("SecurityGroupDefaultAlreadyExists", "Default security group already exists.")
        quotas.claim(project_id, "security_group")
        made = store.insert(Group(id=ids.new_uuid(), project_id=project_id, name=name, description=description))
        _let_out(made)
    return made


def update(ctx: Context, bus: Bus, group_id: str, name: str | None, description: str | None) -> Group:
    """Rename or describe; the default group keeps its name."""
    with transaction():
        group = find(ctx, group_id)
        ctx.authorize("network:security_groups:update", project_id=group.project_id)
        if group.is_default and name is not None:
            raise refusals.conflict("SecurityGroupCannotUpdateDefault", "Updating default security group not allowed.")
        changes = {"name": name, "description": description}
        news.groups_changed(bus, group.project_id, group.id)
        return store.update(group, **{k: v for k, v in changes.items() if v is not None})


def delete(ctx: Context, bus: Bus, group_id: str) -> None:
    """Raises SecurityGroupInUse while a port has it."""
    with transaction():
        group = find(ctx, group_id)
        ctx.authorize("network:security_groups:delete", project_id=group.project_id)
        if group.is_default and not ctx.admin:
            words = "Insufficient rights for removing default security group."
            raise refusals.conflict("SecurityGroupCannotRemoveDefault", words)
        if row("SELECT 1 FROM port_groups WHERE group_id = ?", (group_id,)):
            raise refusals.conflict("SecurityGroupInUse", f"Security Group {group_id} in use.")
        store.delete(group)
        request_apply()
        news.groups_changed(bus, group.project_id, group.id)


def of_ports(port_ids: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Port id → its groups as (id, name)."""
    found: dict[str, list[tuple[str, str]]] = {}
    listed = rows(
        "SELECT p.port_id, g.id, g.name FROM port_groups p JOIN security_groups g ON g.id = p.group_id "  # noqa: S608
        f"WHERE p.port_id IN ({store.marks(port_ids)}) ORDER BY p.port_id, g.name, g.id",
        tuple(port_ids),
    )
    for port_id, group_id, name in listed:
        found.setdefault(port_id, []).append((group_id, name))
    return found


def request_apply_of(group_id: str) -> None:
    """What holds for a group has changed: have the ports that are in it applied."""
    found = rows("SELECT port_id FROM port_groups WHERE group_id = ? LIMIT ?", (group_id, MANY + 1))
    request_apply([port_id for (port_id,) in found])


def put_on(port_id: str, project_id: str, group_ids: Collection[str]) -> None:
    """Make these the groups of a port; they must be the port's project's."""
    wanted = dict.fromkeys(group_ids)
    known = rows(
        f"SELECT id FROM security_groups WHERE project_id = ? AND id IN ({store.marks(wanted)})",  # noqa: S608
        (project_id, *wanted),
    )
    for unknown in wanted.keys() - {found[0] for found in known}:
        raise refusals.missing(Group.TABLE, unknown)
    change("DELETE FROM port_groups WHERE port_id = ?", (port_id,))
    for group_id in wanted:
        change("INSERT INTO port_groups VALUES (?, ?)", (port_id, group_id))


def by_name_or_id(project_id: str, wanted: Collection[str]) -> list[str]:
    """The ids of groups as a server create names them. Raises BadRequest or Conflict in Nova's words."""
    found = []
    for given in wanted:
        matches = rows(
            "SELECT id FROM security_groups WHERE project_id = ? AND (id = ? OR name = ?) ORDER BY id = ? DESC",
            (project_id, given, given, given),
        )
        if not matches:
            raise refusals.invalid(f"Security group {given} not found for project {project_id}.")
        if len(matches) > 1 and matches[0][0] != given:
            words = f"Multiple security_group matches found for name '{given}', use an ID to be more specific."
            raise refusals.conflict("NoUniqueMatch", words)
        found.append(matches[0][0])
    return found
