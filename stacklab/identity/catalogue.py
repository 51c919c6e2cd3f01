"""The service catalogue as tokens show it: read once, rendered once per address and what a project may see of it,
kept until it changes.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct, field

from stacklab.core.db.database import after_commit, rows
from stacklab.core.errors import BadRequest
from stacklab.identity import endpoint_filter

# A service without endpoints is shown all the same.
_ALL = """
SELECT s.id, s.type, s.name, e.id, e.interface, e.region_id, e.url, e.extra
FROM identity_services AS s LEFT JOIN identity_endpoints AS e ON e.service_id = s.id AND e.enabled = 1
WHERE s.enabled = 1 ORDER BY s.type, s.id, e.interface, e.id
"""
T = TypeVar("T")
_KEPT = 1024
_PERSONAL = ("project_id)s", "tenant_id)s", "user_id)s")
_NAMES = ("base", "public_endpoint", "user_id", "project_id", "tenant_id")


def require_template(url: str) -> None:
    """Raises BadRequest for a URL with a placeholder that nothing fills, or a percent sign that is none."""
    try:
        url.replace("$(", "%(") % dict.fromkeys(_NAMES, "")
    except (KeyError, TypeError, ValueError):
        raise BadRequest(f"Cannot create an endpoint with an invalid URL: {url}.") from None


def address(template: str, root: str, project_id: str | None, user_id: str) -> str | None:
    """A stored URL as one caller sees it; None when it needs a project and the token has none (Keystone's rule)."""
    known = {"base": root, "public_endpoint": root, "user_id": user_id}
    if project_id is not None:
        known |= {"project_id": project_id, "tenant_id": project_id}
    try:
        return template.replace("$(", "%(") % known
    except (KeyError, TypeError, ValueError):
        return None


class _Snapshot(Struct):
    """The catalogue as it was read, and what was made of it: a change drops both."""

    rows: list[tuple[Any, ...]]
    personal: bool  # a URL depends on who asks
    filtered: bool  # some project sees less than all
    chosen: dict[str, frozenset[str]] = field(default_factory=dict)
    rendered: dict[tuple[Any, ...], msgspec.Raw] = field(default_factory=dict)


def _read() -> _Snapshot:
    found = rows(_ALL)
    personal = any(name in (r[6] or "") for r in found for name in _PERSONAL)
    return _Snapshot(found, personal, endpoint_filter.in_use())


class Catalogue:
    """`render` answers encoded JSON: a body embeds it as it is.

    `unfiltered`: a project for which no endpoint was chosen sees all of them (else none).
    """

    def __init__(self, unfiltered: bool = True) -> None:
        self._unfiltered = unfiltered
        self._snapshot: _Snapshot | None = None
        self._changes = 0
        self._apart: frozenset[str] = frozenset()

    def changed(self) -> None:
        """Forget everything once the surrounding transaction commits."""
        after_commit(self._forget)

    def keep_apart(self, regions: Iterable[str]) -> None:
        """These regions are shown to tokens that are bound to them, and to nobody else."""
        self._apart = frozenset(regions)
        self._forget()

    def render(self, root: str, project_id: str | None, user_id: str, region: str = "") -> msgspec.Raw:
        """`region`: the one a token is bound to, and all that is shown then."""
        now = self._now()
        chosen = self._choice(now, project_id)
        key = (root, chosen, region, *((project_id, user_id) if now.personal else ()))
        found = now.rendered.get(key)
        if found is None:
            entries = [r for r in now.rows if self._shown(r[5], region) and (chosen is None or r[3] in chosen)]
            built = _build(entries, partial(address, root=root, project_id=project_id, user_id=user_id), region)
            shown = [service for service in built if service["endpoints"] or chosen is None]
            found = _keep(now.rendered, key, msgspec.Raw(msgspec.json.encode(shown)))
        return found

    def _forget(self) -> None:
        self._changes += 1
        self._snapshot = None

    def _now(self) -> _Snapshot:
        """What was read in one thread while another changed it serves one request and is not kept."""
        found, before = self._snapshot, self._changes
        if found is None:
            found = _read()
            if before == self._changes:
                self._snapshot = found
        return found

    def _choice(self, now: _Snapshot, project_id: str | None) -> frozenset[str] | None:
        """The endpoints a project may see, whether enabled or not; None: all."""
        chosen: frozenset[str] = frozenset()
        if now.filtered and project_id is not None:
            known = now.chosen.get(project_id)
            chosen = known if known is not None else _keep(now.chosen, project_id, _chosen(project_id))
        return chosen if chosen or not self._unfiltered else None

    def _shown(self, region: str | None, bound: str) -> bool:
        return region == bound if bound else region not in self._apart


def _chosen(project_id: str) -> frozenset[str]:
    return frozenset(endpoint.id for endpoint in endpoint_filter.endpoints_of(project_id))


def _build(entries: list[tuple[Any, ...]], fill: Callable[[str], str | None], bound: str) -> list[dict[str, Any]]:
    """The services of some rows of `_ALL`, each with its endpoints whose URL can be filled in."""
    services: dict[str, dict[str, Any]] = {}
    for service_id, kind, name, *endpoint in entries:
        shown = services.setdefault(service_id, {"id": service_id, "type": kind, "name": name, "endpoints": []})
        template = endpoint[3] or ""
        if bound and kind == "identity":
            template = template.replace("$(base)s/identity/", f"$(base)s/identity/{quote(bound, safe='')}/")
        url = fill(template)
        if url:
            shown["endpoints"].append(_endpoint(endpoint, url))
    return list(services.values())


def _endpoint(found: list[Any], url: str) -> dict[str, Any]:
    """From (id, interface, region, template, extra)."""
    extra = msgspec.json.decode(found[4]) if found[4] != "{}" else {}
    return {**extra, "id": found[0], "interface": found[1], "region_id": found[2], "region": found[2], "url": url}


def _keep(cache: dict[Any, T], key: Any, value: T) -> T:
    """Store, and drop what was stored first when there is too much."""
    while len(cache) >= _KEPT:
        cache.pop(next(iter(cache)), None)
    cache[key] = value
    return value
