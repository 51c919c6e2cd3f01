"""/servers: list, create, show, update, delete."""

import base64
import binascii
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any

from msgspec import UNSET

from stacklab.compute.api import server_query
from stacklab.compute.creation import NewServer, NicWish
from stacklab.compute.listing import Named, ServerQuery
from stacklab.compute.model import servers as model
from stacklab.compute.model.servers import Server
from stacklab.compute.schemas.common import given, invalid, number, plain_name, refuse_gone, refuse_later, truth
from stacklab.compute.schemas.servers import (
    CHANGE_SINCE,
    SINCE,
    UNTIL,
    BlockDevice,
    CreateServer,
    NewServerBody,
    Nic,
    UpdateServer,
)
from stacklab.compute.service import Compute
from stacklab.compute.views import servers as views
from stacklab.core import ids
from stacklab.core.errors import BadRequest, Forbidden
from stacklab.http.pages import next_url
from stacklab.http.reply import Reply, accepted, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route


def index(compute: Compute, request: Request) -> Reply:
    query = server_query.read(request, compute.parts)
    found = compute.servers.names(request.ctx, query)
    body: dict[str, Any] = {"servers": [views.brief(server, request.base) for server in found]}
    return ok(_with_links(body, request, query, found))


def detail(compute: Compute, request: Request) -> Reply:
    query = server_query.read(request, compute.parts)
    found = compute.servers.index(request.ctx, query)
    around = look_around(compute, request, found)
    body: dict[str, Any] = {"servers": [views.detail(server, around) for server in found]}
    return ok(_with_links(body, request, query, found))


def show(compute: Compute, request: Request) -> Reply:
    server = compute.servers.get(request.ctx, request.path["id"])
    return ok({"server": _whole(compute, request, server)})


def create(compute: Compute, request: Request) -> Reply:
    body: CreateServer = request.body
    if why := compute.closed():
        raise Forbidden(why)
    made, password = compute.servers.create(request.ctx, _wish(body, request))
    if truth(given(body.server.return_reservation_id, False), "return_reservation_id"):
        return accepted({"reservation_id": made[0].reservation_id})
    first = made[0]
    reached = compute.parts.networks.reach_of([first.id]).get(first.id, ())
    view: dict[str, Any] = {
        "id": first.id,
        "links": views.links(request.base, "servers", first.id),
        "OS-DCF:diskConfig": first.disk_config,
        "security_groups": views.security_groups(reached) or [{"name": "default"}],
        "adminPass": password,
    }
    return accepted({"server": view}, view["links"][0]["href"])


def update(compute: Compute, request: Request) -> Reply:
    body: UpdateServer = request.body
    change = body.server
    refuse_later(change, CHANGE_SINCE, request.version, "server")
    values = {name: getattr(change, name) for name in change.__struct_fields__ if getattr(change, name) is not UNSET}
    if "name" in values:
        values["name"] = plain_name(values["name"])
    if "hostname" in values:
        _check_hostname(values["hostname"], request)
    _check_addresses(values.get("access_v4", ""), values.get("access_v6", ""))
    if "access_v6" in values:
        values["access_v6"] = _canonical(values["access_v6"])
    server = compute.servers.update(request.ctx, request.path["id"], values)
    view = _whole(compute, request, server)
    return ok({"server": view if request.version >= (2, 75) else _without_host(view)})


def delete(compute: Compute, request: Request) -> Reply:
    compute.servers.delete(request.ctx, request.path["id"])
    return no_content()


# --- presenting


def look_around(compute: Compute, request: Request, found: list[Server]) -> views.Around:
    """Addresses, tags and user data of all servers of an answer, in as many queries for a thousand as for one."""
    parts, listed = compute.parts, [server.id for server in found]
    admin = request.ctx.can("compute:servers:show:host")
    return views.Around(
        base=request.base,
        version=request.version,
        admin=admin,
        host=parts.host,
        host_status=compute.hosts.status() if admin else "UP",
        reach=parts.networks.reach_of(listed) if listed else {},
        tags=model.tags_of(listed) if listed and request.version >= (2, 26) else {},
        user_data=model.user_data_of(listed) if listed and admin and request.version >= (2, 3) else {},
    )


