"""Ports as Neutron shows them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from stacklab.core.db.database import rows
from stacklab.host.network.plan import bridge_name
from stacklab.http.context import Context
from stacklab.networks import groups, store
from stacklab.networks.model import Port
from stacklab.networks.views.standard import standard, tags_of

FixedIps = list[dict[str, str]]


def ports(ctx: Context, listed: Sequence[Port]) -> list[dict[str, Any]]:
    """An admin also sees where a port is bound."""
    known = tuple(port.id for port in listed)
    tags, fixed, grouped = tags_of(listed), fixed_ips(known), groups.of_ports(known)
    binding = ctx.can("network:ports:show:binding")
    return [
        _port(each, fixed[each.id], [group for group, _ in grouped.get(each.id, [])], tags[each.id], binding)
        for each in listed
    ]


def fixed_ips(port_ids: tuple[str, ...]) -> dict[str, FixedIps]:
    found: dict[str, FixedIps] = defaultdict(list)
    sql = (
        f"SELECT holder, subnet_id, ip FROM addresses WHERE holder IN ({store.marks(port_ids)}) ORDER BY holder, number"  # noqa: S608
    )
    for holder, subnet_id, ip in rows(sql, port_ids) if port_ids else []:
        found[holder].append({"subnet_id": subnet_id, "ip_address": ip})
    return found


def _port(port: Port, fixed: FixedIps, group_ids: list[str], tags: list[str], binding: bool) -> dict[str, Any]:
    view = {
        "id": port.id,
        "name": port.name,
        "network_id": port.network_id,
        "mac_address": port.mac_address,
        "admin_state_up": port.admin_state_up,
        "status": port.status,
        "device_id": port.device_id,
        "device_owner": port.device_owner,
        "fixed_ips": fixed,
        "security_groups": group_ids,
        "port_security_enabled": port.port_security_enabled,
        "binding:vnic_type": "normal",
        "tags": tags,
        **standard(port),
    }
    return view | _binding(port) if binding else view


def _binding(port: Port) -> dict[str, Any]:
    bound = {"port_filter": True, "connectivity": "l2", "bridge_name": bridge_name(port.network_id)}
    return {
        "binding:host_id": port.host,
        "binding:vif_type": "bridge" if port.host else "unbound",
        "binding:vif_details": bound if port.host else {},
        "binding:profile": {},
    }
