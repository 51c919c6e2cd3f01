"""The template: a plan → the three nft tables that enforce it. With `rules` and `ruleset`, all nft syntax there is.

- `bridge stacklab`: what a tap may say about itself. Drops forged MAC, IPv4 and ARP senders, DHCP servers, IPv6,
  and everything from a tap that is not in the plan.
- `inet stacklab`: security groups, and what guests may reach on the host. It sees bridged packets because the
  bridges hand them over (`nf_call_iptables`), with the addresses as they are between DNAT and SNAT: the real ones.
- `ip stacklab_nat`: floating IPs, metadata, the way out.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network

from stacklab.host.network.plan import NetworkPlan, RuleNeed
from stacklab.host.network.rules import group_set, rule_text
from stacklab.host.network.ruleset import Chain, Hook, NftSet, Table, digest, table

GUARD, FILTER, NAT = ("bridge", "stacklab"), ("inet", "stacklab"), ("ip", "stacklab_nat")
TABLES = (GUARD, FILTER, NAT)

METADATA = "169.254.169.254"
METADATA_PORT = 8775  # where the metadata service listens on each gateway
TAP_PREFIX = "sl-t"  # of `plan.tap_name`: a tap that carries it and is not in the plan is cut off
OPEN_MARK = 0x10000  # on packets that leave through a tap without port security; bridge family to inet family

RAW = -300  # bridge prerouting, ahead of br_netfilter at 0
BEFORE_INET = -200  # bridge forward, ahead of br_netfilter at 0, so that inet sees the mark
DSTNAT, SRCNAT = -100, 100


def compose(plan: NetworkPlan, internal: Iterable[str] = ()) -> tuple[Table, ...]:
    """The tables for a validated plan; `internal` are ranges behind the host that guests must not reach.

    An empty plan composes to no table at all.
    """
    if not plan.networks and not plan.external:
        return ()
    return _guard(plan), _filter(plan, internal), _nat(plan)


def _bare(keys: Iterable[str]) -> dict[str, str]:
    return dict.fromkeys(keys, "")


def _ranges(texts: Iterable[str]) -> dict[str, str]:
    """As nft lists them: a range of one address is an address."""
    return _bare(str(IPv4Network(text)).removesuffix("/32") for text in texts)


def _guard(plan: NetworkPlan) -> Table:
    """Anti-spoofing. `ct state` does not exist in this family, and none is needed."""
    secured = [port for port in plan.ports if port.port_security]
    senders = [f"{port.tap} . {port.mac} . {address}" for port in secured for address in port.addresses]
    sets = [
        NftSet("secured", "ifname", _bare(port.tap for port in secured)),
        NftSet("unsecured", "ifname", _bare(port.tap for port in plan.ports if not port.port_security)),
        NftSet("hardware", "ifname . ether_addr", _bare(f"{port.tap} . {port.mac}" for port in secured)),
        NftSet("senders", "ifname . ether_addr . ipv4_addr", _bare(senders)),
    ]
    return table(*GUARD, sets, [_ENTRY, _MARKER, _IDENTITY])


_ENTRY = Chain(
    "prerouting",
    ("iifname @secured goto identity", "iifname @unsecured accept", f'iifname "{TAP_PREFIX}*" drop'),
    Hook("filter", "prerouting", RAW),
)
_MARKER = Chain(
    "forward",
    (f"oifname @unsecured meta mark set meta mark or {OPEN_MARK:#x}",),
    Hook("filter", "forward", BEFORE_INET),
)
_IDENTITY = Chain(
    "identity",
    (
        "iifname . ether saddr != @hardware drop",
        # RFC 5227: whoever asks whether an address is free does not claim it yet.
        "ether type arp arp operation request arp saddr ip 0.0.0.0 iifname . arp saddr ether @hardware accept",
        "ether type arp iifname . arp saddr ether . arp saddr ip @senders accept",
        "ether type ip ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept",
        "ether type ip udp sport 67 drop",
        "ether type ip iifname . ether saddr . ip saddr @senders accept",
        "drop",
    ),
)


def _filter(plan: NetworkPlan, internal: Iterable[str]) -> Table:
    """Security groups and the host's own protection."""
    secured = [port for port in plan.ports if port.port_security]
    ingress = {port.id: _group_chain("in", "ingress", "accept", port.rules) for port in secured}
    egress = {port.id: _group_chain("out", "egress", "return", port.rules) for port in secured}
    bridges = [need.bridge for need in plan.networks]
    sets = [
        NftSet("bridges", "ifname", _bare(bridges)),
        NftSet("within", "ifname . ifname", _bare(f"{bridge} . {bridge}" for bridge in bridges)),
        NftSet("internal", "ipv4_addr", _ranges(internal), interval=True),
        NftSet("services", "ifname . ipv4_addr . inet_proto . inet_service", _bare(_services(plan))),
        NftSet("gateways", "ifname . ipv4_addr", _bare(_gateways(plan))),
        NftSet("ingress", "ipv4_addr", _open(plan) | _jumps(plan, ingress), values="verdict"),
        NftSet("egress", "ipv4_addr", _jumps(plan, egress), values="verdict"),
        *_group_sets(plan),
    ]
    shared = {chain.name: chain for chain in (*ingress.values(), *egress.values())}
    return table(*FILTER, sets, [*_FILTER_CHAINS, *shared.values()])


