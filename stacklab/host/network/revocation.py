"""What a new ruleset takes away from an old one, as the ends of the connections that must be asked again."""

from collections.abc import Iterator

from stacklab.host.network.conntrack import End
from stacklab.host.network.firewall import FILTER, NAT
from stacklab.host.network.rules import GROUP_PREFIX
from stacklab.host.network.ruleset import Table

Ends = set[tuple[End, str]]


def revoked(old: tuple[Table, ...], new: tuple[Table, ...]) -> Ends:
    """Empty when nothing is taken away; a rule or a port more severs nobody."""
    before, after = ({each.key: each for each in tables} for tables in (old, new))
    if FILTER not in before or FILTER not in after:
        return set()
    filters, nats = (before[FILTER], after[FILTER]), (before[NAT], after[NAT])
    return {*_rules(*filters), *_members(*filters), *_floating(*nats)}


def _rules(old: Table, new: Table) -> Iterator[tuple[End, str]]:
    for direction, end in (("ingress", End.ANSWERER), ("egress", End.CALLER)):
        for address, verdict in old.sets[direction].elements.items():
            if _taken_away(old, verdict, new, new.sets[direction].elements.get(address)):
                yield end, address


def _taken_away(old: Table, before: str, new: Table, after: str | None) -> bool:
    """Whether some rule that this verdict led to is not behind the new one. An "accept" is every rule."""
    if before == after or after == "accept":
        return False
    if after is None or before == "accept":
        return True
    had, has = (table.chains[verdict.removeprefix("jump ")].rules for table, verdict in ((old, before), (new, after)))
    return not set(had) <= set(has)


def _members(old: Table, new: Table) -> Iterator[tuple[End, str]]:
    """Who left a group that rules name may no longer call, and be called, on its account."""
    for name in old.sets.keys() & new.sets.keys():
        if name.startswith(GROUP_PREFIX):
            for address in old.sets[name].elements.keys() - new.sets[name].elements.keys():
                yield End.CALLER, address
                yield End.ANSWERER, address


def _floating(old: Table, new: Table) -> Iterator[tuple[End, str]]:
    now = new.sets["floating_in"].elements
    for address, fixed in old.sets["floating_in"].elements.items():
        if now.get(address) != fixed:
            yield End.CALLED, address
            yield End.CALLER, fixed
