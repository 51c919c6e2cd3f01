"""Networks of instances on this host: bridges, DHCP and DNS, anti-spoofing, security groups, NAT and floating IPs.

The seam is `plan`: a service renders the whole desired state as a `NetworkPlan` and hands it to a `NetworkDriver`.
`choose` picks the driver by name: `linux` changes this machine, `simulated` only remembers.
"""

from collections.abc import Callable
from pathlib import Path

from stacklab.host.network.linux import LinuxNetwork
from stacklab.host.network.plan import NetworkDriver
from stacklab.host.network.simulated import SimulatedNetwork

DRIVERS: dict[str, Callable[[Path], NetworkDriver]] = {
    "linux": LinuxNetwork,
    "simulated": SimulatedNetwork,
}


def choose(kind: str) -> Callable[[Path], NetworkDriver]:
    """The constructor, from a state directory, of the driver called `kind`; KeyError for a kind nobody wrote."""
    return DRIVERS[kind]
