"""The firewall as the driver keeps it: what was committed last, and whether the kernel still has just that."""

from stacklab.host.network import nft
from stacklab.host.network.drift import firewall_drift
from stacklab.host.network.firewall import TABLES
from stacklab.host.network.plan import Drift
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
        commands = render_change(self._committed, tables) if before == self._generation else _whole(tables)
        nft.commit(commands)
        after = nft.generation()
        self._committed = tables
        # More than our one transaction means that somebody else's came between: do not vouch for the result.
        self._generation = after if after - before == (1 if commands else 0) else None

    def drift(self, tables: tuple[Table, ...]) -> list[Drift]:
        """How the kernel's ruleset differs from these tables; a glance when nothing was committed since ours."""
        if tables == self._committed and nft.generation() == self._generation:
            return []
        return firewall_drift(tables, TABLES, nft.listing())

    def remove(self) -> None:
        nft.commit("".join(map(render_removal, TABLES)))
        self._committed, self._generation = (), None


def _whole(tables: tuple[Table, ...]) -> str:
    present = {each.key for each in tables}
    return "".join(render_removal(key) for key in TABLES if key not in present) + render_fresh(tables)