def _whole(compute: Compute, request: Request, server: Server) -> dict[str, Any]:
    return views.detail(server, look_around(compute, request, [server]), alone=True)


_HOST_KEYS = ("OS-EXT-SRV-ATTR:", "OS-EXT-STS:", "OS-SRV-USG:", "OS-EXT-AZ:", "os-extended-volumes:")
_LEFT_OUT = ("key_name", "config_drive", "security_groups", "host_status")


def _without_host(view: dict[str, Any]) -> dict[str, Any]:
    """Up to 2.74 the answer to an update had none of the extensions' keys."""
    return {k: v for k, v in view.items() if not k.startswith(_HOST_KEYS) and k not in _LEFT_OUT}


def _with_links(
    body: dict[str, Any], request: Request, query: ServerQuery, found: list[Server] | list[Named]
) -> dict[str, Any]:
    if found and len(found) == query.limit:
        asked = "limit" in request.query
        body["servers_links"] = [
            {"rel": "next", "href": next_url(request, found[-1].id, query.limit if asked else None)}
        ]
    return body


# --- reading a creation


def _wish(body: CreateServer, request: Request) -> NewServer:
    server = body.server
    refuse_later(server, SINCE, request.version, "server")
    refuse_gone(server, UNTIL, request.version, "server")
    _check_addresses(given(server.access_v4, ""), given(server.access_v6, ""))
    least, most = _counts(server)
    hints = given(body.hints) or given(body.old_hints)
    if given(server.hostname):
        _check_hostname(str(server.hostname), request)
    return NewServer(
        name=plain_name(server.name),
        image_id=_image(server),
        flavor_id=str(server.flavorRef).rstrip("/").rpartition("/")[2],
        nics=_nics(server, request),
        key_name=given(server.key_name),
        security_groups=_groups(server),
        user_data=_user_data(given(server.user_data)),
        config_drive=truth(given(server.config_drive) or False, "config_drive"),
        metadata=given(server.metadata, {}),
        zone=given(server.availability_zone),
        min_count=least,
        max_count=most,
        description=given(server.description, None if request.version >= (2, 19) else server.name.strip()),
        tags=tuple(dict.fromkeys(given(server.tags, ()))),
        hostname=given(server.hostname),
        admin_pass=given(server.admin_pass),
        group_id=given(hints.group) if hints else None,
        host=given(server.host) or given(server.hypervisor_hostname),
        disk_config=given(server.disk_config, "MANUAL"),
        access_v4=given(server.access_v4, ""),
        access_v6=_canonical(given(server.access_v6, "")),
    )


def _counts(server: NewServerBody) -> tuple[int, int]:
    least = number(given(server.min_count, 1), "min_count", 1)
    most = number(given(server.max_count, least), "max_count", 1)
    if least > most:
        raise BadRequest("min_count must be <= max_count")
    return least, most


def _image(server: NewServerBody) -> str:
    """The image's id, from `imageRef` or from the one block device that is offered: the image on the local disk."""
    if given(server.personality):
        raise BadRequest("Personality files are not offered by this cloud: use user_data instead.")
    if given(server.trusted_image_certificates):
        raise BadRequest("Image signature certificates are not offered by this cloud.")
    reference: str = given(server.imageRef, "").rstrip("/").rpartition("/")[2]
    devices = [*given(server.block_device_mapping, ()), *given(server.block_device_mapping_v2, ())]
    for device in devices:
        reference = _device_image(device, reference)
    if not reference and devices:
        raise BadRequest("Block Device Mapping is Invalid: no device of it is one that the server could boot from.")
    if not reference:
        raise BadRequest("Invalid imageRef provided.")
    if not ids.is_uuid(reference):
        raise invalid("imageRef", f"Value: {reference}. '{reference}' is not a 'uuid'")
    return reference


