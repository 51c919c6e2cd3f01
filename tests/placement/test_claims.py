"""Claims and releases: never over capacity, never lost, however many ask at once."""

import threading
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stacklab.core.db.database import proxy, row, rows, transaction
from stacklab.core.errors import BadRequest, Conflict
from stacklab.placement.service import Allocation, Inventory, NoValidHost, Placement

SMALL = {"VCPU": 1, "MEMORY_MB": 512, "DISK_GB": 1}


def test_a_claim_is_counted_and_given_back(placement: Placement, host: str) -> None:
    assert placement.claim("s1", "p1", "u1", SMALL) == host
    assert placement.usages(host) == SMALL
    assert placement.allocations() == {"s1": Allocation(host, "p1", "u1", SMALL)}
    placement.release("s1")
    placement.release("s1")
    assert placement.usages(host) == dict.fromkeys(SMALL, 0)
    assert placement.allocations() == {}


def test_claiming_again_is_the_same_claim(placement: Placement, host: str) -> None:
    assert [placement.claim("s1", "p1", "u1", SMALL) for _ in range(2)] == [host, host]
    assert placement.usages(host) == SMALL
    with pytest.raises(Conflict):
        placement.claim("s1", "p1", "u1", {**SMALL, "VCPU": 2})


def test_a_resource_of_which_none_is_wanted_is_left_out(placement: Placement, host: str) -> None:
    placement.claim("s1", "p1", "u1", {"VCPU": 1, "DISK_GB": 0})
    assert placement.allocations()["s1"].resources == {"VCPU": 1}
    for nothing in ({}, {"VCPU": 0}, {"VCPU": -1}):
        with pytest.raises(BadRequest):
            placement.claim("s2", "p1", "u1", nothing)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"MEMORY_MB": 4097}, "Not enough MB of memory: 4097 asked for, 4096 of 4096 left."),
        ({"VCPU": 9}, "One server can have 1 to 8 vCPUs on this host; 9 were asked for."),
        ({"DISK_GB": 51}, "One server can have 1 to 50 GB of disk on this host; 51 were asked for."),
        ({"VGPU": 1}, "There are not enough hosts available."),
    ],
)
def test_a_refusal_says_what_is_short(placement: Placement, host: str, wanted: dict[str, int], words: str) -> None:
    with pytest.raises(NoValidHost) as refused:
        placement.claim("s1", "p1", "u1", wanted)
    assert refused.value.message == f"No valid host was found. {words}"
    assert placement.allocations() == {}
    assert set(placement.usages(host).values()) == {0}


def test_the_emptiest_host_is_taken(placement: Placement, host: str) -> None:
    other = "99999999-2222-4333-8444-555555555555"
    placement.ensure_provider(
        other, "host-2", {"VCPU": Inventory(8), "MEMORY_MB": Inventory(4096), "DISK_GB": Inventory(50)}
    )
    assert Counter(placement.claim(f"s{n}", "p", "u", {"VCPU": 1}) for n in range(16)) == {host: 8, other: 8}
    with pytest.raises(NoValidHost, match="0 of 8 left"):
        placement.claim("one more", "p", "u", {"VCPU": 1})


def test_a_claim_goes_with_the_callers_transaction(placement: Placement, host: str) -> None:
    with pytest.raises(KeyError), transaction():
        placement.claim("s1", "p1", "u1", SMALL)
        raise KeyError
    assert placement.allocations() == {}
    assert placement.usages(host) == dict.fromkeys(SMALL, 0)


def test_inventories_change_and_usage_stays(placement: Placement, host: str) -> None:
    placement.claim("s1", "p1", "u1", SMALL)
    before = row("SELECT generation FROM placement_providers")
    smaller = {"VCPU": Inventory(1), "MEMORY_MB": Inventory(512), "DISK_GB": Inventory(1)}
    placement.ensure_provider(host, "renamed", smaller)
    after = row("SELECT generation FROM placement_providers")
    placement.ensure_provider(host, "renamed", smaller)
    assert row("SELECT generation FROM placement_providers") == after != before
    assert placement.usages(host) == SMALL
    with pytest.raises(NoValidHost):
        placement.claim("s2", "p1", "u1", {"VCPU": 1})
    with pytest.raises(Conflict):
        placement.ensure_provider(host, "renamed", {"VCPU": Inventory(1)})
    with pytest.raises(Conflict):
        placement.ensure_provider("another", "renamed", {})


def test_sixteen_at_once_never_get_more_than_there_is(placement: Placement, host: str) -> None:
    """Each thread tries ten servers; eight vCPUs are there."""
    won: list[str] = []
    start = threading.Barrier(16)

    def ask(thread: int) -> None:
        start.wait()
        for n in range(10):
            consumer = f"{thread}-{n}"
            try:
                placement.claim(consumer, "p", "u", {"VCPU": 1})
                won.append(consumer)
            except NoValidHost:
                continue
        proxy.close()

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 8
    assert set(placement.allocations()) == set(won)
    assert placement.usages(host)["VCPU"] == 8


def test_a_claim_costs_the_same_with_many_consumers(placement: Placement) -> None:
    """Every statement of a claim and a release finds its rows by an index."""
    plans = [
        "SELECT * FROM placement_consumers AS c JOIN placement_allocations AS a ON a.consumer_id = c.id WHERE c.id = ?",
        "DELETE FROM placement_allocations WHERE consumer_id = ?",
        "UPDATE placement_inventories SET used = 1 WHERE provider_id = ? AND class = 'VCPU'",
    ]
    for sql in plans:
        assert not [step for *_, step in rows(f"EXPLAIN QUERY PLAN {sql}", ("x",)) if step.startswith("SCAN")]


steps = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 5), st.integers(0, 2048), st.integers(0, 60)), max_size=30
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_usage_is_the_sum_of_what_is_held(
    placement: Placement, host: str, steps: list[tuple[str, int, int, int]]
) -> None:
    """Any sequence of claims and releases: the kept sums equal the rows, and stay within capacity."""
    for consumer in "abcdef":
        placement.release(consumer)
    for consumer, vcpu, memory, disk in steps:
        wanted = {"VCPU": vcpu, "MEMORY_MB": memory, "DISK_GB": disk}
        held = placement.allocations()
        try:
            placement.claim(consumer, "p", "u", wanted)
        except (NoValidHost, Conflict, BadRequest):
            assert placement.allocations() == held
            placement.release(consumer)
        total: Counter[str] = Counter()
        for one in placement.allocations().values():
            total.update(one.resources)
        used = placement.usages(host)
        assert used == {kind: total[kind] for kind in used}
        assert used["VCPU"] <= 8
        assert used["MEMORY_MB"] <= 4096
        assert used["DISK_GB"] <= 100
