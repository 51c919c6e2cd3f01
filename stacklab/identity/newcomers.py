"""A newcomer: a user named by their e-mail address, and a project of their own to work in, ready at once."""

import re
from dataclasses import dataclass

from stacklab.core.db.database import durable, rows
from stacklab.core.ids import new_hex
from stacklab.identity import grants, projects, users
from stacklab.identity.model import Role, User
from stacklab.identity.parts import Parts

_ROLES = ("member", "reader")
_MOST = 64  # characters of a project name (Keystone's limit)


@dataclass(frozen=True, slots=True)
class Newcomer:
    user_id: str
    project_id: str


def create(parts: Parts, email: str, password: str) -> Newcomer:
    """Slow: it hashes. Raises Conflict when the name is taken."""
    stored = parts.passwords.hash(password)
    with durable():
        users.require_free(email, projects.DEFAULT)
        fields = {"domain_id": projects.DEFAULT, "name": _free_name(email), "description": f"The project of {email}"}
        project = projects.create(fields, {})
        user: User = User.create(
            id=new_hex(),
            domain_id=projects.DEFAULT,
            name=email,
            password=stored,
            default_project_id=project.id,
            extra={"email": email},
        )
        for role in Role.select().where((Role.name.in_(_ROLES)) & (Role.domain_id == "")):
            grants.add("user", user.id, "project", project.id, role.id)
    return Newcomer(user.id, project.id)


def _free_name(email: str) -> str:
    """The address before the @, made unique by a number: ana, ana-2, ana-3. One query, however many there are."""
    stem = re.sub(r"[^a-z0-9._-]+", "-", email.partition("@")[0].lower()).strip("-.")[: _MOST - 8] or "project"
    sql = "SELECT name FROM identity_projects WHERE domain_id = ? AND (name = ? OR substr(name, 1, ?) = ?)"
    taken = {name for (name,) in rows(sql, (projects.DEFAULT, stem, len(stem) + 1, f"{stem}-"))}
    number = 2
    name = stem
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return name
