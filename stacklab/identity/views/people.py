"""Users and groups."""

from typing import Any

import msgspec

from stacklab.core import clock
from stacklab.core.settings import Identity
from stacklab.identity import compliance
from stacklab.identity.model import Group, User

_decode = msgspec.json.decode
COLUMNS = (
    "id, domain_id, name, enabled, default_project_id, options, extra, password_expires_at, "
    "COALESCE(active_at, created_at)"
)


def user(found: User, settings: Identity, base: str) -> dict[str, Any]:
    shown = _user(
        found.id,
        found.domain_id,
        found.name,
        compliance.enabled(settings, found),
        found.default_project_id,
        found.password_expires_at,
        found.options,
        f"{base}/v3/users/",
    )
    return {**found.extra, **shown}


def user_rows(found: list[tuple[Any, ...]], settings: Identity, base: str) -> list[dict[str, Any]]:
    """From `COLUMNS` as the database has them: a list has thousands, so options go out as the text they are."""
    place, away = f"{base}/v3/users/", compliance.inactive_before(settings)
    shown = []
    for user_id, domain_id, name, enabled, project_id, options, extra, over, seen in found:
        if away and seen is not None and seen < away:
            enabled = enabled and _decode(options).get("ignore_user_inactivity") is True
        text = msgspec.Raw(options.encode())
        body = _user(user_id, domain_id, name, enabled == 1, project_id, over, text, place)
        shown.append(body if extra == "{}" else {**_decode(extra), **body})
    return shown


def _user(
    user_id: str,
    domain_id: str,
    name: str,
    enabled: bool,
    project_id: str | None,
    over: int | None,
    options: Any,
    place: str,
) -> dict[str, Any]:
    body = {
        "id": user_id,
        "name": name,
        "domain_id": domain_id,
        "enabled": enabled,
        "password_expires_at": None if over is None else clock.naive_us(over),
        "options": options,
        "links": {"self": place + user_id},
    }
    if project_id:
        body["default_project_id"] = project_id
    return body


def group(found: Group, base: str) -> dict[str, Any]:
    return {
        **found.extra,
        "id": found.id,
        "name": found.name,
        "domain_id": found.domain_id,
        "description": found.description,
        "links": {"self": f"{base}/v3/groups/{found.id}"},
    }
