"""The roles and what each implies, in memory: a dozen rows that every authentication needs."""

from collections.abc import Iterable

from stacklab.core.db.database import after_commit, rows


class RoleBook:
    """Read from the database when first asked and after every change."""

    def __init__(self) -> None:
        self._names: dict[str, str] | None = None
        self._implied: dict[str, list[str]] = {}
        self._domains: frozenset[str] = frozenset()

    def changed(self) -> None:
        """Read again once the surrounding transaction commits."""
        after_commit(self._forget)

    def _forget(self) -> None:
        self._names = None

    def names(self) -> dict[str, str]:
        """Role id → name."""
        found = self._names
        if found is None:
            implied: dict[str, list[str]] = {}
            for prior, follows in rows("SELECT prior_id, implied_id FROM identity_implied_roles"):
                implied.setdefault(prior, []).append(follows)
            found = dict(rows("SELECT id, name FROM identity_roles"))
            self._domains = frozenset(r[0] for r in rows("SELECT id FROM identity_roles WHERE domain_id <> ''"))
            self._implied, self._names = implied, found
        return found

    def expand(self, role_ids: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """(id, name) of these roles and all they imply, each once; loops end.

        A role of a domain stands for what it implies and is not shown itself (Keystone's rule).
        """
        names = self.names()
        seen: dict[str, str] = {}
        queue = list(role_ids)
        while queue:
            role = queue.pop(0)
            if role not in seen and role in names:
                seen[role] = names[role]
                queue += self._implied.get(role, [])
        return tuple((role, name) for role, name in seen.items() if role not in self._domains)
