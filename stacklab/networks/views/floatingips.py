"""Floating IPs as Neutron shows them. `router_id` stays null: this host forwards, there is no router resource."""

from collections.abc import Sequence
from typing import Any

from stacklab.networks import store
from stacklab.networks.model import FloatingIp, Port
from stacklab.networks.views.standard import standard, tags_of


def floating_ips(listed: Sequence[FloatingIp]) -> list[dict[str, Any]]:
    tags = tags_of(listed)
    known = tuple({each.port_id for each in listed if each.port_id})
    tail = f"WHERE t.id IN ({store.marks(known)})"
    ports = {port.id: port for port in store.select(Port, tail, known)} if known else {}
    return [_floating(each, ports.get(each.port_id or ""), tags[each.id]) for each in listed]


def _floating(floating: FloatingIp, port: Port | None, tags: list[str]) -> dict[str, Any]:
    return {
        "id": floating.id,
        "floating_network_id": floating.network_id,
        "floating_ip_address": floating.address,
        "port_id": floating.port_id,
        "fixed_ip_address": floating.fixed_ip,
        "router_id": None,
        "status": "ACTIVE" if floating.port_id else "DOWN",
        "port_details": _details(port) if port else None,
        "tags": tags,
        **standard(floating),
    }


def _details(port: Port) -> dict[str, Any]:
    return {
        "name": port.name,
        "network_id": port.network_id,
        "mac_address": port.mac_address,
        "admin_state_up": port.admin_state_up,
        "status": port.status,
        "device_id": port.device_id,
        "device_owner": port.device_owner,
    }
