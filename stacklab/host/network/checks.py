"""What this machine must have for the Linux driver, and the words and commands for what it lacks."""

import importlib.util
import os
import shutil
import subprocess

from stacklab.host.network import nft, sysctl
from stacklab.host.network.plan import NetworkError

NO_BRIDGE_FILTER = "br_netfilter is not loaded, so groups would be bypassed between guests: modprobe br_netfilter"
MODPROBE_SECONDS = 10


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
    return lacks


def require_bridge_filter() -> None:
    """Load br_netfilter where it is missing; NetworkError where it cannot be had."""
    if sysctl.read(sysctl.BRIDGE_FILTER) is not None:
        return
    modprobe = shutil.which("modprobe", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if modprobe:
        subprocess.run([modprobe, "br_netfilter"], capture_output=True, timeout=MODPROBE_SECONDS, check=False)
    if sysctl.read(sysctl.BRIDGE_FILTER) is None:
        raise NetworkError(NO_BRIDGE_FILTER)
