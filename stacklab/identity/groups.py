"""Groups of users: a role given to a group is held by its members."""

from typing import Any

from stacklab.core import ids
from stacklab.core.db.database import change, durable, row
from stacklab.core.errors import Conflict, NotFound
from stacklab.identity import grants, projects, withdrawals
from stacklab.identity.model import Group, GroupMember, User
from stacklab.identity.parts import Parts


def find(group_id: str) -> Group | None:
    found: Group | None = Group.get_or_none(Group.id == group_id)
    return found


def of(user_id: str) -> list[Group]:
    """The groups a user is in."""
    mine = GroupMember.select(GroupMember.group_id).where(GroupMember.user_id == user_id)
    return list(Group.select().where(Group.id.in_(mine)).order_by(Group.id))


def members(group_id: str) -> list[User]:
    inside = GroupMember.select(GroupMember.user_id).where(GroupMember.group_id == group_id)
    return list(User.select().where(User.id.in_(inside)).order_by(User.id))


def has(group_id: str, user_id: str) -> bool:
    sql = "SELECT 1 FROM identity_group_members WHERE group_id = ? AND user_id = ?"
    return row(sql, (group_id, user_id)) is not None


def _free(name: str, domain_id: str, own: str | None = None) -> None:
    other = Group.get_or_none((Group.name == name) & (Group.domain_id == domain_id))
    if other and other.id != own:
        raise Conflict(
            "Conflict occurred attempting to store group - it is not permitted to have two groups "
            f"with the same name in one domain: {name}."
        )


def create(fields: dict[str, Any], extra: dict[str, Any]) -> Group:
    """Raises NotFound for an unknown domain, Conflict for a taken name."""
    if projects.find_domain(fields["domain_id"]) is None:
        raise NotFound(f"Could not find domain: {fields['domain_id']}.")
    with durable():
        _free(fields["name"], fields["domain_id"])
        made: Group = Group.create(id=ids.new_hex(), extra=extra, **fields)
    return made


def update(group: Group, changes: dict[str, Any], extra: dict[str, Any]) -> Group:
    with durable():
        if "name" in changes:
            _free(changes["name"], group.domain_id, group.id)
        for key, value in changes.items():
            setattr(group, key, value)
        group.extra = {**group.extra, **extra}
        group.save()
    return group


def delete(parts: Parts, group: Group) -> None:
    """Its members lose what they had through it."""
    with durable():
        drop(parts, group)


def drop(parts: Parts, group: Group) -> None:
    """In the caller's transaction."""
    for target_id, inherited in grants.of_actor(group.id):
        withdrawals.less(parts, group.id, target_id, inherited)
    grants.forget_actor(group.id)
    group.delete_instance()


def add(group: Group, user_id: str) -> None:
    with durable():
        change("INSERT INTO identity_group_members VALUES (?, ?) ON CONFLICT DO NOTHING", (group.id, user_id))


def remove(parts: Parts, group: Group, user_id: str) -> bool:
    """False when the user was not in it."""
    with durable():
        sql = "DELETE FROM identity_group_members WHERE group_id = ? AND user_id = ?"
        if not change(sql, (group.id, user_id)):
            return False
        for target_id, inherited in grants.of_actor(group.id):
            withdrawals.less(parts, user_id, target_id, inherited)
    return True
