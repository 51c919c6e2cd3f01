"""Projects and the domains they live in: one kind of row, two faces."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from stacklab.core import ids
from stacklab.core.db.database import change, durable
from stacklab.core.errors import BadRequest, Conflict, Forbidden
from stacklab.core.events import Event
from stacklab.identity import grants, immutable, tree
from stacklab.identity.model import Project
from stacklab.identity.parts import Parts
from stacklab.identity.project_tags import set_tags as set_tags
from stacklab.identity.project_tags import tags as tags

DEFAULT = "default"  # the id of the domain everybody starts in
_MOST = 500  # ids in one statement


class ProjectInfo(Struct, frozen=True):
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
    """The enabled projects, or domains, a user can get a token for."""
    entered = grants.targets(user_id, kind)
    parts = (entered[start : start + _MOST] for start in range(0, len(entered), _MOST))
    return [p for part in parts for p in Project.select().where(Project.id.in_(part)).order_by(Project.id)]


def create(fields: dict[str, Any], extra: dict[str, Any], tag_list: Iterable[str] = ()) -> Project:
    """`fields` are columns. Raises BadRequest for an unknown or disabled place, Forbidden for one too deep,
    Conflict for a taken name."""
    fields.setdefault("id", ids.new_hex())
    fields["name"] = fields["name"].strip()
    fields["options"] = immutable.changed({}, fields.get("options") or {})
    with durable():
        if fields.get("is_domain"):
            if fields.get("parent_id") or fields.get("domain_id"):
                raise BadRequest("only root projects are allowed to act as domains.")
            fields.update(domain_id="", parent_id=None)
        else:
            _place(fields)
        _require_free(fields["name"], fields["domain_id"], fields["id"])
        made: Project = Project.create(**fields, extra=extra)
        set_tags(made.id, tag_list)
    return made


def _require_free(name: str, domain_id: str, project_id: str) -> None:
    """Raises Conflict when another project of the domain, or another domain, has the name."""
    other = named(name, domain_id)
    if other is None or other.id == project_id:
        return
    if domain_id:
        why = f"with either the same name or same id in the same domain: name is {name}, project id {other.id}"
    else:
        why = f"acting as domains with the same name: {name}"
    raise Conflict(f"Conflict occurred attempting to store project - it is not permitted to have two projects {why}.")


def _place(fields: dict[str, Any]) -> None:
    """Settle domain and parent: without a parent the domain is it."""
    domain = find_domain(fields["domain_id"])
    if domain is None:
        raise BadRequest(f"Could not find domain: {fields['domain_id']}.")
    parent = find(fields["parent_id"]) if fields.get("parent_id") else domain
    if parent is None:
        raise BadRequest(f"Could not find project: {fields['parent_id']}.")
    if (parent.domain_id or parent.id) != domain.id:
        raise BadRequest(
            f"Cannot create project, since it specifies its domain_id {domain.id}, but specifies a parent in a "
            f"different domain ({parent.domain_id or parent.id})."
        )
    above = [parent, *tree.parents(parent.id)]
    for project in above:
        if not project.enabled:
            raise BadRequest(f"cannot create a project in a branch containing a disabled project: {project.id}")
    if len(above) > tree.DEEPEST:
        raise Forbidden(f"Max hierarchy depth reached for {parent.id} branch.")
    fields["parent_id"] = parent.id


def update(
    parts: Parts,
    project: Project,
    changes: dict[str, Any],
    extra: dict[str, Any],
    tag_list: Iterable[str] | None = None,
) -> Project:
    """Switching one off voids its tokens. Raises Conflict for a taken name; Forbidden for an immutable one, for another
    parent, and where the tree stands against switching; BadRequest for another domain."""
    given = {**changes, **extra, **({} if tag_list is None else {"tags": tag_list})}
    immutable.require_changeable(_noun(project), project.id, project.options, given)
    _require_place(project, changes)
    with durable():
        if "name" in changes:
            changes["name"] = changes["name"].strip()
            _require_free(changes["name"], project.domain_id, project.id)
        if "options" in changes:
            changes["options"] = immutable.changed(project.options, changes["options"])
        switched = changes.get("enabled", project.enabled) != project.enabled
        if switched:
            _require_switchable(project)
        for key, value in changes.items():
            setattr(project, key, value)
        project.extra = {**project.extra, **extra}
        project.save()
        if tag_list is not None:
            set_tags(project.id, tag_list)
        if switched:
            _switched(parts, project)
    return project


def _require_place(project: Project, changes: dict[str, Any]) -> None:
    """It stays where it is."""
    if changes.pop("domain_id", None) not in (None, project.domain_id):
        raise BadRequest("Cannot change Domain ID")
    if changes.pop("parent_id", project.parent_id) != project.parent_id:
        raise Forbidden("Update of `parent_id` is not allowed.")
    if changes.pop("is_domain", project.is_domain) != project.is_domain:
        raise BadRequest("Update of `is_domain` is not allowed.")


def _require_switchable(project: Project) -> None:
    """A project is switched off after all below it, and on after all above it; a domain's go off with it."""
    if project.enabled and not project.is_domain and any(below.enabled for below in tree.subtree(project.id)):
        raise Forbidden(f"Cannot disable project {project.id} since its subtree contains enabled projects.")
    if not project.enabled and not all(above.enabled for above in tree.parents(project.id)):
        raise Forbidden(f"Cannot enable project {project.id} since it has disabled parents")


def _switched(parts: Parts, project: Project) -> None:
    if not project.enabled:
        parts.revocations.revoke(project.id)
    _tell(parts, "enabled" if project.enabled else "disabled", project)


def delete(parts: Parts, project: Project) -> None:
    """Raises Forbidden while it has children, and for an immutable one."""
    immutable.require_deletable("project", project.id, project.options)
    with durable():
        if Project.select().where(Project.parent_id == project.id).exists():
            raise Forbidden(
                f"Cannot delete the project {project.id} since it is not a leaf in the hierarchy. Use the cascade "
                "option if you want to delete a whole subtree."
            )
        drop(parts, project)


def drop(parts: Parts, project: Project) -> None:
    """Whatever stands against it; in the caller's transaction."""
    grants.forget_target(project.id)
    change("UPDATE identity_users SET default_project_id = NULL WHERE default_project_id = ?", (project.id,))
    change("DELETE FROM identity_credentials WHERE project_id = ?", (project.id,))
    project.delete_instance()
    parts.revocations.revoke(project.id)
    _tell(parts, "deleted", project)


def _noun(project: Project) -> str:
    return "domain" if project.is_domain else "project"


def _tell(parts: Parts, what: str, project: Project) -> None:
    """`project.deleted` or, of a domain, `domain.deleted`: the subscribers hear it whatever happens to this process."""
    parts.bus.publish(Event(f"{_noun(project)}.{what}", project.id, project.id))
