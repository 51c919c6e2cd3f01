"""What comes in from the outboxes of nodes: each line counts once, however often it comes."""

import msgspec

from stacklab.core import clock, log
from stacklab.core.db.database import change, durable, transaction
from stacklab.core.errors import BadRequest
from stacklab.identity.service import Identity
from stacklab.regions.home.joining import register
from stacklab.regions.home.records import Node
from stacklab.regions.home.registry import Registry
from stacklab.regions.home.schema import Item, Line, Registration, Report

_log = log.get(__name__)
_USAGE = "INSERT INTO regions_usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_REPORT = "UPDATE regions_nodes SET capacity = ?, servers = ?, seen_at = ? WHERE id = ?"


def take(registry: Registry, identity: Identity, node: Node, report: Report) -> tuple[list[int], dict[int, str]]:
    """The ids of what was taken, which the node may now forget: on the disk when this returns; and of what will never
    be, with why, which holds nothing else back."""
    refused: dict[int, str] = {}
    with durable():
        for item in report.items:
            try:
                with transaction():
                    _take(registry, identity, node, item)
            except BadRequest as error:
                refused[item.id] = error.message
                _log.warning("an item of a region is refused", region=node.name, kind=item.kind, why=error.message)
        capacity = msgspec.json.encode(report.capacity).decode()
        change(_REPORT, (capacity, report.servers, clock.now(), node.id))
        registry.refresh()
    return [item.id for item in report.items if item.id not in refused], refused


def _take(registry: Registry, identity: Identity, node: Node, item: Item) -> None:
    try:
        if item.kind == "usage":
            line = msgspec.convert(item.payload, Line)
            _usage(node, item.key, line)
        elif item.kind == "registration":
            where = msgspec.convert(item.payload, Registration)
            register(registry, identity, node, where.address, where.services)
        else:
            raise BadRequest(f"Invalid input for field 'items.kind': {item.kind}")
    except msgspec.ValidationError as error:
        raise BadRequest(f"Invalid input for field 'items.payload': {error}") from None


def _usage(node: Node, key: str, line: Line) -> None:
    change(
        _USAGE,
        (
            node.id,
            key,
            node.name,
            line.project_id,
            line.server_id,
            line.flavor,
            line.vcpus,
            line.ram_mb,
            line.disk_gb,
            line.begins,
            line.ends,
            clock.now(),
        ),
    )
