"""What a project has used and may use, as the strip above every list shows it."""

import asyncio

from msgspec import Struct

from stacklab.console.faults import Fault
from stacklab.console.page import Page


class Gauge(Struct, frozen=True):
    """`limit` -1 means unlimited. `unit` is "" or "GB"."""

    kind: str  # servers, vcpu, memory, floating
    used: float
    limit: float
    unit: str = ""


async def gauges(page: Page) -> list[Gauge]:
    """Servers, vCPU, memory and floating IPs, from Nova's limits and Neutron's quota."""
    limits, floating = await asyncio.gather(page.api.get("/compute/v2.1/limits"), _floating(page))
    absolute = limits["limits"]["absolute"]
    ram = absolute["maxTotalRAMSize"]
    return [
        Gauge("servers", absolute["totalInstancesUsed"], absolute["maxTotalInstances"]),
        Gauge("vcpu", absolute["totalCoresUsed"], absolute["maxTotalCores"]),
        Gauge("memory", round(absolute["totalRAMUsed"] / 1024, 1), ram if ram < 0 else round(ram / 1024, 1), "GB"),
        *floating,
    ]


async def _floating(page: Page) -> list[Gauge]:
    project = page.me.who.project_id
    try:
        quota, used = await asyncio.gather(
            page.api.get(f"/network/v2.0/quotas/{project}"), page.api.get("/network/v2.0/floatingips", fields="id")
        )
    except Fault:
        return []  # the strip is an aid; a list is shown without it
    return [Gauge("floating", len(used["floatingips"]), quota["quota"]["floatingip"])]
