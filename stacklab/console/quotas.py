"""What a project has used and may use, as the strip above every list shows it."""

import asyncio

from msgspec import Struct

from stacklab.console.faults import Fault
from stacklab.console.page import Page


class Gauge(Struct, frozen=True):
    """`limit` -1 means unlimited, None that nobody says. `unit` is "", "GB", or "bytes" for numbers of bytes."""

    kind: str  # servers, vcpu, memory, floating, images, containers, objects, bytes
    used: float
    limit: float | None
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


def of_images(usage: dict[str, dict[str, int]]) -> list[Gauge]:
    """From Glance's usage, which counts bytes in MiB."""
    count, size = usage["image_count_total"], usage["image_size_total"]
    limit = size["limit"] << 20 if size["limit"] >= 0 else -1
    return [Gauge("images", count["usage"], count["limit"]), Gauge("bytes", size["usage"] << 20, limit, "bytes")]


def of_objects(headers: dict[str, str], whose: str) -> list[Gauge]:
    """From the headers of an `account` or a `container`. A quota that they do not tell is not known."""

    def gauge(kind: str, used: str, quota: str, unit: str = "") -> Gauge:
        told = [headers.get(f"x-{whose}-{name}", "") for name in (f"quota-{quota}", f"meta-quota-{quota}")]
        limit = min((int(number) for number in told if number.isdecimal()), default=None)
        return Gauge(kind, int(headers.get(f"x-{whose}-{used}", 0)), limit, unit)

    held = [gauge("objects", "object-count", "count"), gauge("bytes", "bytes-used", "bytes", "bytes")]
    return [gauge("containers", "container-count", "containers"), *held] if whose == "account" else held
