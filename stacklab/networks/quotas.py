"""How much of each resource a project may have, and the check that goes in the same transaction as a create."""

from msgspec import Struct

from stacklab.core.db.database import change, row, rows
from stacklab.core.settings import Quota
from stacklab.networks import refusals

COUNTED = {
    "network": "networks",
    "subnet": "subnets",
    "port": "ports",
    "floatingip": "floating_ips",
    "security_group": "security_groups",
    "security_group_rule": "security_group_rules",
}
"""What a quota is on → the table it counts."""


class Usage(Struct, frozen=True):
    limit: int
    used: int


class Quotas:
    """`defaults` come from the settings; the table holds what an admin changed. -1 is no limit."""

    def __init__(self, settings: Quota) -> None:
        self.defaults = {
            "network": settings.networks,
            "subnet": settings.subnets,
            "port": settings.ports,
            "floatingip": settings.floating_ips,
            "security_group": settings.security_groups,
            "security_group_rule": settings.security_group_rules,
        }

    def claim(self, project_id: str, resource: str, count: int = 1) -> None:
        """Raise OverQuota (409) unless `count` more fit; inside the transaction that makes them."""
        found = row("SELECT most FROM network_quotas WHERE project_id = ? AND resource = ?", (project_id, resource))
        most = found[0] if found else self.defaults[resource]
        if most >= 0 and _used(project_id, resource) + count > most:
            raise refusals.over_quota([resource])

    def limits(self, project_id: str) -> dict[str, int]:
        changed = rows("SELECT resource, most FROM network_quotas WHERE project_id = ?", (project_id,))
        return {**self.defaults, **dict(changed)}

    def usage(self, project_id: str) -> dict[str, Usage]:
        return {name: Usage(most, _used(project_id, name)) for name, most in self.limits(project_id).items()}

    def changed(self) -> dict[str, dict[str, int]]:
        """Project → limits, of the projects whose quota differs from the default."""
        found: dict[str, dict[str, int]] = {}
        for project_id, resource, most in rows("SELECT project_id, resource, most FROM network_quotas ORDER BY 1, 2"):
            found.setdefault(project_id, dict(self.defaults))[resource] = most
        return found

    def put(self, project_id: str, limits: dict[str, int]) -> None:
        for resource, most in limits.items():
            change(
                "INSERT INTO network_quotas VALUES (?, ?, ?) "
                "ON CONFLICT (project_id, resource) DO UPDATE SET most = excluded.most",
                (project_id, resource, most),
            )

    def reset(self, project_id: str) -> int:
        """Back to the defaults; the number of limits that were changed."""
        return change("DELETE FROM network_quotas WHERE project_id = ?", (project_id,))


def _used(project_id: str, resource: str) -> int:
    found = row(f"SELECT count(*) FROM {COUNTED[resource]} WHERE project_id = ?", (project_id,))  # noqa: S608
    return int(found[0]) if found else 0
