"""The firewall as the driver keeps it: what was committed last, and whether the kernel still has just that."""

from stacklab.host.network import nft
from stacklab.host.network.drift import firewall_drift
from stacklab.host.network.firewall import TABLES
from stacklab.host.network.plan import Drift, NetworkError
from stacklab.host.network.ruleset import Table, render_change, render_fresh, render_removal


class Wall:
    """Not thread-safe: the driver's lock is held around every call."""

    def __init__(self) -> None:
        self._committed: tuple[Table, ...] = ()
        self._generation: int | None = None  # the kernel's, right after our commit; None: we cannot vouch for it

    @property
    def committed(self) -> tuple[Table, ...]:
        return self._committed

    def commit(self, tables: tuple[Table, ...]) -> None:
        """Make the kernel's tables equal to these in one transaction.

        Only the difference is sent while nobody else has changed the ruleset since our last commit (the kernel counts
        the transactions); otherwise our tables are replaced whole, which repairs whatever was done to them.
        """
        before = nft.generation()
        changed = self._change(tables) if before == self._generation else _commit(_whole(tables))
        after = nft.generation()
        self._committed = tables
        # More than our one transaction means that somebody else's came between: do not vouch for the result.
        self._generation = after if after - before == int(changed) else None

    def _change(self, tables: tuple[Table, ...]) -> bool:
        """Send the difference; where it does not fit, somebody was quicker than our look: replace all."""
        try:
            return _commit(render_change(self._committed, tables))
        except NetworkError:
            return _commit(_whole(tables))

    def drift(self, tables: tuple[Table, ...]) -> list[Drift]:
        """How the kernel's ruleset differs from these tables; a glance when nothing was committed since we looked."""
        now = nft.generation()
        if tables == self._committed and now == self._generation:
            return []
        found = firewall_drift(tables, TABLES, nft.listing())
        if not found:
            self._committed, self._generation = tables, now
        return found

    def remove(self) -> None:
        nft.commit("".join(map(render_removal, TABLES)))
        self._committed, self._generation = (), None


def _commit(commands: str) -> bool:
    """Whether there was anything to send."""
    nft.commit(commands)
    return bool(commands)


def _whole(tables: tuple[Table, ...]) -> str:
    present = {each.key for each in tables}
    return "".join(render_removal(key) for key in TABLES if key not in present) + render_fresh(tables)
