"""What a guest may learn about itself: from its row and ports to the facts that the metadata trees are made of."""

import base64
import binascii
import secrets
from ipaddress import ip_network

from stacklab.compute.model import servers as model
from stacklab.compute.model.servers import Server
from stacklab.compute.parts import Parts
from stacklab.core import clock
from stacklab.host.metadata.spec import InstanceFacts, NicFacts
from stacklab.networks.service import PortInfo

_SEED = 512  # bytes of entropy handed to a guest


def by_address(parts: Parts, source_ip: str) -> InstanceFacts | None:
    """The facts of the server whose fixed address this is."""
    found = parts.networks.port_by_address(source_ip)
    server = model.get(found[0]) if found else None
    return of_server(parts, server) if server else None


def of_server(parts: Parts, server: Server) -> InstanceFacts:
    ports = parts.networks.ports_of([server.id]).get(server.id, [])
    data = model.user_data_of([server.id]).get(server.id)
    fixed = [address.ip for port in ports for address in port.addresses]
    floating = [port.floating[ip] for port in ports for ip in port.floating]
    groups = dict.fromkeys(name for port in ports for _, name in port.security_groups)
    has_key = server.key_name is not None and server.key_data is not None
    return InstanceFacts(
        id=server.id,
        name=server.name,
        hostname=server.hostname,
        project_id=server.project_id,
        availability_zone=server.zone,
        flavor=model.flavor_of(server).name,
        image_id=server.image_id,
        launch_index=server.launch_index,
        created=clock.iso(server.created_at),
        meta=model.metadata_of(server),
        keys={server.key_name: server.key_data} if has_key else {},  # type: ignore[dict-item]
        key_types={server.key_name: server.key_type or "ssh"} if has_key else {},  # type: ignore[dict-item]
        user_data=_decoded(data),
        fixed_ip=fixed[0] if fixed else "",
        floating_ip=floating[0] if floating else None,
        security_groups=tuple(groups),
        nics=tuple(_nic(port) for port in ports if port.addresses),
        random_seed=secrets.token_bytes(_SEED),
    )


def _nic(port: PortInfo) -> NicFacts:
    netmask = str(ip_network(port.cidr).netmask) if port.cidr else ""
    return NicFacts(
        port_id=port.id,
        network_id=port.network_id,
        mac=port.mac,
        mtu=port.mtu,
        address=port.addresses[0].ip,
        netmask=netmask,
        gateway=port.gateway or None,
        dns=port.dns,
        tap=port.tap,
    )


def _decoded(data: str | None) -> bytes | None:
    try:
        return base64.b64decode(data) if data else None
    except binascii.Error:
        return None
