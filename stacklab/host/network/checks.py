"""What this machine must have for the Linux driver, and the words and commands for what it lacks."""

import ctypes
import importlib.util
import os
import shutil
import subprocess
import threading

from stacklab.host.network import nft, sysctl
from stacklab.host.network.firewall import compose
from stacklab.host.network.plan import (
    ExternalNeed,
    FloatingNeed,
    NetworkError,
    NetworkNeed,
    NetworkPlan,
    PortNeed,
    RuleNeed,
    SubnetPlan,
)
from stacklab.host.network.ruleset import render_fresh

NO_BRIDGE_FILTER = "br_netfilter is not loaded, so groups would be bypassed between guests: modprobe br_netfilter"
MODPROBE_SECONDS = 10
CLONE_NEWNET = 0x40000000

# A plan with something of everything, in addresses for documentation (RFC 5737).
SAMPLE = NetworkPlan(
    (NetworkNeed("sample", "sl-bsample", 1450, (SubnetPlan("192.0.2.0/24", "192.0.2.1"),)),),
    ExternalNeed("sample", "sl-xsample", "198.51.100.0/24", "198.51.100.1"),
    (
        PortNeed(
            "sample",
            "sl-tsample",
            "sample",
            "52:54:00:00:00:01",
            ("192.0.2.2",),
            "sample",
            (
                RuleNeed("ingress", "tcp", 22, 23, "203.0.113.0/24"),
                RuleNeed("ingress", "icmp", 8, 0, remote_group="sample"),
                RuleNeed("egress"),
            ),
        ),
    ),
    (FloatingNeed("198.51.100.2", "192.0.2.2"),),
    {"sample": ("192.0.2.2",)},
)


def missing() -> list[str]:
    """A sentence each, with the command that mends it."""
    lacks = []
    if os.geteuid() != 0:
        lacks.append("Bridges and firewall rules need root: run as root.")
    if importlib.util.find_spec("pyroute2") is None:
        lacks.append("pyroute2 is not installed: pip install pyroute2.")
    if shutil.which("dnsmasq") is None:
        lacks.append("dnsmasq is not installed: apt-get install dnsmasq-base.")
    if nft.library() is None and shutil.which("nft") is None:
        lacks.append("nftables is not installed: apt-get install nftables.")
    if sysctl.read(sysctl.FORWARDING) is None:
        lacks.append("/proc/sys/net is not there: mount proc.")
    if sysctl.read(sysctl.BRIDGE_FILTER) is None:
        lacks.append(NO_BRIDGE_FILTER + ".")
    return lacks or _refusals()


def _refusals() -> list[str]:
    """What the kernel says to a real ruleset, in a network namespace that is gone with the thread that made it."""
    words: list[str] = []

    def attempt() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET):
            words.append(f"Network namespaces are not to be had: {os.strerror(ctypes.get_errno())}.")
            return
        try:
            nft.commit(render_fresh(compose(SAMPLE)))
        except NetworkError as error:
            words.append(f"This kernel lacks a feature of nftables: {error}.")

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    return words


def require_bridge_filter() -> None:
    """Load br_netfilter where it is missing; NetworkError where it cannot be had."""
    if sysctl.read(sysctl.BRIDGE_FILTER) is not None:
        return
    modprobe = shutil.which("modprobe", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if modprobe:
        subprocess.run([modprobe, "br_netfilter"], capture_output=True, timeout=MODPROBE_SECONDS, check=False)
    if sysctl.read(sysctl.BRIDGE_FILTER) is None:
        raise NetworkError(NO_BRIDGE_FILTER)