def _device_image(device: BlockDevice, reference: str) -> str:
    first = device.boot_index is not None and str(device.boot_index) == "0"
    if device.source_type != "image" or device.destination_type != "local" or not first:
        raise Forbidden("Volumes are not offered by this cloud yet: a server boots from an image on its local disk.")
    if reference and device.uuid and device.uuid != reference:
        raise BadRequest("Block Device Mapping is Invalid: the image and the mapping of boot index 0 differ.")
    return device.uuid or reference


def _nics(server: NewServerBody, request: Request) -> tuple[NicWish, ...] | None:
    networks = server.networks
    if networks is UNSET:
        if request.version >= (2, 37):
            raise invalid("server", "'networks' is a required property")
        return None
    if isinstance(networks, str):
        if request.version < (2, 37):
            raise invalid("networks", f"Value: {networks}. '{networks}' is not of type 'array'")
        return None if networks == "auto" else ()
    if isinstance(networks, list) and not networks:
        return None
    return tuple(_nic(nic, request) for nic in networks) if isinstance(networks, list) else None


def _nic(nic: Nic, request: Request) -> NicWish:
    if given(nic.tag) and not ((2, 32) <= request.version <= (2, 36) or request.version >= (2, 42)):
        raise invalid("networks", "Additional properties are not allowed ('tag' was unexpected)")
    if port := given(nic.port):
        if given(nic.fixed_ip):
            raise BadRequest(f"Specified Fixed IP '{nic.fixed_ip}' cannot be used with port '{port}'.")
        return NicWish(port_id=_uuid(port, "port"))
    if nic.uuid is UNSET:
        raise invalid("networks", "'uuid' or 'port' is a required property")
    fixed = given(nic.fixed_ip)
    if fixed is not None and not _is_address(fixed):
        raise invalid("fixed_ip", f"Value: {fixed}. '{fixed}' is not an IP address")
    return NicWish(network_id=_uuid(str(nic.uuid), "uuid"), fixed_ip=fixed)


def _groups(server: NewServerBody) -> tuple[str, ...] | None:
    names = given(server.security_groups)
    return tuple(dict.fromkeys(group.name for group in names)) if names else None


def _user_data(data: str | None) -> str | None:
    try:
        if data:
            base64.b64decode(data, validate=False) if "\n" in data else base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise invalid("user_data", "It is not valid Base64") from None
    return data


def _check_hostname(hostname: str, request: Request) -> None:
    if request.version < (2, 94) and ("." in hostname or len(hostname) > 63):
        raise invalid("hostname", f"Value: {hostname}. '{hostname}' is not a host name of at most 63 characters")


def _check_addresses(v4: str, v6: str) -> None:
    for field, value, kind in (("accessIPv4", v4, IPv4Address), ("accessIPv6", v6, IPv6Address)):
        try:
            _ = kind(value) if value else None
        except AddressValueError:
            raise invalid(field, f"Value: {value}. '{value}' is not an {field[-4:]} address") from None


def _canonical(v6: str) -> str:
    """The one spelling of RFC 5952."""
    return str(IPv6Address(v6)) if v6 else ""


def _is_address(text: str) -> bool:
    try:
        IPv4Address(text)
    except AddressValueError:
        try:
            IPv6Address(text)
        except AddressValueError:
            return False
    return True


def _uuid(text: str, field: str) -> str:
    if not ids.is_uuid(text):
        raise invalid(field, f"Value: {text}. '{text}' is not a 'uuid'")
    return text


ROUTES = [
    Route("GET", "/v2.1/servers", index),
    Route("POST", "/v2.1/servers", create, body=CreateServer),
    Route("GET", "/v2.1/servers/detail", detail),
    Route("GET", "/v2.1/servers/{id}", show),
    Route("PUT", "/v2.1/servers/{id}", update, body=UpdateServer),
    Route("DELETE", "/v2.1/servers/{id}", delete),
]
