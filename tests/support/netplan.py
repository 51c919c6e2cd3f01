"""A host with the Linux network driver, four guests on two networks, the outside, and an internal network."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from stacklab.host.network.linux import LinuxNetwork
from stacklab.host.network.plan import (
    ExternalNeed,
    FloatingNeed,
    NetworkNeed,
    NetworkPlan,
    PortNeed,
    RuleNeed,
    SubnetPlan,
)
from tests.support.netlab import Guest, Machine

NET, FAR = "net-1", "net-2"
NEAR_BRIDGE, FAR_BRIDGE, OUTER_BRIDGE = "sl-bnear", "sl-bfar", "sl-xout"
A, B, C, D = "10.77.0.11", "10.77.0.12", "10.77.0.13", "10.78.0.11"
A_FLOATING, B_FLOATING, D_FLOATING = "10.88.0.51", "10.88.0.52", "10.88.0.54"
GATEWAY, OUTSIDE, OUTER_GATEWAY, INTERNAL = "10.77.0.1", "10.88.0.100", "10.88.0.1", "10.99.0.9"
MACS = {A: "52:54:00:77:00:0b", B: "52:54:00:77:00:0c", C: "52:54:00:77:00:0d", D: "52:54:00:78:00:0b"}
TAPS = {A: "sl-ta", B: "sl-tb", C: "sl-tc", D: "sl-td"}

EGRESS = RuleNeed("egress")
WEB = RuleNeed("ingress", "tcp", 8000, 8010)
FROM_B = RuleNeed("ingress", "tcp", 9000, 9000, remote_group="friends")
PING_FROM_OUTSIDE = RuleNeed("ingress", "icmp", 8, remote_cidr="10.88.0.0/24")


def port(address: str, *rules: RuleNeed, network: str = NET) -> PortNeed:
    name = TAPS[address][-1]
    return PortNeed(f"port-{name}", TAPS[address], network, MACS[address], (address,), f"vm-{name}", rules)


PLAN = NetworkPlan(
    (
        NetworkNeed(NET, NEAR_BRIDGE, 1450, (SubnetPlan("10.77.0.0/24", GATEWAY),)),
        NetworkNeed(FAR, FAR_BRIDGE, 1450, (SubnetPlan("10.78.0.0/24", "10.78.0.1"),)),
    ),
    ExternalNeed("net-x", OUTER_BRIDGE, "10.88.0.0/24", OUTER_GATEWAY),
    (
        port(A, WEB, FROM_B, PING_FROM_OUTSIDE, EGRESS),
        port(B, EGRESS),
        port(C, WEB),
        port(D, WEB, EGRESS, network=FAR),
    ),
    (FloatingNeed(A_FLOATING, A), FloatingNeed(D_FLOATING, D)),
    {"friends": (B,)},
)


OPEN_B = replace(port(B, RuleNeed("ingress"), EGRESS), port_security=False)


class Lab:
    """A host with the driver, guests A, B, C on one network and D on another, an outside and an internal machine."""

    def __init__(self, state: Path) -> None:
        self.host, self.outside, self.internal, self.state = Machine(), Machine(), Machine(), state
        with self.host.entered():
            self.driver = LinuxNetwork(state)
            self.driver.apply(PLAN)
        self.a, self.b, self.c = (Guest(self.host, TAPS[each], NEAR_BRIDGE, MACS[each]) for each in (A, B, C))
        self.d = Guest(self.host, TAPS[D], FAR_BRIDGE, MACS[D])
        for guest, address in ((self.a, A), (self.b, B), (self.c, C)):
            guest.configure(f"{address}/24", GATEWAY)
        self.d.configure(f"{D}/24", "10.78.0.1")
        self._plug(self.outside, "sltest-out", f"{OUTSIDE}/24")
        self.host.run("ip", "link", "set", "sltest-out", "master", OUTER_BRIDGE, "up")
        self._plug(self.internal, "sltest-int", f"{INTERNAL}/24")
        self.host.run("ip", "address", "add", "10.99.0.1/24", "dev", "sltest-int")
        self.internal.run("ip", "route", "add", "default", "via", "10.99.0.1")

    def _plug(self, machine: Machine, link: str, address: str) -> None:
        inner = ("peer", "name", "eth0", "netns", machine.name)
        self.host.run("ip", "link", "add", link, "type", "veth", *inner)
        self.host.run("ip", "link", "set", link, "up")
        machine.run("ip", "address", "add", address, "dev", "eth0")
        machine.run("ip", "link", "set", "eth0", "up")

    def apply(self, plan: NetworkPlan) -> None:
        self.host.do(lambda: self.driver.apply(plan))

    def audit(self) -> list[str]:
        return [drift.what for drift in self.host.do(self.driver.audit)]

    def destroy(self) -> None:
        self.host.do(self.driver.purge)
        for machine in (self.a, self.b, self.c, self.d, self.outside, self.internal, self.host):
            machine.destroy()


@contextmanager
def running_lab() -> Iterator[Lab]:
    """Its state can be reached by dnsmasq's own account; pytest's folders are root's alone, and dnsmasq with them."""
    with tempfile.TemporaryDirectory() as state:
        Path(state).chmod(0o711)
        lab = Lab(Path(state) / "network")
        yield lab
        lab.destroy()
