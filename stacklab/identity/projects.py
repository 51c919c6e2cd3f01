"""Projects and the domains they live in: one kind of row, two faces."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from stacklab.core import ids
from stacklab.core.db.database import change, durable, rows, transaction
from stacklab.core.errors import BadRequest, Conflict, Forbidden, NotFound
from stacklab.core.events import Event
from stacklab.identity import grants
from stacklab.identity.model import Group, Project, User
from stacklab.identity.parts import Parts

DEFAULT = "default"  # the id of the domain everybody starts in


@dataclass(frozen=True, slots=True)
class ProjectInfo:
    """What other services may know of a project."""

    id: str
    name: str
    domain_id: str
    enabled: bool


def find(project_id: str) -> Project | None:
    """A project, or a domain shown as one."""
    found: Project | None = Project.get_or_none(Project.id == project_id)
    return found


def find_domain(domain_id: str) -> Project | None:
    found: Project | None = Project.get_or_none((Project.id == domain_id) & (Project.is_domain == True))  # noqa: E712
    return found


def named(name: str, domain_id: str) -> Project | None:
    """A project by name in its domain; a domain when `domain_id` is ""."""
    found: Project | None = Project.get_or_none((Project.name == name) & (Project.domain_id == domain_id))
    return found


def entered_by(user_id: str, kind: str) -> list[Project]:
    """The enabled projects, or domains, a user has a role on."""
    return list(Project.select().where(Project.id.in_(grants.targets(user_id, kind))).order_by(Project.id))


def tags(project_ids: Iterable[str]) -> dict[str, list[str]]:
    """The sorted tags of projects, in one query."""
    wanted = list(project_ids)
    found: dict[str, list[str]] = {project_id: [] for project_id in wanted}
    places = ",".join("?" * len(wanted))
    sql = f"SELECT project_id, tag FROM identity_project_tags WHERE project_id IN ({places}) ORDER BY tag"  # noqa: S608 - only question marks
    for project_id, tag in rows(sql, tuple(wanted)):
        found[project_id].append(tag)
    return found


def create(fields: dict[str, Any], extra: dict[str, Any], tag_list: Iterable[str] = ()) -> Project:
    """`fields` are columns. Raises NotFound for an unknown domain or parent, Conflict for a taken name."""
    is_domain = fields.get("is_domain", False)
    fields.setdefault("id", ids.new_hex())
    if is_domain:
        fields.update(domain_id="", parent_id=None)
    else:
        _place(fields)
    with durable():
        if named(fields["name"], fields["domain_id"]):
            kind = "domain" if is_domain else "project"
            raise Conflict(
                f"Conflict occurred attempting to store {kind} - it is not permitted to have two "
                f"{kind}s with the same name: {fields['name']}."
            )
        made: Project = Project.create(**fields, extra=extra)
        set_tags(made.id, tag_list)
    return made


def _place(fields: dict[str, Any]) -> None:
    """Settle domain and parent: a parent says the domain, and without one the domain is the parent."""
    parent = find(fields["parent_id"]) if fields.get("parent_id") else None
    if fields.get("parent_id") and parent is None:
        raise NotFound(f"Could not find project: {fields['parent_id']}.")
    if parent is not None and fields["domain_id"] != (parent.domain_id or parent.id):
        raise BadRequest("Invalid input for field 'parent_id': the parent is in another domain.")
    domain = find_domain(fields["domain_id"])
    if domain is None:
        raise NotFound(f"Could not find domain: {fields['domain_id']}.")
    fields["parent_id"] = parent.id if parent else domain.id


def update(
    parts: Parts,
    project: Project,
    changes: dict[str, Any],
    extra: dict[str, Any],
    tag_list: Iterable[str] | None = None,
) -> Project:
    """Switching one off voids its tokens. Raises Conflict for a taken name."""
    with durable():
        other = named(changes["name"], project.domain_id) if "name" in changes else None
        if other and other.id != project.id:
            raise Conflict(
                f"Conflict occurred attempting to store project - it is not permitted to have two projects "
                f"with the same name: {changes['name']}."
            )
        was = project.enabled
        for key, value in changes.items():
            setattr(project, key, value)
        project.extra = {**project.extra, **extra}
        project.save()
        if tag_list is not None:
            set_tags(project.id, tag_list)
        if changes.get("enabled") is False:
            parts.revocations.revoke(project.id)
        if changes.get("enabled", was) != was:
            _tell(parts, "enabled" if project.enabled else "disabled", project)
    return project


def set_tags(project_id: str, tag_list: Iterable[str]) -> None:
    with transaction():
        change("DELETE FROM identity_project_tags WHERE project_id = ?", (project_id,))
        for tag in dict.fromkeys(tag_list):
            change("INSERT INTO identity_project_tags VALUES (?, ?)", (project_id, tag))


def delete(parts: Parts, project: Project) -> None:
    """Raises Forbidden while it has children."""
    with durable():
        if Project.select().where(Project.parent_id == project.id).exists():
            raise Forbidden(f"Cannot delete project {project.id} since it is not a leaf in the hierarchy.")
        _drop(parts, project)


def delete_domain(parts: Parts, domain: Project) -> None:
    """With everything in it. Raises Forbidden while it is enabled."""
    if domain.enabled:
        raise Forbidden("Cannot delete a domain that is enabled, please disable it first.")
    with durable():
        for project in list(Project.select().where(Project.domain_id == domain.id)):
            _drop(parts, project)
        for actor in (
            *User.select().where(User.domain_id == domain.id),
            *Group.select().where(Group.domain_id == domain.id),
        ):
            grants.forget_actor(actor.id)
            actor.delete_instance()
            if isinstance(actor, User):
                parts.bus.publish(Event("user.deleted", actor.id))
        _drop(parts, domain)


def _drop(parts: Parts, project: Project) -> None:
    grants.forget_target(project.id)
    project.delete_instance()
    parts.revocations.revoke(project.id)
    _tell(parts, "deleted", project)


def _tell(parts: Parts, what: str, project: Project) -> None:
    """`project.deleted` or, of a domain, `domain.deleted`: the subscribers hear it whatever happens to this process."""
    noun = "domain" if project.is_domain else "project"
    parts.bus.publish(Event(f"{noun}.{what}", project.id, project.id))
