"""The host as operators see it: a hypervisor, services, zones."""

from typing import Any

import msgspec

from stacklab.compute.hosts import Load, Service
from stacklab.compute.parts import ZONE, Parts
from stacklab.core import clock
from stacklab.http.microversion import Version


def hypervisor_id(parts: Parts, version: Version) -> str | int:
    """A number until 2.53, then a UUID."""
    return parts.provider if version >= (2, 53) else 1


def hypervisor(parts: Parts, compute: Service, version: Version) -> dict[str, Any]:
    return {
        "id": hypervisor_id(parts, version),
        "hypervisor_hostname": parts.host,
        "state": state(compute),
        "status": status(compute),
    }


def hypervisor_detail(parts: Parts, compute: Service, load: Load, version: Version) -> dict[str, Any]:
    view = {
        **hypervisor(parts, compute, version),
        "hypervisor_type": parts.info.kind,
        "hypervisor_version": parts.info.version,
        "host_ip": "127.0.0.1",
        "service": {
            "id": compute.id if version >= (2, 53) else compute.number,
            "host": parts.host,
            "disabled_reason": compute.reason,
        },
    }
    if version >= (2, 88):
        view["uptime"] = load.uptime
        return view
    cpu = {
        "arch": parts.info.arch,
        "model": parts.info.cpu_model,
        "vendor": "",
        "features": [],
        "topology": {"cores": parts.info.vcpus, "threads": 1, "sockets": 1},
    }
    view |= {
        "cpu_info": cpu if version >= (2, 28) else msgspec.json.encode(cpu).decode(),
        **statistics(parts, load),
    }
    del view["count"]
    return view


def statistics(parts: Parts, load: Load) -> dict[str, Any]:
    """What placement knows better, shown until 2.87."""
    return {
        "count": 1,
        "vcpus": parts.info.vcpus,
        "vcpus_used": load.vcpus,
        "memory_mb": parts.info.memory_mb,
        "memory_mb_used": load.memory_mb,
        "free_ram_mb": parts.info.memory_mb - load.memory_mb,
        "local_gb": load.disk_gb_total,
        "local_gb_used": load.disk_gb,
        "free_disk_gb": load.disk_gb_total - load.disk_gb,
        "disk_available_least": load.disk_gb_free,
        "running_vms": load.servers,
        "current_workload": load.tasks,
    }


def service(found: Service, host: str, version: Version) -> dict[str, Any]:
    view: dict[str, Any] = {
        "id": found.id if version >= (2, 53) else found.number,
        "binary": found.binary_name,
        "host": host,
        "zone": zone_of(found),
        "status": status(found),
        "state": state(found),
        "updated_at": clock.naive_us(clock.now()),  # it is this process that answers
        "disabled_reason": found.reason,
    }
    if version >= (2, 11):
        view["forced_down"] = bool(found.forced_down)
    return view


def zone_of(found: Service) -> str:
    return ZONE if found.binary_name == "nova-compute" else "internal"


def state(found: Service) -> str:
    return "down" if found.forced_down else "up"


def status(found: Service) -> str:
    return "disabled" if found.disabled else "enabled"
