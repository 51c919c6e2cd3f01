"""A domain goes: only after it was switched off, and with everything in it."""

from stacklab.core.db.database import durable
from stacklab.core.errors import Forbidden
from stacklab.identity import groups, immutable, projects, roles, tree, users
from stacklab.identity.model import Group, Project, Role, User
from stacklab.identity.parts import Parts


def delete(parts: Parts, domain: Project) -> None:
    """Raises Forbidden while it is enabled, and while it or a project in it is immutable."""
    immutable.require_deletable("domain", domain.id, domain.options)
    if domain.enabled:
        raise Forbidden("Cannot delete a domain that is enabled, please disable it first.")
    with durable():
        inside = tree.subtree(domain.id)
        for project in inside:
            immutable.require_deletable("project", project.id, project.options)
        for project in reversed(inside):  # leaves first
            projects.drop(parts, project)
        for user in list(User.select().where(User.domain_id == domain.id)):
            users.delete(parts, user)
        for group in list(Group.select().where(Group.domain_id == domain.id)):
            groups.drop(parts, group)
        for role in list(Role.select().where(Role.domain_id == domain.id)):
            roles.drop(parts, role)
        projects.drop(parts, domain)
