"""A server as clients see it, brief or in detail."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct, field

from stacklab.compute import states
from stacklab.compute.listing import Named
from stacklab.compute.model import servers as model
from stacklab.compute.model.servers import Server
from stacklab.core import clock
from stacklab.http.microversion import Version
from stacklab.networks.service import Reach

_FAULTY = ("ERROR", "DELETED")
_PROGRESS = ("ACTIVE", "BUILD", "DELETED")


class Around(Struct, frozen=True):
    """What the views of one answer share, fetched for all its servers at once. `admin`: the caller sees the host."""

    base: str  # public URL of the mount
    version: Version
    admin: bool
    host: str
    host_status: str = "UP"
    reach: Mapping[str, Sequence[Reach]] = field(default_factory=dict)
    tags: Mapping[str, list[str]] = field(default_factory=dict)
    user_data: Mapping[str, str] = field(default_factory=dict)


def links(base: str, kind: str, id: str) -> list[dict[str, str]]:
    """Nova's pair: with the version in the path, and without (a bookmark)."""
    return [
        {"rel": "self", "href": f"{base}/v2.1/{kind}/{id}"},
        {"rel": "bookmark", "href": f"{base}/{kind}/{id}"},
    ]


def brief(server: Named, base: str) -> dict[str, Any]:
    return {"id": server.id, "name": server.name, "links": links(base, "servers", server.id)}


def detail(server: Server, around: Around, alone: bool = False) -> dict[str, Any]:
    """Everything of one server at the microversion; `alone` when it is not part of a list."""
    reached = around.reach.get(server.id, ())
    status = states.status(server.vm_state, server.task_state)
    view: dict[str, Any] = {
        "id": server.id,
        "name": server.name,
        "status": status,
        "tenant_id": server.project_id,
        "user_id": server.user_id,
        "metadata": model.metadata_of(server),
        "hostId": host_id(server, around.host),
        "image": _image(server, around.base),
        "flavor": _flavor(server, around),
        "created": clock.iso(server.created_at),
        "updated": clock.iso(server.updated_at),
        "addresses": addresses(reached),
        "accessIPv4": server.access_v4,
        "accessIPv6": server.access_v6,
        "links": links(around.base, "servers", server.id),
        "OS-DCF:diskConfig": server.disk_config,
        "OS-EXT-AZ:availability_zone": server.zone if server.launched_at or server.vm_state != states.ERROR else "",
        "config_drive": "True" if server.config_drive else "",
        "key_name": server.key_name,
        "OS-SRV-USG:launched_at": _time(server.launched_at),
        "OS-SRV-USG:terminated_at": _time(server.terminated_at),
        "OS-EXT-STS:task_state": server.task_state,
        "OS-EXT-STS:vm_state": server.vm_state,
        "OS-EXT-STS:power_state": server.power_state,
        "os-extended-volumes:volumes_attached": [],
    }
    if status in _PROGRESS:
        view["progress"] = 0
    if status in _FAULTY and (fault := _fault(server, around.admin)):
        view["fault"] = fault
    if groups := security_groups(reached):
        view["security_groups"] = groups
    if around.admin:
        view |= _for_admins(server, around)
    _later(view, server, around, alone)
    return view


def _for_admins(server: Server, around: Around) -> dict[str, Any]:
    placed = around.host if server.vm_state != states.ERROR or server.launched_at else None
    view: dict[str, Any] = {
        "OS-EXT-SRV-ATTR:host": placed,
        "OS-EXT-SRV-ATTR:instance_name": f"sl-{server.id}",
        "OS-EXT-SRV-ATTR:hypervisor_hostname": placed,
    }
    if around.version >= (2, 3):
        view |= {
            "OS-EXT-SRV-ATTR:reservation_id": server.reservation_id,
            "OS-EXT-SRV-ATTR:launch_index": server.launch_index,
            "OS-EXT-SRV-ATTR:hostname": server.hostname,
            "OS-EXT-SRV-ATTR:kernel_id": "",
            "OS-EXT-SRV-ATTR:ramdisk_id": "",
            "OS-EXT-SRV-ATTR:root_device_name": "/dev/vda",
            "OS-EXT-SRV-ATTR:user_data": around.user_data.get(server.id),
        }
    if around.version >= (2, 16):
        view["host_status"] = around.host_status if placed else ""
    return view


