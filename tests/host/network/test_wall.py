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
