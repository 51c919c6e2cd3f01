"""Kernel switches under /proc/sys/net, which show the network namespace of whoever reads them."""

from pathlib import Path

from stacklab.host.network.plan import NetworkError

ROOT = Path("/proc/sys/net")

FORWARDING = "ipv4/ip_forward"
BRIDGE_FILTER = "bridge/bridge-nf-call-iptables"  # exists when br_netfilter is loaded


def read(name: str) -> str | None:
    """The value, or None where this kernel or namespace has no such switch."""
    try:
        return (ROOT / name).read_text().strip()
    except OSError:
        return None


def ensure(name: str, value: str) -> None:
    """Write only what differs; a switch that does not exist is left alone. NetworkError when the kernel refuses."""
    if read(name) in (value, None):
        return
    try:
        (ROOT / name).write_text(value)
    except OSError as error:
        raise NetworkError(f"cannot set net/{name} to {value}: {error.strerror}") from error


def bridge_switches(bridge: str) -> dict[str, str]:
    """What a bridge of ours wants: no redirects past our NAT, ARP for its own addresses only, no IPv6 of the host's."""
    return {
        f"ipv4/conf/{bridge}/send_redirects": "0",
        f"ipv4/conf/{bridge}/arp_ignore": "1",
        f"ipv6/conf/{bridge}/disable_ipv6": "1",
    }
