"""The networks and subnets there are: who sees which, and the few things an admin may change about them."""

from typing import Any

import msgspec

from stacklab.core.db.database import transaction
from stacklab.host.network.plan import bridge_name
from stacklab.http.context import Context
from stacklab.networks import refusals, store
from stacklab.networks.applying import request_apply
from stacklab.networks.info import NetworkInfo, SubnetInfo
from stacklab.networks.model import Network, Subnet

_ON = "WHERE t.network_id = ? ORDER BY t.created_at, t.id"


def find(ctx: Context, network_id: str) -> Network:
    """A network the caller may see: its own, a shared or an external one; NotFound otherwise."""
    network = store.find(Network, network_id)
    if network is None or not _visible(ctx, network):
        raise refusals.missing(Network.TABLE, network_id)
    return network


def find_subnet(ctx: Context, subnet_id: str) -> Subnet:
    """A subnet of a network the caller may see; NotFound otherwise."""
    subnet = store.find(Subnet, subnet_id)
    network = store.find(Network, subnet.network_id) if subnet else None
    if subnet is None or network is None or not _visible(ctx, network):
        raise refusals.missing(Subnet.TABLE, subnet_id)
    return subnet


def _visible(ctx: Context, network: Network) -> bool:
    return ctx.admin or network.shared or network.external or network.project_id == ctx.project_id


def usable(ctx: Context, network_id: str) -> Network:
    """A network the caller may put a port on. NotFound, or Forbidden where it leads outside."""
    network = find(ctx, network_id)
    if network.external:
        raise refusals.forbidden(
            f"Ports on the external network '{network.name}' are not allowed: put the port on a shared network and "
            "associate a floating IP with it."
        )
    return network


def update(ctx: Context, network_id: str, changes: dict[str, Any]) -> Network:
    """Rename or describe."""
    with transaction():
        network = find(ctx, network_id)
        ctx.authorize("network:networks:update", project_id=network.project_id)
        return store.update(network, **changes) if changes else network


def update_subnet(ctx: Context, subnet_id: str, changes: dict[str, Any]) -> Subnet:
    """Rename, describe, or change the name servers that guests are told."""
    with transaction():
        subnet = find_subnet(ctx, subnet_id)
        ctx.authorize("network:subnets:update", project_id=subnet.project_id)
        if "dns" in changes:
            request_apply()
        return store.update(subnet, **changes) if changes else subnet


def subnets_of(network_id: str) -> list[Subnet]:
    return store.select(Subnet, _ON, (network_id,))


def info(network: Network, subnets: list[Subnet]) -> NetworkInfo:
    """What other packages are told."""
    return NetworkInfo(
        id=network.id,
        name=network.name,
        shared=network.shared,
        external=network.external,
        mtu=network.mtu,
        bridge=bridge_name(network.id),
        subnets=tuple(subnet_info(subnet) for subnet in subnets),
    )


def subnet_info(subnet: Subnet) -> SubnetInfo:
    dns = tuple(msgspec.json.decode(subnet.dns, type=list[str]))
    return SubnetInfo(subnet.id, subnet.cidr, subnet.gateway_ip, dns or (subnet.gateway_ip,))


def automatic(ctx: Context) -> NetworkInfo | None:
    """The one network a server gets that asks for none: its project's own or a shared one; None when there is none.

    Raises Conflict in Nova's words when there are several.
    """
    tail = "WHERE t.external = 0 AND (t.shared = 1 OR t.project_id = ?) ORDER BY t.id LIMIT 2"
    found = store.select(Network, tail, (ctx.project_id,))
    if len(found) > 1:
        words = "Multiple possible networks found, use a Network ID to be more specific."
        raise refusals.conflict("NetworkAmbiguous", words)
    return info(found[0], subnets_of(found[0].id)) if found else None
