"""Networks and subnets as Neutron shows them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec

from stacklab.core.db.database import rows
from stacklab.http.context import Context
from stacklab.networks import store
from stacklab.networks.model import Network, Subnet
from stacklab.networks.views.standard import standard, tags_of


def networks(ctx: Context, listed: Sequence[Network]) -> list[dict[str, Any]]:
    """An admin also sees how a network is realised: `lab` is a bridge that ends on this host (Neutron's type
    local, without a physical network: openstacksdk takes a network that has one for an external one)."""
    tags, subnets = tags_of(listed), defaultdict(list)
    known = tuple(network.id for network in listed)
    sql = f"SELECT network_id, id FROM subnets WHERE network_id IN ({store.marks(known)}) ORDER BY network_id, id"  # noqa: S608
    for network_id, subnet_id in rows(sql, known) if known else []:
        subnets[network_id].append(subnet_id)
    provider = ctx.can("network:networks:show:provider")
    return [_network(each, subnets[each.id], tags[each.id], provider) for each in listed]


def _network(network: Network, subnets: list[str], tags: list[str], provider: bool) -> dict[str, Any]:
    view = {
        "id": network.id,
        "name": network.name,
        "status": "ACTIVE",
        "admin_state_up": True,
        "shared": network.shared,
        "router:external": network.external,
        "is_default": network.external,
        "mtu": network.mtu,
        "port_security_enabled": True,
        "subnets": subnets,
        "availability_zone_hints": [],
        "availability_zones": ["nova"],
        "ipv4_address_scope": None,
        "ipv6_address_scope": None,
        "tags": tags,
        **standard(network),
    }
    if provider:
        view |= {
            "provider:network_type": "flat" if network.external else "local",
            "provider:physical_network": network.name if network.external else None,
            "provider:segmentation_id": None,
        }
    return view


def subnets(listed: Sequence[Subnet]) -> list[dict[str, Any]]:
    tags = tags_of(listed)
    external = dict(rows("SELECT id, external FROM networks")) if listed else {}
    return [_subnet(each, tags[each.id], bool(external[each.network_id])) for each in listed]


def _subnet(subnet: Subnet, tags: list[str], external: bool) -> dict[str, Any]:
    pools = msgspec.json.decode(subnet.pools, type=list[tuple[str, str]])
    return {
        "id": subnet.id,
        "name": subnet.name,
        "network_id": subnet.network_id,
        "ip_version": 4,
        "cidr": subnet.cidr,
        "gateway_ip": subnet.gateway_ip,
        "enable_dhcp": subnet.enable_dhcp,
        "allocation_pools": [{"start": first, "end": last} for first, last in pools],
        "dns_nameservers": msgspec.json.decode(subnet.dns),
        "host_routes": [],
        "subnetpool_id": None,
        "ipv6_ra_mode": None,
        "ipv6_address_mode": None,
        "service_types": [],
        "router:external": external,
        "tags": tags,
        **standard(subnet),
    }
