"""Compare nft's listing of the kernel's ruleset with the tables that ought to be there."""

from collections.abc import Iterator
from typing import Any

from stacklab.host.network.plan import Drift
from stacklab.host.network.ruleset import Chain, Key, NftSet, Table, digest

Listing = list[dict[str, Any]]


def firewall_drift(wanted: tuple[Table, ...], ours: tuple[Key, ...], found: Listing) -> list[Drift]:
    """Every difference in the tables called `ours`, in words; other programs' tables are theirs."""
    present = {(item["table"]["family"], item["table"]["name"]) for item in found if "table" in item}
    expected = {each.key for each in wanted}
    drifts = [Drift(f"firewall: table {' '.join(key)} should not exist") for key in ours if key in present - expected]
    for each in wanted:
        if each.key in present:
            drifts += map(Drift, _table(each, [item for item in found if _belongs(item, each)]))
        else:
            drifts.append(Drift(f"firewall: table {each} is missing"))
    return drifts


def _belongs(item: dict[str, Any], owner: Table) -> bool:
    body = next(iter(item.values()))
    return (body.get("family"), body.get("table")) == owner.key


def _table(wanted: Table, found: Listing) -> Iterator[str]:
    sets = {body["name"]: body for item in found for kind, body in item.items() if kind in ("set", "map")}
    chains = {item["chain"]["name"]: item["chain"] for item in found if "chain" in item}
    rules: dict[str, list[str]] = {name: [] for name in chains}
    for item in found:
        if "rule" in item:
            rules[item["rule"]["chain"]].append(item["rule"].get("comment", ""))
    yield from _names(wanted, "set", wanted.sets, sets)
    yield from _names(wanted, "chain", wanted.chains, chains)
    for name in wanted.sets.keys() & sets.keys():
        yield from _elements(wanted, wanted.sets[name], sets[name])
    for name in wanted.chains.keys() & chains.keys():
        yield from _chain(wanted, wanted.chains[name], chains[name], rules[name])


def _names(wanted: Table, what: str, expected: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    for name in sorted(expected.keys() - found.keys()):
        yield f"firewall: {what} {name} of {wanted} is missing"
    for name in sorted(found.keys() - expected.keys()):
        yield f"firewall: {what} {name} of {wanted} is not ours"


def _chain(wanted: Table, chain: Chain, body: dict[str, Any], comments: list[str]) -> Iterator[str]:
    where = f"chain {chain.name} of {wanted}"
    hook = chain.hook
    expected = (hook.type, hook.hook, hook.priority, "accept") if hook else (None, None, None, None)
    if (body.get("type"), body.get("hook"), body.get("prio"), body.get("policy")) != expected:
        yield f"firewall: {where} is not where it belongs"
    if comments == chain.marks():
        return
    lost = [rule for rule in chain.rules if digest(rule) not in comments]
    for rule in lost:
        yield f"firewall: {where} lost the rule '{rule}'"
    if not lost:
        yield f"firewall: {where} has rules that are not ours, or in another order"


def _elements(wanted: Table, each: NftSet, body: dict[str, Any]) -> Iterator[str]:
    found = dict(_element(item) for item in body.get("elem", []))
    for key in sorted(each.elements.keys() - found.keys()):
        yield f"firewall: {key} is missing in {each.kind} {each.name} of {wanted}"
    for key in sorted(found.keys() - each.elements.keys()):
        yield f"firewall: {key} does not belong in {each.kind} {each.name} of {wanted}"
    for key in sorted(each.elements.keys() & found.keys()):
        if each.elements[key] != found[key]:
            yield f"firewall: {key} in {each.kind} {each.name} of {wanted} leads to the wrong place"


def _element(item: Any) -> tuple[str, str]:
    """(key, value) as `NftSet.elements` writes them; a map's element comes as [key, value]."""
    return (_text(item[0]), _text(item[1])) if isinstance(item, list) else (_text(item), "")


def _text(value: Any) -> str:
    """nft's JSON expression → the text it was made from (the few kinds that our sets hold)."""
    if not isinstance(value, dict):
        return str(value)
    kind, body = next(iter(value.items()))
    if kind == "elem":
        return _text(body["val"])
    if kind == "concat":
        return " . ".join(map(_text, body))
    if kind == "prefix":
        return f"{body['addr']}/{body['len']}"
    if kind == "range":
        return "-".join(map(_text, body))
    if kind in ("jump", "goto"):
        return f"{kind} {body['target']}"
    return str(kind)  # accept, drop, return: a verdict without a body
