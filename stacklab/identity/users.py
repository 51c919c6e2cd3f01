"""Users: created, changed, deleted; their passwords; what they may enter."""

from typing import Any

from stacklab.core import ids
from stacklab.core.db.database import change, durable, transaction
from stacklab.core.errors import Conflict, NotFound, Unauthorized
from stacklab.core.events import Event
from stacklab.identity import grants, projects
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
    """Slow: it hashes. Raises NotFound for an unknown domain, Conflict for a taken name."""
    if projects.find_domain(fields["domain_id"]) is None:
        raise NotFound(f"Could not find domain: {fields['domain_id']}.")
    stored = parts.passwords.hash(password) if password is not None else None
    with durable():
        require_free(fields["name"], fields["domain_id"])
        made: User = User.create(id=ids.new_hex(), password=stored, extra=extra, **fields)
    return made


def require_free(name: str, domain_id: str, own: str | None = None) -> None:
    """Raises Conflict when another user of the domain has the name."""
    other = named(name, domain_id)
    if other and other.id != own:
        raise Conflict(
            "Conflict occurred attempting to store user - it is not permitted to have two users "
            f"with the same name in one domain: {name}."
        )


def update(parts: Parts, user: User, changes: dict[str, Any], extra: dict[str, Any]) -> User:
    """Slow when a password is among the changes; it and switching off void the user's tokens."""
    password = changes.pop("password", None)
    stored = parts.passwords.hash(password) if password is not None else None
    with durable():
        if "name" in changes:
            require_free(changes["name"], user.domain_id, user.id)
        for key, value in changes.items():
            setattr(user, key, value)
        if stored:
            user.password = stored
        user.extra = {**user.extra, **extra}
        user.save()
        if stored or changes.get("enabled") is False:
            parts.revocations.revoke(user.id)
    return user


def change_password(parts: Parts, user_id: str, original: str, password: str) -> None:
    """By the user themself, who proves it with the old one. Slow. Raises Unauthorized."""
    user = find(user_id)
    right = parts.passwords.verify(user.password if user else None, original)
    if user is None or not right or not user.enabled:
        raise Unauthorized(UNAUTHORIZED)
    update(parts, user, {"password": password}, {})


def delete(parts: Parts, user: User) -> None:
    with durable():
        grants.forget_actor(user.id)
        user.delete_instance()
        parts.revocations.revoke(user.id)
        parts.bus.emit(Event("user.deleted", user.id))


def rehash(parts: Parts, user: User, password: str) -> None:
    """Store the same password at the cost the settings now ask for, if nobody changed it meanwhile."""
    sql = "UPDATE identity_users SET password = ? WHERE id = ? AND password = ?"
    stored = parts.passwords.hash(password)
    with transaction():
        change(sql, (stored, user.id, user.password))
