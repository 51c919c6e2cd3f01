"""What one network's dnsmasq is told: its arguments, its DHCP hosts and its DNS names. Pure functions of the plan.

A guest gets its address, router, name servers, MTU and host name by DHCP; routes by option 121 (RFC 3442), which a
client obeys instead of option 3, so the default route is in both. Names are `<hostname>.stacklab.internal`.
"""

from ipaddress import IPv4Network
from pathlib import Path

from stacklab.host.network.firewall import METADATA
from stacklab.host.network.plan import NetworkNeed, PortNeed, SubnetPlan
from stacklab.host.network.validate import parse_address

DOMAIN = "stacklab.internal"
LEASE_SECONDS = 86_400
MAX_LEASES = 65_536


def arguments(need: NetworkNeed, folder: Path, account: str) -> list[str]:
    """The command line; a running dnsmasq with any other is restarted."""
    base = folder / need.bridge
    subnets = [option for number, subnet in enumerate(need.subnets) for option in _subnet(f"s{number}", subnet)]
    return [
        "dnsmasq",
        "--conf-file=",
        f"--pid-file={base}.pid",
        f"--user={account}",
        "--bind-interfaces",
        f"--interface={need.bridge}",
        "--except-interface=lo",
        "--no-hosts",
        f"--addn-hosts={base}.names",
        f"--domain={DOMAIN}",
        f"--local=/{DOMAIN}/",
        "--domain-needed",
        "--bogus-priv",
        "--dhcp-authoritative",
        "--dhcp-no-override",
        "--leasefile-ro",
        f"--dhcp-lease-max={MAX_LEASES}",
        f"--dhcp-hostsfile={base}.hosts",
        f"--dhcp-option-force=option:mtu,{need.mtu}",
        *subnets,
        "--quiet-dhcp",
        f"--log-facility={base}.log",
    ]


def _subnet(tag: str, subnet: SubnetPlan) -> list[str]:
    if not subnet.dhcp:
        return []
    net, gateway = IPv4Network(subnet.cidr), subnet.gateway
    servers = [text for text in subnet.dns if ":" not in text] or [gateway]
    routes = f"{METADATA}/32,{gateway},0.0.0.0/0,{gateway}"
    return [
        f"--dhcp-range=set:{tag},{net.network_address},static,{net.netmask},{LEASE_SECONDS}",
        f"--dhcp-option=tag:{tag},option:router,{gateway}",
        f"--dhcp-option=tag:{tag},option:classless-static-route,{routes}",
        f"--dhcp-option=tag:{tag},option:dns-server,{','.join(servers)}",
    ]


def hosts_file(need: NetworkNeed, ports: list[PortNeed]) -> str:
    """`MAC,address,name` a line: each port's first address on a subnet with DHCP."""
    ranges = [IPv4Network(subnet.cidr) for subnet in need.subnets if subnet.dhcp]
    lines = []
    for port in ports:
        served = [text for text in port.addresses if any(parse_address(text) in net for net in ranges)]
        if served:
            lines.append(f"{port.mac},{served[0]},{port.hostname}\n")
    return "".join(lines)


def names_file(ports: list[PortNeed]) -> str:
    """A line of hosts(5) for each address."""
    return "".join(
        f"{address} {port.hostname}.{DOMAIN} {port.hostname}\n" for port in ports for address in port.addresses
    )
