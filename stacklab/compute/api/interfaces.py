"""/servers/{id}/os-interface: the ports of a living server."""

from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any

from stacklab.compute.schemas.common import given, invalid
from stacklab.compute.schemas.servers import AttachInterface
from stacklab.compute.service import Compute
from stacklab.core import ids
from stacklab.core.errors import BadRequest
from stacklab.http.reply import Reply, accepted, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.networks.service import PortInfo


def index(compute: Compute, request: Request) -> Reply:
    found = compute.interfaces.index(request.ctx, request.path["server_id"])
    return ok({"interfaceAttachments": [_view(port, request) for port in found]})


def show(compute: Compute, request: Request) -> Reply:
    port = compute.interfaces.get(request.ctx, request.path["server_id"], request.path["id"])
    return ok({"interfaceAttachment": _view(port, request)})


def create(compute: Compute, request: Request) -> Reply:
    body: AttachInterface = request.body
    sent = body.interface
    port_id, network_id = given(sent.port_id), given(sent.net_id)
    fixed = sent.fixed_ips[0].ip_address if given(sent.fixed_ips) else None  # type: ignore[index]
    if given(sent.tag) and request.version < (2, 49):
        raise invalid("interfaceAttachment", "Additional properties are not allowed ('tag' was unexpected)")
    for name, value in (("port_id", port_id), ("net_id", network_id)):
        if value is not None and not ids.is_uuid(value):
            raise invalid(name, f"Value: {value}. '{value}' is not a 'uuid'")
    if port_id and (network_id or fixed):
        raise BadRequest("Must not input both network_id and port_id")
    if fixed and not network_id:
        raise BadRequest("Must input network_id when request IP address")
    if fixed and not _is_address(fixed):
        raise invalid("ip_address", f"Value: {fixed}. '{fixed}' is not an IP address")
    port = compute.interfaces.attach(
        request.ctx, request.path["server_id"], port_id=port_id, network_id=network_id, fixed_ip=fixed
    )
    return ok({"interfaceAttachment": _view(port, request)})


def delete(compute: Compute, request: Request) -> Reply:
    compute.interfaces.detach(request.ctx, request.path["server_id"], request.path["id"])
    return accepted()


def _view(port: PortInfo, request: Request) -> dict[str, Any]:
    view: dict[str, Any] = {
        "port_id": port.id,
        "net_id": port.network_id,
        "mac_addr": port.mac,
        "port_state": port.status,
        "fixed_ips": [{"subnet_id": address.subnet_id, "ip_address": address.ip} for address in port.addresses],
    }
    if request.version >= (2, 70):
        view["tag"] = None
    return view


def _is_address(text: str) -> bool:
    for kind in (IPv4Address, IPv6Address):
        try:
            kind(text)
        except AddressValueError:
            continue
        return True
    return False


_PATH = "/v2.1/servers/{server_id}/os-interface"
ROUTES = [
    Route("GET", _PATH, index),
    Route("POST", _PATH, create, body=AttachInterface),
    Route("GET", f"{_PATH}/{{id}}", show),
    Route("DELETE", f"{_PATH}/{{id}}", delete),
]
