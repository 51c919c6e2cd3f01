"""The roles and what each implies, in memory: a dozen rows that every authentication needs."""

from collections.abc import Iterable

from msgspec import Struct, field

from stacklab.core.db.database import after_commit, rows


class _Page(Struct, frozen=True):
    """All roles at one moment: id → name, id → the domain of those that have one, id → the ids it implies at once."""

    names: dict[str, str] = field(default_factory=dict)
    domains: dict[str, str] = field(default_factory=dict)
    implied: dict[str, list[str]] = field(default_factory=dict)


class RoleBook:
    """Read from the database when first asked and after every change."""

    def __init__(self) -> None:
        self._page: _Page | None = None
        self._changes = 0

    def changed(self) -> None:
        """Read again once the surrounding transaction commits."""
        after_commit(self._forget)

    def _forget(self) -> None:
        self._changes += 1
        self._page = None

    def _open(self) -> _Page:
        found = self._page
        if found is None:
            found, changes = _Page(), self._changes
            for role_id, name, domain_id in rows("SELECT id, name, domain_id FROM identity_roles"):
                found.names[role_id] = name
                if domain_id:
                    found.domains[role_id] = domain_id
            for prior, follows in rows("SELECT prior_id, implied_id FROM identity_implied_roles ORDER BY implied_id"):
                found.implied.setdefault(prior, []).append(follows)
            if changes == self._changes:  # else it may be of before a change, and would stay
                self._page = found
        return found

    def names(self) -> dict[str, str]:
        """Role id → name."""
        return self._open().names

    def domains(self) -> dict[str, str]:
        """Role id → domain id, of the roles that belong to a domain."""
        return self._open().domains

    def expand(self, role_ids: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """(id, name) of these roles and all they imply, each once; loops end.

        A role of a domain stands for what it implies and is not shown itself (Keystone's rule).
        """
        page = self._open()
        seen: dict[str, str] = {}
        queue = list(role_ids)
        while queue:
            role = queue.pop(0)
            if role not in seen and role in page.names:
                seen[role] = page.names[role]
                queue += page.implied.get(role, [])
        return tuple((role, name) for role, name in seen.items() if role not in page.domains)

    def worn(self, role_id: str) -> tuple[tuple[str, str | None], ...]:
        """What an assignment of this role amounts to: (role id, the role that implies it; None for the role itself).

        One that is implied by several is there once for each; roles of domains are left out.
        """
        page = self._open()
        found: dict[tuple[str, str | None], None] = {}
        queue: list[tuple[str, str | None]] = [(role_id, None)]
        while queue:
            pair = queue.pop(0)
            if pair not in found:
                found[pair] = None
                queue += [(implied, pair[0]) for implied in page.implied.get(pair[0], [])]
        return tuple(pair for pair in found if pair[0] not in page.domains)

    def sources(self, role_id: str) -> list[str]:
        """The roles whose holders have this one: itself and all that imply it."""
        return [source for source in self._open().names if any(role == role_id for role, _ in self.worn(source))]
