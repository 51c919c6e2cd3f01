"""Firewall tables as values, and the nft text that creates them or turns one into another in a single transaction.

A table is sets, maps and chains. Everything that varies with the plan is an element of a set or map, or a chain named
after its content; so a change of one port is a handful of commands, whatever the size of the table.
Every rule carries a digest of its own text as comment: the kernel lists rules rephrased, the digest comes back as sent.
"""

import hashlib
from collections.abc import Iterator

from msgspec import Struct

Key = tuple[str, str]  # family, name


def digest(text: str) -> str:
    """Ten hex digits that stand for a text in names and comments."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


class NftSet(Struct, frozen=True):
    """A set, or a map when `values` names the type it leads to. Elements are key → value ("" in a set)."""

    name: str
    type: str
    elements: dict[str, str]
    values: str = ""
    interval: bool = False

    @property
    def kind(self) -> str:
        return "map" if self.values else "set"

    def declaration(self) -> str:
        flags = "flags interval; " if self.interval else ""
        return f"{{ type {self.type}{' : ' + self.values if self.values else ''}; {flags}}}"

    def shape(self) -> tuple[str, str, bool]:
        return self.type, self.values, self.interval


class Hook(Struct, frozen=True):
    """Where a base chain sits: `type` filter or nat, the hook's name, its priority as a number."""

    type: str
    hook: str
    priority: int

    def declaration(self) -> str:
        return f"{{ type {self.type} hook {self.hook} priority {self.priority}; policy accept; }}"


class Chain(Struct, frozen=True):
    """Rules in order; with a hook, where packets enter the table."""

    name: str
    rules: tuple[str, ...]
    hook: Hook | None = None

    def declaration(self) -> str:
        return self.hook.declaration() if self.hook else ""

    def marks(self) -> list[str]:
        """The comments that a listing of this chain must show, in order."""
        return [digest(rule) for rule in self.rules]


class Table(Struct, frozen=True):
    """One table of ours in one nft family."""

    family: str
    name: str
    sets: dict[str, NftSet]
    chains: dict[str, Chain]

    @property
    def key(self) -> Key:
        return self.family, self.name

    def __str__(self) -> str:
        return f"{self.family} {self.name}"


def table(family: str, name: str, sets: list[NftSet], chains: list[Chain]) -> Table:
    return Table(family, name, {each.name: each for each in sets}, {each.name: each for each in chains})


def render_removal(key: Key) -> str:
    """Commands that remove a table whether it exists or not."""
    family, name = key
    return f"add table {family} {name}\ndelete table {family} {name}\n"


def render_fresh(tables: tuple[Table, ...]) -> str:
    """Commands that replace each table whole."""
    return "".join(render_removal(each.key) + "\n".join(_creation(each)) + "\n" for each in tables)


def render_change(old: tuple[Table, ...], new: tuple[Table, ...]) -> str:
    """Commands from `old` to `new`, "" when they are equal. Tables that are not alike enough are replaced whole."""
    had = {each.key: each for each in old}
    text = "".join(render_removal(key) for key in had.keys() - {each.key for each in new})
    for each in new:
        before = had.get(each.key)
        if before is None or not _alike(before, each):
            text += render_fresh((each,))
        elif before != each:
            text += "\n".join(_change(before, each)) + "\n"
    return text


def _alike(old: Table, new: Table) -> bool:
    """Sets cannot change their type nor chains their hook while they live."""
    sets, chains = old.sets.keys() & new.sets.keys(), old.chains.keys() & new.chains.keys()
    return all(new.sets[name].shape() == old.sets[name].shape() for name in sets) and all(
        new.chains[name].hook == old.chains[name].hook for name in chains
    )


def _creation(new: Table) -> Iterator[str]:
    yield f"add table {new}"
    yield from _change(Table(new.family, new.name, {}, {}), new)


def _change(old: Table, new: Table) -> Iterator[str]:
    """Sets before the rules that look into them, chains before the elements that jump to them; away in reverse."""
    for name in new.sets.keys() - old.sets.keys():
        yield f"add {new.sets[name].kind} {new} {name} {new.sets[name].declaration()}"
    for name in new.chains.keys() - old.chains.keys():
        yield f"add chain {new} {name} {new.chains[name].declaration()}"
    for name, chain in new.chains.items():
        before = old.chains.get(name)
        if before != chain:
            yield from _rules(new, chain, known=before is not None)
    for name, each in new.sets.items():
        yield from _elements(new, each, old.sets[name].elements if name in old.sets else {})
    for name in old.chains.keys() - new.chains.keys():
        yield f"flush chain {new} {name}"
    for name in old.sets.keys() - new.sets.keys():
        yield f"flush {old.sets[name].kind} {new} {name}"
    for name in old.chains.keys() - new.chains.keys():
        yield f"delete chain {new} {name}"
    for name in old.sets.keys() - new.sets.keys():
        yield f"delete {old.sets[name].kind} {new} {name}"


def _rules(where: Table, chain: Chain, *, known: bool) -> Iterator[str]:
    if known:
        yield f"flush chain {where} {chain.name}"
    for rule in chain.rules:
        yield f'add rule {where} {chain.name} {rule} comment "{digest(rule)}"'


def _elements(where: Table, each: NftSet, before: dict[str, str]) -> Iterator[str]:
    gone = [key for key, value in before.items() if each.elements.get(key) != value]
    fresh = [f"{key} : {value}" if value else key for key, value in each.elements.items() if before.get(key) != value]
    if gone:
        yield f"delete element {where} {each.name} {{ {', '.join(gone)} }}"
    if fresh:
        yield f"add element {where} {each.name} {{ {', '.join(fresh)} }}"
