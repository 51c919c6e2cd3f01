"""What every network driver promises, against each of them."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from stacklab.host.network import choose
from stacklab.host.network.live import normal
from stacklab.host.network.plan import (
    ExternalNeed,
    FloatingNeed,
    NetworkDriver,
    NetworkError,
    NetworkNeed,
    NetworkPlan,
    PlanChange,
    PortNeed,
    RuleNeed,
    SubnetPlan,
)
from tests.support.netlab import Machine, run

NETWORK = NetworkNeed("net-1", "sl-btest", 1450, (SubnetPlan("10.77.0.0/24", "10.77.0.1"),))
EXTERNAL = ExternalNeed("net-x", "sl-xtest", "10.88.0.0/24", "10.88.0.1")
SSH = RuleNeed("ingress", "tcp", 22, 22)
PEERS = RuleNeed("ingress", remote_group="web")
PORT = PortNeed("p1", "sl-tp1", "net-1", "52:54:00:00:00:0b", ("10.77.0.11",), "vm1", (SSH, PEERS, RuleNeed("egress")))
OTHER = PortNeed("p2", "sl-tp2", "net-1", "52:54:00:00:00:0c", ("10.77.0.12",), "vm2", (), port_security=False)
PLAN = NetworkPlan(
    (NETWORK,),
    EXTERNAL,
    (PORT, OTHER),
    (FloatingNeed("10.88.0.51", "10.77.0.11"),),
    {"web": ("10.77.0.11",)},
)


def with_port(**changes: object) -> NetworkPlan:
    return replace(PLAN, ports=(replace(PORT, **changes), OTHER))


def with_rule(rule: RuleNeed) -> NetworkPlan:
    return with_port(rules=(rule,))


def with_subnet(**changes: object) -> NetworkPlan:
    return replace(PLAN, networks=(replace(NETWORK, subnets=(replace(NETWORK.subnets[0], **changes),)),))


BAD_PLANS = {
    "a host name with a comma": with_port(hostname="a,10.77.0.99"),
    "a host name with a line end": with_port(hostname="a\n"),
    "an empty host name": with_port(hostname=""),
    "a tap with a blank": with_port(tap="sl-t a"),
    "a tap that is not ours": with_port(tap="eth0"),
    "a MAC in nft's syntax": with_port(mac="52:54:00:00:00:0b }"),
    "a port on no network": with_port(network_id="net-9"),
    "an address of another range": with_port(addresses=("10.79.0.11",)),
    "the gateway's address": with_port(addresses=("10.77.0.1",)),
    "an address twice": with_port(addresses=("10.77.0.12",)),
    "an address that is none": with_port(addresses=("10.77.0.11 drop",)),
    "a protocol that is none": with_rule(RuleNeed("ingress", "tcp accept")),
    "a protocol past 255": with_rule(RuleNeed("ingress", "256")),
    "a direction that is none": with_rule(RuleNeed("sideways")),
    "a port past 65535": with_rule(RuleNeed("ingress", "tcp", 22, 65536)),
    "a range that runs backwards": with_rule(RuleNeed("ingress", "tcp", 23, 22)),
    "a remote range that is none": with_rule(RuleNeed("ingress", remote_cidr="10.0.0.0/33")),
    "a remote group that is none": with_rule(RuleNeed("ingress", remote_group="db")),
    "a gateway outside its range": with_subnet(gateway="10.78.0.1"),
    "a DNS server that is none": with_subnet(dns=("1.1.1.1,evil",)),
    "networks that overlap": replace(PLAN, networks=(NETWORK, replace(NETWORK, id="net-2", bridge="sl-btwo"))),
    "a bridge that is not ours": replace(PLAN, networks=(replace(NETWORK, bridge="docker0"),)),
    "a floating IP without a port": replace(PLAN, floating=(FloatingNeed("10.88.0.51", "10.77.0.99"),)),
    "a floating IP of elsewhere": replace(PLAN, floating=(FloatingNeed("10.89.0.51", "10.77.0.11"),)),
    "a floating IP without an outside": replace(PLAN, external=None),
    "an impossible MTU": replace(PLAN, networks=(replace(NETWORK, mtu=70_000),)),
    "a group member that is none": replace(PLAN, groups={"web": ("10.77.0.11 }",)}),
}


THIRD = PortNeed("p3", "sl-tp3", "net-1", "52:54:00:00:00:0d", ("10.77.0.13",), "vm3", (PEERS,))
CHANGES = {
    "nothing": (PlanChange(), PLAN),
    "a port that is as it was": (PlanChange((OTHER,)), PLAN),
    "one more, in two groups": (
        PlanChange((THIRD,), members={"p3": ("web", "db")}),
        replace(
            PLAN,
            ports=(PORT, OTHER, THIRD),
            groups={"web": ("10.77.0.11", "10.77.0.13"), "db": ("10.77.0.13",)},
        ),
    ),
    "one less": (PlanChange(removed=("p2", "p9")), replace(PLAN, ports=(PORT,))),
    "one with a floating IP goes": (
        PlanChange(removed=("p1",)),
        replace(PLAN, ports=(OTHER,), floating=(), groups={}),
    ),
    "another address": (
        PlanChange((replace(PORT, addresses=("10.77.0.21",)),), members={"p1": ("web",)}),
        replace(with_port(addresses=("10.77.0.21",)), floating=(), groups={"web": ("10.77.0.21",)}),
    ),
    "an address and its floating IP change hands": (
        PlanChange(
            (replace(THIRD, addresses=("10.77.0.11",), rules=()),),
            ("p1",),
            floating=(FloatingNeed("10.88.0.51", "10.77.0.11"),),
        ),
        replace(PLAN, ports=(OTHER, replace(THIRD, addresses=("10.77.0.11",), rules=())), groups={}),
    ),
    "other rules, another group": (
        PlanChange(
            (replace(PORT, rules=(RuleNeed("ingress", remote_group="db"),)),),
            members={"p1": ("db",)},
            floating=PLAN.floating,
        ),
        replace(with_rule(RuleNeed("ingress", remote_group="db")), groups={"db": ("10.77.0.11",)}),
    ),
}
BAD_CHANGES = {
    "a host name with a comma": PlanChange((replace(THIRD, hostname="a,b"),)),
    "a rule that is none": PlanChange((replace(THIRD, rules=(RuleNeed("ingress", "tcp accept"),)),)),
    "a port on no network": PlanChange((replace(THIRD, network_id="net-9"),)),
    "an address another has": PlanChange((replace(THIRD, addresses=("10.77.0.12",)),)),
    "a tap another has": PlanChange((replace(THIRD, tap="sl-tp2"),)),
    "an address twice": PlanChange((THIRD, replace(THIRD, id="p4", tap="sl-tp4"))),
    "the gateway's address": PlanChange((replace(THIRD, addresses=("10.77.0.1",)),)),
    "a floating IP another has": PlanChange((THIRD,), floating=(FloatingNeed("10.88.0.51", "10.77.0.13"),)),
    "a floating IP of elsewhere": PlanChange((THIRD,), floating=(FloatingNeed("10.89.0.52", "10.77.0.13"),)),
    "a floating IP to another's": PlanChange((THIRD,), floating=(FloatingNeed("10.88.0.52", "10.77.0.12"),)),
}


@dataclass
class Bench:
    """A driver on its own machine, how to make another one on the same, and how to break something there."""

    driver: NetworkDriver
    another: Callable[[], NetworkDriver]
    harm: Callable[[], object]


@pytest.fixture(params=["simulated", pytest.param("linux", marks=pytest.mark.host)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    make = choose(request.param)
    if request.param == "simulated":
        yield Bench(make(tmp_path), lambda: make(tmp_path), lambda: (tmp_path / "plan.json").unlink())
        return
    host = Machine()
    with host.entered():
        driver = make(tmp_path)
        yield Bench(driver, lambda: make(tmp_path), lambda: run("nft", "flush", "chain", "inet", "stacklab", "forward"))
        make(tmp_path).purge()
    host.destroy()


class TestNetworkDriver:
    def test_this_machine_lacks_nothing(self, bench: Bench) -> None:
        assert bench.driver.check() == []

    def test_a_new_driver_has_an_empty_plan(self, bench: Bench) -> None:
        assert bench.driver.audit() == []
        assert bench.driver.metadata_binds() == []

    def test_what_was_applied_is_there(self, bench: Bench) -> None:
        bench.driver.apply(PLAN)
        assert bench.driver.audit() == []
        bench.driver.apply(PLAN)
        assert bench.driver.audit() == []

    @pytest.mark.parametrize(
        "after",
        [
            pytest.param(replace(PLAN, floating=()), id="no floating IP"),
            pytest.param(replace(PLAN, floating=(FloatingNeed("10.88.0.51", "10.77.0.12"),)), id="floating IP moved"),
            pytest.param(replace(PLAN, ports=(PORT,)), id="one port less"),
            pytest.param(with_rule(RuleNeed("ingress", "icmp", 8, 0)), id="other rules"),
            pytest.param(replace(with_port(addresses=("10.77.0.21",)), floating=()), id="another address"),
            pytest.param(replace(PLAN, groups={"web": ("10.77.0.11", "10.77.0.12")}), id="one more in the group"),
            pytest.param(with_subnet(dns=("9.9.9.9",)), id="other name servers"),
            pytest.param(replace(PLAN, external=None, floating=()), id="no outside"),
            pytest.param(NetworkPlan(), id="nothing"),
        ],
    )
    def test_plans_follow_each_other(self, bench: Bench, after: NetworkPlan) -> None:
        bench.driver.apply(PLAN)
        bench.driver.apply(after)
        assert bench.driver.audit() == []
        bench.driver.apply(PLAN)
        assert bench.driver.audit() == []

    @pytest.mark.parametrize("plan", [pytest.param(plan, id=name) for name, plan in BAD_PLANS.items()])
    def test_a_bad_plan_is_refused_and_changes_nothing(self, bench: Bench, plan: NetworkPlan) -> None:
        bench.driver.apply(PLAN)
        with pytest.raises(NetworkError):
            bench.driver.apply(plan)
        assert bench.driver.audit() == []
        assert bench.another().audit() == []

    @pytest.mark.parametrize(
        ("change", "after"), [pytest.param(change, after, id=name) for name, (change, after) in CHANGES.items()]
    )
    def test_a_change_is_the_apply_of_the_changed_plan(
        self, bench: Bench, change: PlanChange, after: NetworkPlan
    ) -> None:
        bench.driver.apply(PLAN)
        for _ in range(2):
            bench.driver.change(change)
            assert bench.driver.planned() == normal(after)
            assert bench.driver.audit() == []
        successor = bench.another()
        assert successor.planned() == normal(after)
        successor.apply(after)
        assert successor.audit() == []
        successor.apply(PLAN)
        assert successor.audit() == []

    @pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in BAD_CHANGES.items()])
    def test_a_bad_change_is_refused_and_changes_nothing(self, bench: Bench, change: PlanChange) -> None:
        bench.driver.apply(PLAN)
        with pytest.raises(NetworkError):
            bench.driver.change(change)
        assert bench.driver.planned() == normal(PLAN)
        assert bench.driver.audit() == []
        assert bench.another().audit() == []

    def test_what_drifted_elsewhere_is_repaired_after_changes_too(self, bench: Bench) -> None:
        bench.driver.apply(PLAN)
        bench.harm()
        bench.driver.change(PlanChange((THIRD,)))
        after = replace(PLAN, ports=(PORT, OTHER, THIRD))
        bench.driver.apply(after)
        assert bench.driver.audit() == []
        assert bench.another().planned() == normal(after)

    def test_taps_that_are_not_there_are_plugged_in_vain(self, bench: Bench) -> None:
        bench.driver.apply(PLAN)
        bench.driver.plugged(["p1", "p9"])
        assert bench.driver.audit() == []

    def test_drift_is_seen_and_repaired(self, bench: Bench) -> None:
        bench.driver.apply(PLAN)
        bench.harm()
        assert bench.driver.audit() != []
        bench.driver.apply(PLAN)
        assert bench.driver.audit() == []

    def test_a_new_driver_takes_over(self, bench: Bench) -> None:
        bench.driver.apply(PLAN)
        bench.driver.close()
        successor = bench.another()
        assert successor.audit() == []
        assert successor.metadata_binds() == bench.driver.metadata_binds()
        successor.apply(PLAN)
        assert successor.audit() == []

    def test_a_new_driver_sees_what_happened_meanwhile(self, bench: Bench) -> None:
        bench.driver.apply(PLAN)
        bench.driver.close()
        bench.harm()
        successor = bench.another()
        successor.apply(PLAN)
        assert successor.audit() == []

    def test_threads_may_share_it(self, bench: Bench) -> None:
        plans = [PLAN, replace(PLAN, floating=()), replace(PLAN, ports=(PORT,)), PLAN]
        failures: list[Exception] = []

        def work(plan: NetworkPlan) -> None:
            try:
                bench.driver.apply(plan)
                bench.driver.audit()
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(plan,)) for plan in plans]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert bench.driver.audit() == []

    def test_purge_forgets_everything(self, bench: Bench) -> None:
        bench.driver.apply(PLAN)
        bench.driver.purge()
        assert bench.driver.audit() == []
        assert bench.driver.metadata_binds() == []
        bench.driver.purge()
        bench.driver.apply(PLAN)
        assert bench.driver.audit() == []
