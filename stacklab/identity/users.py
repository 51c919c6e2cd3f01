"""Users: created, changed, deleted; their passwords; what they may enter."""

from typing import Any

from stacklab.core import clock, ids
from stacklab.core.db.database import durable
from stacklab.core.errors import BadRequest, Conflict, NotFound, Unauthorized
from stacklab.core.events import Event
from stacklab.identity import compliance, grants, logins, projects
from stacklab.identity.model import User
from stacklab.identity.parts import Parts
from stacklab.identity.tokens import UNAUTHORIZED


def find(user_id: str) -> User | None:
    found: User | None = User.get_or_none(User.id == user_id)
    return found


def named(name: str, domain_id: str) -> User | None:
    found: User | None = User.get_or_none((User.name == name) & (User.domain_id == domain_id))
    return found


def create(parts: Parts, fields: dict[str, Any], password: str | None, extra: dict[str, Any]) -> User:
    """Slow: it hashes. Raises NotFound for an unknown domain, Conflict for a taken name, BadRequest."""
    if projects.find_domain(fields["domain_id"]) is None:
        raise NotFound(f"Could not find domain: {fields['domain_id']}.")
    settings = parts.settings.identity
    compliance.require_form(settings, password)
    _refuse_domain(fields)
    stored = parts.passwords.hash(password) if password is not None else None
    options = {name: value for name, value in fields.pop("options", {}).items() if value is not None}
    until = compliance.expiry(settings, options, by_self=False) if stored else None
    with durable():
        require_free(fields["name"], fields["domain_id"])
        made: User = User.create(
            id=ids.new_hex(), password=stored, password_expires_at=until, options=options, extra=extra, **fields
        )
    return made


def require_free(name: str, domain_id: str, own: str | None = None) -> None:
    """Raises Conflict when another user of the domain has the name."""
    other = named(name, domain_id)
    if other and other.id != own:
        raise Conflict(
            "Conflict occurred attempting to store user - "
            f"Duplicate entry found with name {name} at domain ID {domain_id}."
        )


def _refuse_domain(fields: dict[str, Any]) -> None:
    """A default project may be missing, but is no domain."""
    project_id = fields.get("default_project_id")
    if project_id and projects.find_domain(project_id):
        raise BadRequest(f"User's default project ID cannot be a domain ID: {project_id}")


def update(parts: Parts, user: User, changes: dict[str, Any], extra: dict[str, Any]) -> User:
    """Slow when a password is among the changes; it and switching off void the user's tokens, switching on a lock."""
    settings = parts.settings.identity
    gives_password, password = "password" in changes, changes.pop("password", None)
    compliance.require_form(settings, password)
    _refuse_domain(changes)
    stored = parts.passwords.hash(password) if password is not None else None
    was = user.enabled
    with durable():
        if "name" in changes:
            require_free(changes["name"], user.domain_id, user.id)
        _set(user, changes, extra)
        if gives_password:
            _put_password(parts, user, stored, by_self=False)
        user.save(only=user.dirty_fields)
        if stored or changes.get("enabled") is False:
            parts.revocations.revoke(user.id)
        if changes.get("enabled", was) != was:
            parts.bus.publish(Event("user.enabled" if changes["enabled"] else "user.disabled", user.id))
    return user


def _set(user: User, changes: dict[str, Any], extra: dict[str, Any]) -> None:
    """An option that is null is taken off; those that are not named stay."""
    options = {**user.options, **changes.pop("options", {})}
    user.options = {name: value for name, value in options.items() if value is not None}
    for key, value in changes.items():
        setattr(user, key, value)
    user.extra = {**user.extra, **extra}
    if changes.get("enabled"):
        user.failed_count, user.failed_at, user.active_at = 0, None, clock.now()


def _put_password(parts: Parts, user: User, stored: str | None, by_self: bool) -> None:
    """Inside a transaction, before the row is saved."""
    settings = parts.settings.identity
    compliance.remember(settings, user)
    user.password, user.password_created_at, user.password_by_self = stored, clock.now(), by_self
    user.password_expires_at = compliance.expiry(settings, user.options, by_self) if stored else None


def change_password(parts: Parts, user_id: str, original: str, password: str) -> None:
    """By the user themself, who proves it with the old one, be it expired. Slow. Raises Unauthorized, BadRequest."""
    user = logins.check(parts, find(user_id), original)
    settings = parts.settings.identity
    if not compliance.enabled(settings, user):
        raise Unauthorized(UNAUTHORIZED)
    compliance.require_form(settings, password)
    compliance.require_changeable(parts, user, password)
    choose_password(parts, user, password)


def choose_password(parts: Parts, user: User, password: str) -> None:
    """A new password that its user chose, who has shown who they are. Slow. The tokens they had are void."""
    stored = parts.passwords.hash(password)
    with durable():
        _put_password(parts, user, stored, by_self=True)
        user.failed_count, user.failed_at = 0, None
        user.save(only=user.dirty_fields)
        parts.revocations.revoke(user.id)


def delete(parts: Parts, user: User) -> None:
    with durable():
        grants.forget_actor(user.id)
        user.delete_instance()
        parts.revocations.revoke(user.id)
        parts.bus.publish(Event("user.deleted", user.id))
