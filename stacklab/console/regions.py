"""What home knows about the regions: who lends them, how full they are, whether they answer.

These are home's own facts, from its public list. No page ever asks a region how it is, so a region that is away holds
nobody up. Pages show the list as last seen; it is renewed behind their back.
"""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from stacklab.console.client import Api, Http
from stacklab.console.faults import Fault
from stacklab.core import clock

Json = dict[str, Any]
PATH = "/regions/v1/regions"
FRESH = 2 * clock.SECOND
PATIENCE = 1.0  # seconds that the very first page waits for the list


class Capacity(Struct, frozen=True):
    """One measure of a region; `total` 0 when home does not know it. Memory and disk in GB."""

    kind: str  # vcpu, memory, disk
    used: float
    total: float
    unit: str = ""

    @property
    def words(self) -> str:
        """`12 / 64`, `3.5 / 512 GB`, `0 / 4,096 TB`."""
        by, unit = (1024, "TB") if self.unit == "GB" and self.total >= 10240 else (1, self.unit)
        return f"{_number(self.used / by)} / {_number(self.total / by)} {unit}".strip()

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.used / self.total)) if self.total else 0


class Region(Struct, frozen=True):
    name: str
    sponsor: str = ""
    url: str = ""  # the sponsor's page; "" unless it is a web address
    trusted: bool = True
    reachable: bool = True
    last_seen: str = ""  # ISO
    services: tuple[str, ...] = ()
    capacity: tuple[Capacity, ...] = ()


class Regions:
    """`seen` is the list as last seen, this node's own region first; never empty."""

    def __init__(self, http: Http, own: str) -> None:
        self._http = http
        self.own = own
        self.seen: list[Region] = [Region(own)]
        self._looked = 0
        self._looking: asyncio.Task[None] | None = None

    async def look(self) -> None:
        """Renew the list if it is old, without waiting for it; only the first visitor waits a moment."""
        if clock.now() - self._looked < FRESH:
            return
        first, self._looked = not self._looked, clock.now()
        self._looking = asyncio.get_running_loop().create_task(self._renew())
        if first:
            await asyncio.wait([self._looking], timeout=PATIENCE)

    async def now(self, api: Api) -> list[Region]:
        """The list as it is now, with a visitor's client, for the pages that are about it."""
        try:
            self._take(await api.get(PATH))
        except Fault as fault:
            if fault.status not in (0, 404):
                raise
        return self.seen

    def named(self, name: str) -> Region | None:
        return next((region for region in self.seen if region.name == name), None)

    async def close(self) -> None:
        if self._looking:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    async def _renew(self) -> None:
        try:
            self._take(await Api(self._http).get(PATH))
        except Fault:
            return  # what was seen last stays

    def _take(self, answer: Any) -> None:
        found = [_region(item) for item in answer["regions"]]
        if not any(region.name == self.own for region in found):
            found.append(Region(self.own))
        self.seen = sorted(found, key=lambda region: (region.name != self.own, region.name))
        self._looked = clock.now()


def _number(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _region(item: Json) -> Region:
    url = str(item.get("sponsor_url") or "")
    return Region(
        name=str(item["name"]),
        sponsor=str(item.get("sponsor") or ""),
        url=url if urlsplit(url).scheme in ("http", "https") else "",
        trusted=bool(item.get("trusted", True)),
        reachable=bool(item.get("reachable", True)),
        last_seen=str(item.get("last_seen") or ""),
        services=tuple(str(service) for service in item.get("services") or ()),
        capacity=_capacity(item.get("capacity") or {}),
    )


def _capacity(told: Json) -> tuple[Capacity, ...]:
    """From `{"vcpus": {"total", "used"}, "memory_mb": …, "disk_gb": …}`, of which any may be missing."""
    measures = [("vcpu", "vcpus", 1, ""), ("memory", "memory_mb", 1024, "GB"), ("disk", "disk_gb", 1, "GB")]
    return tuple(
        Capacity(kind, round(told[key]["used"] / by, 1), round(told[key]["total"] / by, 1), unit)
        for kind, key, by, unit in measures
        if key in told and told[key].get("total")
    )
