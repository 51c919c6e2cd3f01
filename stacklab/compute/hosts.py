"""The one host, as operators see it: services that can be disabled, a hypervisor, an availability zone."""

import os
import time
from typing import NamedTuple

from stacklab.compute.parts import Parts
from stacklab.core import clock, ids
from stacklab.core.db.database import change, row, rows, transaction
from stacklab.core.errors import NotFound
from stacklab.http.context import Context

_GIB = 1 << 30
BINARIES = ("nova-conductor", "nova-scheduler", "nova-compute")


class Service(NamedTuple):
    """`number` is its id before microversion 2.53."""

    id: str
    number: int
    binary_name: str
    disabled: int
    reason: str | None
    forced_down: int
    updated_at: int


class Load(NamedTuple):
    """What the servers here add up to. Sizes in MiB and GiB; `uptime` as the `uptime` command words it."""

    servers: int
    tasks: int
    vcpus: int
    memory_mb: int
    disk_gb: int
    disk_gb_total: int
    disk_gb_free: int
    uptime: str


_COLUMNS = ", ".join(Service._fields)


class Hosts:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def parts(self) -> Parts:
        return self._parts

    def ensure_services(self) -> None:
        with transaction():
            for number, binary in enumerate(BINARIES, 1):
                record = (ids.new_uuid(), number, binary, clock.now())
                change("INSERT INTO services VALUES (?, ?, ?, 0, NULL, 0, ?) ON CONFLICT DO NOTHING", record)

    def services(self, ctx: Context, binary: str | None = None, host: str | None = None) -> list[Service]:
        ctx.authorize("compute:services:index")
        if host is not None and host != self._parts.host:
            return []
        found = [Service(*r) for r in rows(f"SELECT {_COLUMNS} FROM services ORDER BY number")]  # noqa: S608
        return [service for service in found if binary in (None, service.binary_name)]

    def service(self, ctx: Context, service_id: str) -> Service:
        ctx.authorize("compute:services:index")
        found = row(f"SELECT {_COLUMNS} FROM services WHERE id = ?", (service_id,))  # noqa: S608
        if found is None:
            raise NotFound(f"Service {service_id} could not be found.")
        return Service(*found)

    def change_service(
        self, ctx: Context, service_id: str, disabled: bool | None, reason: str | None, forced_down: bool | None
    ) -> Service:
        """Enable, disable (with a reason), or force down; what is None stays."""
        ctx.authorize("compute:services:update")
        with transaction():
            service = self.service(ctx, service_id)
            if disabled is not None:
                sql = "UPDATE services SET disabled = ?, reason = ?, updated_at = ? WHERE id = ?"
                change(sql, (int(disabled), reason if disabled else None, clock.now(), service.id))
            if forced_down is not None:
                change("UPDATE services SET forced_down = ? WHERE id = ?", (int(forced_down), service.id))
        return self.service(ctx, service_id)

    def load(self, ctx: Context) -> Load:
        ctx.authorize("compute:hypervisors:index")
        used = self._parts.placement.usages(self._parts.provider)
        servers, tasks = rows("SELECT count(*), count(task_state) FROM servers WHERE deleted_at = 0")[0]
        total, free = self._parts.disks.total_bytes() // _GIB, self._parts.disks.free_bytes() // _GIB
        return Load(
            servers,
            tasks,
            used.get("VCPU", 0),
            used.get("MEMORY_MB", 0),
            used.get("DISK_GB", 0),
            total,
            free,
            _uptime(),
        )

    def status(self) -> str:
        """UP, DOWN (forced) or MAINTENANCE (disabled): the host's state as servers show it."""
        found = row("SELECT disabled, forced_down FROM services WHERE binary_name = 'nova-compute'")
        if found is None:
            return "UNKNOWN"
        return "DOWN" if found[1] else "MAINTENANCE" if found[0] else "UP"

    def closed(self) -> str:
        """Why nothing new may be built here; "" when it may."""
        found = row("SELECT disabled, reason, forced_down FROM services WHERE binary_name = 'nova-compute'")
        if found is None or not (found[0] or found[2]):
            return ""
        if found[2]:
            return "No valid host was found. The compute service of this region is forced down."
        why = f": {found[1]}" if found[1] else "."
        return f"No valid host was found. The compute service of this region is disabled{why}"


def _uptime() -> str:
    """`18:00:00 up 3 days, 4:05, load average: 0.10, 0.20, 0.30`."""
    seconds = int(time.monotonic())
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    averages = ", ".join(f"{average:.2f}" for average in os.getloadavg())
    return (
        f" {time.strftime('%H:%M:%S', time.gmtime())} up {days} days, {hours}:{minutes:02},  load average: {averages}"
    )
