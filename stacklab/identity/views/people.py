"""Users and groups."""

from typing import Any

import msgspec

from stacklab.identity.model import Group, User

_decode = msgspec.json.decode


def user(found: User, base: str) -> dict[str, Any]:
    fixed = (found.id, found.domain_id, found.name, found.enabled, found.default_project_id)
    return _user(fixed, found.options, found.extra, base)


def user_row(found: tuple[Any, ...], base: str) -> dict[str, Any]:
    """From (id, domain, name, enabled, default project, options, extra) as the database has them: a list has many."""
    options = _decode(found[5]) if found[5] != "{}" else {}
    return _user(found, options, _decode(found[6]) if found[6] != "{}" else {}, base)


def _user(fixed: tuple[Any, ...], options: dict[str, Any], extra: dict[str, Any], base: str) -> dict[str, Any]:
    body = {
        "id": fixed[0],
        "name": fixed[2],
        "domain_id": fixed[1],
        "enabled": bool(fixed[3]),
        "password_expires_at": None,
        "options": options,
        "links": {"self": f"{base}/v3/users/{fixed[0]}"},
    }
    if fixed[4]:
        body["default_project_id"] = fixed[4]
    return {**extra, **body} if extra else body


def group(found: Group, base: str) -> dict[str, Any]:
    return {
        **found.extra,
        "id": found.id,
        "name": found.name,
        "domain_id": found.domain_id,
        "description": found.description,
        "links": {"self": f"{base}/v3/groups/{found.id}"},
    }