_FILTER_CHAINS = (
    Chain(
        "forward",
        ("iifname @bridges jump leaving", "oifname @bridges jump entering"),
        Hook("filter", "forward", 0),
    ),
    Chain(
        "output",
        ("ct state established,related accept", "udp sport 67 udp dport 68 accept", "ip daddr vmap @ingress"),
        Hook("filter", "output", 0),
    ),
    Chain("input", ("iifname @bridges jump to_host",), Hook("filter", "input", 0)),
    Chain(
        "leaving",
        (
            "ct state established,related accept",
            "ct state invalid drop",
            "ip daddr @internal drop",
            "ip saddr vmap @egress",
        ),
    ),
    Chain(
        "entering",
        (
            "ct state established,related accept",
            "ct state invalid drop",
            f"meta mark & {OPEN_MARK:#x} == {OPEN_MARK:#x} accept",
            # From another network or from outside there is one way in: a floating IP.
            "iifname . oifname != @within ct status & dnat != dnat drop",
            "ip daddr vmap @ingress",
            "drop",
        ),
    ),
    Chain(
        "to_host",
        (
            "ct state established,related accept",
            "udp sport 68 udp dport 67 accept",
            "iifname . ip daddr . meta l4proto . th dport @services accept",
            "icmp type echo-request iifname . ip daddr @gateways accept",
            "drop",
        ),
    ),
)


@lru_cache(maxsize=4096)
def _group_chain(prefix: str, direction: str, allowed: str, needs: tuple[RuleNeed, ...]) -> Chain:
    """The chain for a port's rules of one direction, named after them: ports with equal rules share it."""
    rules = sorted({rule_text(rule, allowed) for rule in needs if rule.direction == direction})
    return Chain(f"{prefix}_{digest(' '.join(rules))}", (*rules, "drop"))


def _jumps(plan: NetworkPlan, chains: dict[str, Chain]) -> dict[str, str]:
    """Address → its port's chain, for the ports that have one."""
    return {
        address: f"jump {chains[port.id].name}"
        for port in plan.ports
        if port.id in chains
        for address in port.addresses
    }


def _open(plan: NetworkPlan) -> dict[str, str]:
    return {address: "accept" for port in plan.ports if not port.port_security for address in port.addresses}


def _group_sets(plan: NetworkPlan) -> list[NftSet]:
    used = {rule.remote_group for port in plan.ports if port.port_security for rule in port.rules}
    return [NftSet(group_set(group), "ipv4_addr", _bare(plan.groups[group])) for group in sorted(filter(None, used))]


def _gateways(plan: NetworkPlan) -> list[str]:
    return [f"{need.bridge} . {subnet.gateway}" for need in plan.networks for subnet in need.subnets]


def _services(plan: NetworkPlan) -> list[str]:
    offered = ("udp . 53", "tcp . 53", f"tcp . {METADATA_PORT}")
    return [f"{gateway} . {service}" for gateway in _gateways(plan) for service in offered]


def _nat(plan: NetworkPlan) -> Table:
    first = {need.bridge: need.subnets[0].gateway for need in plan.networks if need.subnets}
    outside = {plan.external.bridge: plan.external.gateway} if plan.external else {}
    sets = [
        NftSet("bridges", "ifname", _bare(need.bridge for need in plan.networks)),
        NftSet("inside", "ipv4_addr", _ranges(s.cidr for need in plan.networks for s in need.subnets), interval=True),
        NftSet(
            "metadata",
            "ifname",
            {bridge: f"{gateway} . {METADATA_PORT}" for bridge, gateway in first.items()},
            values="ipv4_addr . inet_service",
        ),
        NftSet("own_address", "ifname", first | outside, values="ipv4_addr"),
        NftSet("outside", "ifname", _bare(outside)),
        NftSet("floating_in", "ipv4_addr", {f.address: f.fixed for f in plan.floating}, values="ipv4_addr"),
        NftSet("floating_out", "ipv4_addr", {f.fixed: f.address for f in plan.floating}, values="ipv4_addr"),
    ]
    return table(*NAT, sets, list(_NAT_CHAINS))


_NAT_CHAINS = (
    Chain(
        "prerouting",
        (f"ip daddr {METADATA} tcp dport 80 dnat to iifname map @metadata", "dnat to ip daddr map @floating_in"),
        Hook("nat", "prerouting", DSTNAT),
    ),
    Chain("output", ("dnat to ip daddr map @floating_in",), Hook("nat", "output", DSTNAT)),
    Chain(
        "postrouting",
        (
            "ip saddr != @inside return",
            # A guest that called a floating IP of this host: the answer must come back through the host.
            "oifname @bridges ct status & dnat == dnat snat to ip saddr map @floating_out",
            "oifname @bridges ct status & dnat == dnat snat to oifname map @own_address",
            "oifname @bridges return",
            "oifname @outside snat to ip saddr map @floating_out",
            "oifname @outside snat to oifname map @own_address",
            "masquerade",
        ),
        Hook("nat", "postrouting", SRCNAT),
    ),
)
