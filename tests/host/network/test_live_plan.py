"""A plan changed in place is the plan that would have been applied, whatever the changes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stacklab.host.network.live import LivePlan, normal
from stacklab.host.network.plan import (
    ExternalNeed,
    FloatingNeed,
    NetworkError,
    NetworkNeed,
    NetworkPlan,
    PlanChange,
    PortNeed,
    RuleNeed,
    SubnetPlan,
)
from stacklab.host.network.simulated import SimulatedNetwork
from stacklab.host.network.validate import validate

EMPTY = NetworkPlan(
    (NetworkNeed("net", "sl-btest", 1450, (SubnetPlan("10.77.0.0/28", "10.77.0.1"),)),),
    ExternalNeed("out", "sl-xtest", "10.88.0.0/24", "10.88.0.1"),
)
names = st.sampled_from(["p1", "p2", "p3", "p4"])
groups = st.lists(st.sampled_from(["web", "db", "ops"]), unique=True, max_size=2).map(tuple)
addresses = st.lists(st.integers(2, 7).map("10.77.0.{}".format), unique=True, max_size=2).map(tuple)
rules = st.lists(
    st.sampled_from([RuleNeed("egress"), RuleNeed("ingress", remote_group="web"), RuleNeed("ingress", "tcp", 1, 2)]),
    unique=True,
).map(tuple)


@st.composite
def changes(draw: st.DrawFn) -> PlanChange:
    """Some ports come, change or go; they may well want what another has."""
    put = [
        PortNeed(name, f"sl-t{name}", "net", f"52:54:00:00:00:0{name[1]}", draw(addresses), "vm", draw(rules))
        for name in draw(st.lists(names, unique=True, max_size=2))
    ]
    floating = [
        FloatingNeed(f"10.88.0.{draw(st.integers(2, 5))}", address)
        for port in put
        for address in port.addresses
        if draw(st.booleans())
    ]
    members = {port.id: draw(groups) for port in put}
    return PlanChange(tuple(put), tuple(draw(st.lists(names, max_size=2))), members, tuple(floating))


def changed(plan: NetworkPlan, change: PlanChange) -> NetworkPlan:
    """What a change means, written down the slow way."""
    touched = {*change.removed, *(port.id for port in change.put)}
    freed = {address for port in plan.ports if port.id in touched for address in port.addresses}
    members = {group: set(held) - freed for group, held in plan.groups.items()}
    for port in change.put:
        for group in change.members[port.id]:
            members.setdefault(group, set()).update(port.addresses)
        for rule in port.rules:
            members.setdefault(rule.remote_group or "nobody", set())
    return replace(
        plan,
        ports=(*(port for port in plan.ports if port.id not in touched), *change.put),
        floating=(*(need for need in plan.floating if need.fixed not in freed), *change.floating),
        groups={group: tuple(held) for group, held in members.items()},
    )


def valid(plan: NetworkPlan) -> bool:
    try:
        validate(plan)
    except NetworkError:
        return False
    return True


@given(st.lists(changes(), max_size=12))
def test_any_changes_equal_the_last_plan(listed: list[PlanChange]) -> None:
    live, plan = LivePlan(EMPTY), EMPTY
    for change in listed:
        after = changed(plan, change)
        try:
            live.check(change)
        except NetworkError:
            assert not valid(after)
            continue
        assert valid(after)
        assert live.differs(change) == (normal(after) != normal(plan))
        live.change(change)
        plan = after
        assert live.freeze() == normal(plan)


@given(st.lists(changes(), max_size=8), st.integers(0, 400))
def test_a_journal_cut_off_anywhere_is_a_plan_there_was(
    tmp_path_factory: pytest.TempPathFactory, listed: list[PlanChange], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("net")
    driver = SimulatedNetwork(folder)
    driver.apply(EMPTY)
    seen = [driver.planned()]
    for change in listed:
        try:
            driver.change(change)
        except NetworkError:
            continue
        seen.append(driver.planned())
    assert SimulatedNetwork(folder).planned() == seen[-1]
    journal = folder / "plan.changes"
    if journal.exists():
        journal.write_bytes(journal.read_bytes()[: -cut or None])
    after = SimulatedNetwork(folder)
    assert after.planned() in seen
    after.apply(seen[-1])
    assert after.audit() == []
    assert SimulatedNetwork(folder).planned() == seen[-1]


def port(number: int) -> PortNeed:
    mac = f"52:54:00:00:00:{number:02x}"
    return PortNeed(f"p{number}", f"sl-t{number}", "net", mac, (f"10.77.0.{number}",), "vm", ())


def test_a_journal_of_another_plan_does_not_count(tmp_path: Path) -> None:
    """Killed between writing the plan and taking the old journal away."""
    driver = SimulatedNetwork(tmp_path)
    driver.apply(EMPTY)
    driver.change(PlanChange((port(2),)))
    old = (tmp_path / "plan.changes").read_bytes()
    driver.apply(replace(EMPTY, ports=(port(3),)))
    assert not (tmp_path / "plan.changes").exists()
    (tmp_path / "plan.changes").write_bytes(old)
    assert SimulatedNetwork(tmp_path).planned().ports == (port(3),)
    assert driver.audit() == []


def test_a_long_journal_becomes_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stacklab.host.network.store.ENOUGH", 2000)
    driver = SimulatedNetwork(tmp_path)
    driver.apply(EMPTY)
    for number in range(40):
        driver.change(PlanChange((port(2 + number % 12),), (f"p{2 + (number + 6) % 12}",)))
    assert (tmp_path / "plan.changes").stat().st_size < 3000
    assert SimulatedNetwork(tmp_path).planned() == driver.planned()
    assert len(driver.planned().ports) > 1
    assert driver.audit() == []


def test_a_journal_changed_by_hand_is_drift_that_apply_repairs(tmp_path: Path) -> None:
    driver = SimulatedNetwork(tmp_path)
    plan = replace(EMPTY, ports=(port(2),))
    driver.apply(EMPTY)
    driver.change(PlanChange((port(2),)))
    assert driver.audit() == []
    (tmp_path / "plan.changes").write_text("")
    assert [drift.what for drift in driver.audit()] == ["the simulated machine's ports differ from the plan"]
    driver.apply(plan)
    assert driver.audit() == []
    assert SimulatedNetwork(tmp_path).planned() == plan
