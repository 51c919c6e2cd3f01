"""Addresses: none is handed out twice, none is lost, and finding one does not walk through the used ones."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stacklab.core import ids
from stacklab.core.db.database import proxy, rows, transaction
from stacklab.networks import addresses, store
from stacklab.networks.model import Network, Subnet

OWNER = "0123456789abcdef0123456789abcde0"


@pytest.fixture
def make(database: Callable[..., None]) -> Callable[..., Subnet]:
    database("stacklab.networks")

    def subnet(cidr: str, *pools: tuple[str, str]) -> Subnet:
        with transaction():
            network = store.insert(
                Network(id=ids.new_uuid(), project_id=OWNER, name="n", shared=True, external=False, mtu=1500)
            )
            made = store.insert(
                Subnet(
                    id=ids.new_uuid(),
                    project_id=OWNER,
                    network_id=network.id,
                    name="s",
                    cidr=cidr,
                    gateway_ip=str(IPv4Address(cidr.split("/")[0]) + 1),
                    enable_dhcp=True,
                    pools=msgspec.json.encode(pools).decode(),
                    dns="[]",
                )
            )
            addresses.open_pools(made)
        return made

    return subnet


def free(subnet: Subnet) -> list[tuple[str, str]]:
    listed = rows("SELECT first, last FROM free_ranges WHERE subnet_id = ? ORDER BY first", (subnet.id,))
    return [(str(IPv4Address(first)), str(IPv4Address(last))) for first, last in listed]


def test_every_address_of_the_pool_once_and_then_none(make: Callable[..., Subnet]) -> None:
    subnet = make("10.0.0.0/29", ("10.0.0.2", "10.0.0.6"))
    with transaction():
        taken = [addresses.take_any(subnet, f"p{n}") for n in range(6)]
    assert taken[-1] is None
    assert {held.ip for held in taken if held} == {f"10.0.0.{n}" for n in range(2, 7)}
    assert free(subnet) == []


def test_what_is_given_back_joins_its_neighbours(make: Callable[..., Subnet]) -> None:
    subnet = make("10.0.0.0/28", ("10.0.0.2", "10.0.0.14"))
    for ip in ("10.0.0.5", "10.0.0.7", "10.0.0.6"):
        with transaction():
            assert addresses.take(subnet, ip, ip)
    assert free(subnet) == [("10.0.0.2", "10.0.0.4"), ("10.0.0.8", "10.0.0.14")]
    for ip in ("10.0.0.6", "10.0.0.5", "10.0.0.7"):
        with transaction():
            addresses.give_back(ip, {subnet.id: subnet})
    assert free(subnet) == [("10.0.0.2", "10.0.0.14")]


def test_an_address_outside_the_pool_can_be_asked_for_and_never_enters_it(make: Callable[..., Subnet]) -> None:
    subnet = make("10.0.0.0/24", ("10.0.0.100", "10.0.0.110"))
    with transaction():
        assert addresses.take(subnet, "10.0.0.50", "p")
        assert addresses.take(subnet, "10.0.0.50", "q") is None
        assert addresses.take(subnet, "10.0.0.1", "q") is None, "the gateway is the host's"
        addresses.give_back("p", {subnet.id: subnet})
    assert free(subnet) == [("10.0.0.100", "10.0.0.110")]


@pytest.mark.parametrize(
    ("ip", "usable"),
    [("10.0.0.0", False), ("10.0.0.1", True), ("10.0.0.254", True), ("10.0.0.255", False), ("10.0.1.1", False)],
)
def test_host_addresses_of_a_range(make: Callable[..., Subnet], ip: str, usable: bool) -> None:
    assert addresses.usable(make("10.0.0.0/24", ("10.0.0.2", "10.0.0.9")), ip) is usable


def test_threads_racing_for_the_last_addresses(make: Callable[..., Subnet]) -> None:
    subnet = make("10.0.0.0/27", ("10.0.0.2", "10.0.0.21"))

    def grab(number: int) -> str | None:
        try:
            with transaction():
                held = addresses.take_any(subnet, f"p{number}")
            return held.ip if held else None
        finally:
            proxy.close()

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(grab, range(40)))
    won = [ip for ip in taken if ip]
    assert len(won) == len(set(won)) == 20


def test_a_nearly_full_pool_costs_no_more_than_an_empty_one(make: Callable[..., Subnet]) -> None:
    """The query plan says so: the look-up walks an index to one row."""
    make("10.0.0.0/29", ("10.0.0.2", "10.0.0.6"))
    plan = " ".join(str(row[3]) for row in rows(f"EXPLAIN QUERY PLAN {addresses.AFTER}", ("s", 0)))
    assert "SEARCH free_ranges USING" in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 30), steps=st.lists(st.integers(0, 9), max_size=60))
def test_used_and_free_always_make_up_the_pool(make: Callable[..., Subnet], seed: int, steps: list[int]) -> None:
    pool = [("10.0.0.2", "10.0.0.6"), ("10.0.0.10", "10.0.0.14")]
    subnet = make("10.0.0.0/28", *pool)
    whole = {*range(2, 7), *range(10, 15)}
    random.seed(seed)
    held: list[str] = []
    for number, step in enumerate(steps):
        with transaction():
            if step < 6:
                if addresses.take_any(subnet, f"{subnet.id}/{number}"):
                    held.append(f"{subnet.id}/{number}")
            elif held:
                addresses.give_back(held.pop(step % len(held)), {subnet.id: subnet})
        used = {n & 255 for (n,) in rows("SELECT number FROM addresses WHERE subnet_id = ?", (subnet.id,))}
        left = {n for first, last in free(subnet) for n in range(int(first[7:]), int(last[7:]) + 1)}
        assert used | left == whole
        assert not used & left
        assert len(used) == len(held)
