"""A server as people see it: one row, made from what the compute API answers."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from stacklab.console.faults import Fault, Gettext, words

Json = dict[str, Any]
BUSY_STATES = {"BUILD", "REBOOT", "HARD_REBOOT"}


class Row(Struct, frozen=True):
    id: str
    name: str
    status: str  # Nova's, or DELETING while a deletion waits for its undo window or is under way
    task: str
    floating: str
    fixed: str
    vcpus: int
    ram: int  # MB
    disk: int  # GB
    flavor: str
    image: str  # id, or "" when booted from a volume
    created: str
    key: str
    fault: str  # Nova's message
    waiting: bool  # can still be undone
    groups: tuple[str, ...]

    @property
    def busy(self) -> bool:
        return bool(self.task) or self.status in BUSY_STATES or self.status == "DELETING"

    @property
    def address(self) -> str:
        return self.floating or self.fixed

    @property
    def verb(self) -> str:
        """The one action offered on the row."""
        if self.waiting or self.status == "DELETING":
            return "undo" if self.waiting else ""
        return {"ACTIVE": "stop", "SHUTOFF": "start", "ERROR": "delete"}.get(self.status, "") if not self.task else ""


def row(server: Json, waiting: Iterable[str] = ()) -> Row:
    """From an element of `GET /servers/detail` at microversion 2.79."""
    floating, fixed = _addresses(server)
    flavor = server.get("flavor") or {}
    task = server.get("OS-EXT-STS:task_state") or ""
    waits = server["id"] in set(waiting)
    image = server.get("image") or {}
    return Row(
        id=server["id"],
        name=server["name"],
        status="DELETING" if waits or task == "deleting" else server["status"],
        task=task,
        floating=floating,
        fixed=fixed,
        vcpus=flavor.get("vcpus", 0),
        ram=flavor.get("ram", 0),
        disk=flavor.get("disk", 0),
        flavor=flavor.get("original_name", ""),
        image=image.get("id", ""),
        created=server["created"],
        key=server.get("key_name") or "",
        fault=(server.get("fault") or {}).get("message", ""),
        waiting=waits,
        groups=tuple(dict.fromkeys(group["name"] for group in server.get("security_groups") or [])),
    )


def _addresses(server: Json) -> tuple[str, str]:
    found = {"floating": "", "fixed": ""}
    for addresses in (server.get("addresses") or {}).values():
        for address in addresses:
            kind = address.get("OS-EXT-IPS:type", "fixed")
            found[kind] = found[kind] or address["addr"]
    return found["floating"], found["fixed"]


def explain(row: Row, _: Gettext) -> str:
    """A failed server's fault in words."""
    return words(Fault(500, row.fault), _) if row.fault else ""


FACETS: dict[str, Callable[[Row], bool]] = {
    "all": lambda _r: True,
    "running": lambda r: r.status == "ACTIVE",
    "stopped": lambda r: r.status == "SHUTOFF",
    "attention": lambda r: r.status == "ERROR",
}


def facets(rows: list[Row]) -> dict[str, int]:
    """How many servers each facet holds."""
    return {name: len([r for r in rows if holds(r)]) for name, holds in FACETS.items()}


def chosen(rows: list[Row], facet: str, text: str) -> list[Row]:
    """The rows of a facet whose name or address contains the text; newest first."""
    holds = FACETS.get(facet, FACETS["all"])
    needle = text.strip().lower()
    found = [r for r in rows if holds(r) and any(needle in field.lower() for field in (r.name, r.floating, r.fixed))]
    return sorted(found, key=lambda r: (r.created, r.id), reverse=True)
