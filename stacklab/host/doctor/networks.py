"""Checks of what instance networks stand on. Firewall features are tried in a throw-away network namespace."""

import importlib.util

from stacklab.host.doctor.finding import Finding, Subject, broken, missing, present
from stacklab.host.doctor.tools import ask, find, first_line
from stacklab.host.network import sysctl

NFT_FEATURES = {
    "anti-spoofing sets in the bridge family": """table bridge x {
        set bound { type ifname . ether_addr . ipv4_addr; }
        chain f { type filter hook prerouting priority -300; iifname . ether saddr . ip saddr @bound accept; }
    }""",
    "connection tracking in the inet family": """table inet x {
        chain f { type filter hook forward priority 0; ct state established,related accept; }
    }""",
    "verdict maps by address": """table inet x {
        map groups { type ipv4_addr : verdict; }
        chain f { type filter hook forward priority 0; ip daddr vmap @groups; }
    }""",
    "ranges in concatenated sets": """table inet x {
        set ports { type ipv4_addr . inet_proto . inet_service; flags interval; }
        chain f { type filter hook forward priority 0; ip saddr . meta l4proto . th dport @ports accept; }
    }""",
    "address translation by map": """table ip x {
        map floating { type ipv4_addr : ipv4_addr; }
        chain f { type nat hook prerouting priority -100; dnat to ip daddr map @floating; }
    }""",
    "masquerading": """table ip x {
        chain f { type nat hook postrouting priority 100; masquerade; }
    }""",
}


def br_netfilter(_: Subject) -> Finding:
    """Without it, traffic between two guests on one bridge passes the security groups unseen."""
    if sysctl.read(sysctl.BRIDGE_FILTER) is not None:
        return present("security groups see bridged packets")
    modprobe = find("modprobe")
    if modprobe and ask(modprobe, "--dry-run", "--quiet", "br_netfilter")[0]:
        return missing("not loaded; `stacklab up` loads it as root", "modprobe br_netfilter")
    return broken("this kernel has no module br_netfilter: groups would be bypassed between guests")


def nftables(_: Subject) -> Finding:
    """Every kind of rule our firewall is made of is accepted by this kernel."""
    nft, unshare = find("nft"), find("unshare")
    if nft is None:
        return missing("nft is not installed", "apt-get install nftables")
    if unshare is None:
        return missing("unshare is not installed", "apt-get install util-linux")
    if not ask(unshare, "--net", "true")[0]:
        return missing("cannot be tried without the right to make network namespaces", "sudo stacklab doctor")
    for feature, rules in NFT_FEATURES.items():
        works, said = ask(unshare, "--net", nft, "-f", "-", feed=rules)
        if not works:
            return broken(f"no {feature}: {first_line(said)}")
    return present(f"{first_line(ask(nft, '--version')[1])}; all {len(NFT_FEATURES)} features work")


def dnsmasq(_: Subject) -> Finding:
    """DHCP and DNS of the instances."""
    path = find("dnsmasq")
    if path is None:
        return missing("dnsmasq is not installed", "apt-get install dnsmasq-base")
    works, said = ask(path, "--version")
    return present(first_line(said).split("  ")[0]) if works else broken(first_line(said))


def netlink(_: Subject) -> Finding:
    """The Python module that makes bridges and addresses."""
    if importlib.util.find_spec("pyroute2") is None:
        return missing("the Python module pyroute2 is not installed", "make install")
    return present("pyroute2 is installed")