def _later(view: dict[str, Any], server: Server, around: Around, alone: bool) -> None:
    """What microversions added for everyone."""
    version = around.version
    if version >= (2, 9):
        view["locked"] = server.locked is not None
    if version >= (2, 19):
        view["description"] = server.description
    if version >= (2, 26):
        view["tags"] = around.tags.get(server.id, [])
    if version >= (2, 63):
        view["trusted_image_certificates"] = None
    if version >= (2, 71) and alone:
        view["server_groups"] = [server.group_id] if server.group_id else []
    if version >= (2, 73):
        view["locked_reason"] = server.locked_reason
    if version >= (2, 90):
        view["OS-EXT-SRV-ATTR:hostname"] = server.hostname
    if version >= (2, 96):
        view["pinned_availability_zone"] = server.pinned_zone


def host_id(server: Server, host: str) -> str:
    """The host without its name: the same for a project's servers on one host, different between projects."""
    if server.vm_state == states.ERROR and not server.launched_at:
        return ""
    return _mark(server.project_id, host)


@lru_cache(maxsize=1024)
def _mark(project_id: str, host: str) -> str:
    return hashlib.sha224(f"{project_id}{host}".encode()).hexdigest()


def addresses(reached: Sequence[Reach]) -> dict[str, list[dict[str, Any]]]:
    """By network name, in the order of the ports; a floating address follows its fixed one."""
    view: dict[str, list[dict[str, Any]]] = {}
    for network, mac, ip, floating, _ in reached:
        listed = view.setdefault(network, [])
        if ip:
            listed.append(_address(ip, mac, "fixed"))
        if floating:
            listed.append(_address(floating, mac, "floating"))
    return view


def _address(ip: str, mac: str, kind: str) -> dict[str, Any]:
    return {"version": 4, "addr": ip, "OS-EXT-IPS:type": kind, "OS-EXT-IPS-MAC:mac_addr": mac}


def security_groups(reached: Sequence[Reach]) -> list[dict[str, str]]:
    """Each name once, in the order of the ports; most servers have one address and nothing to merge."""
    names = (
        reached[0].group_names if len(reached) == 1 else dict.fromkeys(n for each in reached for n in each.group_names)
    )
    return [{"name": name} for name in names]


def _image(server: Server, base: str) -> dict[str, Any] | str:
    if not server.image_id:
        return ""
    return {"id": server.image_id, "links": [{"rel": "bookmark", "href": f"{base}/images/{server.image_id}"}]}


def _flavor(server: Server, around: Around) -> dict[str, Any]:
    if around.version < (2, 47):
        href = f"{around.base}/flavors/{server.flavor_id}"
        return {"id": server.flavor_id, "links": [{"rel": "bookmark", "href": href}]}
    flavor = model.flavor_of(server)
    return {
        "vcpus": flavor.vcpus,
        "ram": flavor.ram,
        "disk": flavor.disk,
        "ephemeral": flavor.ephemeral,
        "swap": flavor.swap,
        "original_name": flavor.name,
        "extra_specs": flavor.extra_specs,
    }


def _fault(server: Server, admin: bool) -> dict[str, Any] | None:
    fault = model.fault_of(server)
    if fault is None:
        return None
    view: dict[str, Any] = {"code": fault.code, "message": fault.message, "created": clock.iso(fault.at)}
    if fault.details and (admin or fault.code != 500):
        view["details"] = fault.details
    return view


def _time(us: int | None) -> str | None:
    return None if us is None else clock.naive_us(us)


def plain_addresses(reached: Sequence[Reach]) -> dict[str, list[dict[str, Any]]]:
    """What /ips shows: the same without the extensions' keys."""
    return {
        name: [{"version": entry["version"], "addr": entry["addr"]} for entry in listed]
        for name, listed in addresses(reached).items()
    }
