"""Committing to the kernel, in a network namespace of its own."""

from collections.abc import Iterator

import pytest

from stacklab.host.network import nft
from stacklab.host.network.firewall import compose
from stacklab.host.network.plan import NetworkError, NetworkNeed, NetworkPlan, PortNeed, RuleNeed, SubnetPlan
from stacklab.host.network.wall import Wall
from tests.support.netlab import Machine, run

pytestmark = pytest.mark.host


def plan(ports: int) -> NetworkPlan:
    network = NetworkNeed("n", "sl-b1", 1450, (SubnetPlan("10.0.0.0/16", "10.0.0.1"),))
    return NetworkPlan((network,), ports=tuple(port(number) for number in range(ports)))


def port(number: int) -> PortNeed:
    address = f"10.0.{1 + number // 250}.{1 + number % 250}"
    mac = f"52:54:00:00:{number >> 8:02x}:{number & 255:02x}"
    rules = (RuleNeed("ingress", "tcp", 1000 + number, 1000 + number), RuleNeed("egress"))
    return PortNeed(f"p{number}", f"sl-t{number}", "n", mac, (address,), f"vm{number}", rules)


@pytest.fixture(autouse=True, params=["library", "program"])
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Both ways of reaching nftables."""
    if request.param == "program":
        monkeypatch.setattr(nft, "library", lambda: None)
    host = Machine()
    with host.entered():
        yield host
    host.destroy()


def test_growing_and_shrinking() -> None:
    wall = Wall()
    for size in (3, 30, 29, 2, 0, 5):
        tables = compose(plan(size), ["192.168.0.0/24", "172.16.9.9/32"])
        wall.commit(tables)
        assert wall.drift(tables) == []
        assert Wall().drift(tables) == [], "a listing agrees, not only our memory"


def test_internal_ranges_may_swallow_each_other() -> None:
    """As routes do; a set of intervals holds no overlaps, not even within a transaction."""
    wall = Wall()
    for internal in (["10.9.0.0/24"], ["10.9.0.0/16"], ["10.9.0.0/24", "10.9.1.0/24"], ["10.9.1.7/32"], []):
        tables = compose(plan(1), internal)
        wall.commit(tables)
        assert Wall().drift(tables) == []


def test_a_change_in_between_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody may be faster than our look at the generation: then the difference does not fit, and all is replaced."""
    wall = Wall()
    wall.commit(compose(plan(2)))
    known = nft.generation()
    run("nft", "flush", "map", "inet", "stacklab", "ingress")
    monkeypatch.setattr(nft, "generation", lambda: known)
    wall.commit(compose(plan(1)))
    monkeypatch.undo()
    assert Wall().drift(compose(plan(1))) == []


def test_a_refused_transaction_changes_nothing() -> None:
    wall = Wall()
    tables = compose(plan(2))
    wall.commit(tables)
    before = run("nft", "list", "ruleset")
    with pytest.raises(NetworkError, match="nftables refused"):
        nft.commit("add chain inet stacklab one\nadd rule inet stacklab one jump nowhere\n")
    assert run("nft", "list", "ruleset") == before


def test_others_tables_are_left_alone() -> None:
    run("nft", "add", "table", "inet", "theirs")
    wall = Wall()
    wall.commit(compose(plan(2)))
    run("nft", "add", "chain", "inet", "theirs", "c")
    wall.commit(compose(plan(3)))
    assert wall.drift(compose(plan(3))) == []
    wall.remove()
    assert run("nft", "list", "tables") == "table inet theirs\n"


def test_each_commit_is_one_generation() -> None:
    wall = Wall()
    wall.commit(compose(plan(2)))
    before = nft.generation()
    wall.commit(compose(plan(2)))
    assert nft.generation() == before
    wall.commit(compose(plan(3)))
    assert nft.generation() == before + 1
