"""How many addresses of each network there are and how many are used."""

from ipaddress import IPv4Network
from typing import Any

from stacklab.core.db.database import rows
from stacklab.networks import addresses, store
from stacklab.networks.model import Network, Subnet


def every() -> list[dict[str, Any]]:
    """One entry for each network, in three queries."""
    used = dict(rows("SELECT subnet_id, count(*) FROM addresses GROUP BY subnet_id"))
    subnets = store.select(Subnet, "ORDER BY t.id")
    return [
        _network(network, [s for s in subnets if s.network_id == network.id], used)
        for network in store.select(Network, "ORDER BY t.id")
    ]


def _network(network: Network, subnets: list[Subnet], used: dict[str, int]) -> dict[str, Any]:
    listed = [_subnet(subnet, used.get(subnet.id, 0)) for subnet in subnets]
    return {
        "network_id": network.id,
        "network_name": network.name,
        "tenant_id": network.project_id,
        "project_id": network.project_id,
        "total_ips": sum(each["total_ips"] for each in listed),
        "used_ips": sum(each["used_ips"] for each in listed),
        "subnet_ip_availability": listed,
    }


def _subnet(subnet: Subnet, used: int) -> dict[str, Any]:
    """Neutron counts the pools, or the whole range where a subnet has none."""
    pools = addresses.pools(subnet)
    total = sum(last - first + 1 for first, last in pools) or IPv4Network(subnet.cidr).num_addresses
    return {
        "subnet_id": subnet.id,
        "subnet_name": subnet.name,
        "ip_version": 4,
        "cidr": subnet.cidr,
        "total_ips": total,
        "used_ips": used,
    }
