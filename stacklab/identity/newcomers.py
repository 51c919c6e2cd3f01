"""A newcomer: a user named by their e-mail address, and a project of their own to work in, ready at once."""

import re
from contextlib import suppress

from msgspec import Struct

from stacklab.core.db.database import change, durable, transaction
from stacklab.core.errors import Conflict
from stacklab.core.events import Event
from stacklab.core.ids import new_hex
from stacklab.identity import compliance, grants, projects, users
from stacklab.identity.model import Role, User
from stacklab.identity.parts import Parts

_ROLES = ("member", "reader")
_STEM = 48  # characters of the address that a project name keeps


class Newcomer(Struct, frozen=True):
    user_id: str
    user_name: str
    project_id: str
    project_name: str


def admit(parts: Parts, email: str, password: str, extra: dict[str, str]) -> Newcomer | None:
    """A new account, or the one this password opens already; None where the address is somebody else's.

    `extra` is kept with a new user. Slow. One verification, one hash and one durable write in each case, so that the
    time tells nothing.
    """
    user = users.named(email, projects.DEFAULT)
    right = parts.passwords.verify(user.password if user else None, password)
    stored = parts.passwords.hash(password)
    if user is None:
        try:
            return _store(parts, named(email, new_hex(), new_hex()), stored, extra)
        except Conflict:  # somebody was quicker by a moment
            return None
    _pretend(parts, named(new_hex(), new_hex(), new_hex()), stored, extra)
    project = projects.find(user.default_project_id) if right and user.enabled and user.default_project_id else None
    return Newcomer(user.id, user.name, project.id, project.name) if project else None


def named(email: str, user_id: str, project_id: str) -> Newcomer:
    """The project is called by what is before the @ and letters of its id: `ana-3f9c2d`. Unique, and not a counter."""
    stem = re.sub(r"[^a-z0-9._-]+", "-", email.partition("@")[0].lower()).strip("-.")[:_STEM] or "project"
    return Newcomer(user_id, email, project_id, f"{stem}-{project_id[:6]}")


def _store(parts: Parts, newcomer: Newcomer, password: str, extra: dict[str, str]) -> Newcomer:
    with durable():
        _insert(parts, newcomer, password, extra)
        parts.bus.emit(Event("project.created", newcomer.project_id, newcomer.project_id))
    return newcomer


class _Undone(Exception):
    """Takes back what `_pretend` wrote."""


def _pretend(parts: Parts, newcomer: Newcomer, password: str, extra: dict[str, str]) -> None:
    """Do what a new account costs, and leave nothing of it."""
    with durable():
        with suppress(_Undone), transaction():
            _insert(parts, newcomer, password, extra)
            raise _Undone
        change("UPDATE identity_projects SET name = name WHERE id = ?", (projects.DEFAULT,))  # waits for the disk too


def _insert(parts: Parts, newcomer: Newcomer, password: str, extra: dict[str, str]) -> None:
    users.require_free(newcomer.user_name, projects.DEFAULT)
    description = f"The project of {newcomer.user_name}"
    fields = {"domain_id": projects.DEFAULT, "name": newcomer.project_name, "description": description}
    projects.create({**fields, "id": newcomer.project_id}, {})
    User.create(
        id=newcomer.user_id,
        domain_id=projects.DEFAULT,
        name=newcomer.user_name,
        password=password,
        password_expires_at=compliance.expiry(parts.settings.identity, {}, by_self=True),
        password_by_self=True,
        default_project_id=newcomer.project_id,
        extra={**extra, "email": newcomer.user_name},
    )
    for role in Role.select().where((Role.name.in_(_ROLES)) & (Role.domain_id == "")):
        grants.add("user", newcomer.user_id, "project", newcomer.project_id, role.id)
