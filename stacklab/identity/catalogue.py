"""The service catalogue as tokens show it: read once, rendered once per address and project, kept until it changes."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import msgspec

from stacklab.core.db.database import after_commit, rows

_ALL = """
SELECT s.id, s.type, s.name, e.id, e.interface, e.region_id, e.url
FROM identity_services AS s JOIN identity_endpoints AS e ON e.service_id = s.id
WHERE s.enabled = 1 AND e.enabled = 1 ORDER BY s.type, s.id, e.interface, e.id
"""
_KEPT = 1024


def address(template: str, root: str, project_id: str | None, user_id: str) -> str | None:
    """A stored URL as one caller sees it; None when it needs a project and the token has none (Keystone's rule)."""
    url = template.replace("%(", "$(").replace("$(base)s", root).replace("$(user_id)s", user_id)
    if "$(project_id)s" in url or "$(tenant_id)s" in url:
        if project_id is None:
            return None
        url = url.replace("$(project_id)s", project_id).replace("$(tenant_id)s", project_id)
    return url


class Catalogue:
    """`render` answers encoded JSON: a body embeds it as it is."""

    def __init__(self) -> None:
        self._rows: list[tuple[Any, ...]] | None = None
        self._personal = False
        self._rendered: dict[tuple[str, str | None, str, str], msgspec.Raw] = {}
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
        self._load()
        key = (root, project_id, user_id, region) if self._personal else (root, None, "", region)
        found = self._rendered.get(key)
        if found is None:
            if len(self._rendered) >= _KEPT:
                self._rendered.clear()
            found = msgspec.Raw(msgspec.json.encode(self._build(root, project_id, user_id, region)))
            self._rendered[key] = found
        return found

    def _forget(self) -> None:
        self._rows = None
        self._rendered.clear()

    def _load(self) -> list[tuple[Any, ...]]:
        if self._rows is None:
            self._rows = rows(_ALL)
            self._personal = any(
                "project_id)s" in r[6] or "tenant_id)s" in r[6] or "user_id)s" in r[6] for r in self._rows
            )
        return self._rows

    def _shown(self, region: str | None, bound: str) -> bool:
        return region == bound if bound else region not in self._apart

    def _build(self, root: str, project_id: str | None, user_id: str, bound: str) -> list[dict[str, Any]]:
        services: dict[str, dict[str, Any]] = {}
        for service_id, kind, name, endpoint_id, interface, region, template in self._load():
            if not self._shown(region, bound):
                continue
            if bound and kind == "identity":
                template = template.replace("$(base)s/identity/", f"$(base)s/identity/{quote(bound, safe='')}/")
            shown = services.setdefault(service_id, {"id": service_id, "type": kind, "name": name, "endpoints": []})
            url = address(template, root, project_id, user_id)
            if url is not None:
                endpoint = {
                    "id": endpoint_id,
                    "interface": interface,
                    "region_id": region,
                    "region": region,
                    "url": url,
                }
                shown["endpoints"].append(endpoint)
        return list(services.values())
