"""When servers end: a lease is announced, then stops the server, then deletes it; one click extends it."""

from typing import Any

from msgspec import Struct

from stacklab.console.faults import Fault
from stacklab.console.page import Page
from stacklab.console.places import LEASES

Json = dict[str, Any]


class Lease(Struct, frozen=True):
    """`stage`: running (`when`: the end of its age, or ""), announced (`when`: it stops) or stopped (it is deleted)."""

    server: str
    name: str
    stage: str
    reason: str  # "", idle or age
    when: str  # ISO

    @property
    def urgent(self) -> bool:
        return self.stage in ("announced", "stopped")


async def of_project(page: Page) -> dict[str, Lease]:
    """Server id → lease, without the exempt. Empty where the region keeps none or does not say: lists go without."""
    try:
        found = (await page.api.get(LEASES))["leases"]
    except Fault:
        return {}
    return {item["server_id"]: lease(item) for item in found if item["stage"] != "exempt"}


async def of_server(page: Page, server: str) -> Lease | None:
    try:
        found: Json = (await page.api.get(f"{LEASES}/{server}"))["lease"]
    except Fault:
        return None
    return lease(found) if found["stage"] != "exempt" else None


def lease(item: Json) -> Lease:
    """From the API's shape: the time that comes next."""
    stage = item["stage"]
    when = {"announced": item.get("stops_at"), "stopped": item.get("deletes_at")}.get(stage, item.get("ends_at"))
    return Lease(item["server_id"], item.get("server_name") or "", stage, item.get("reason") or "", when or "")
