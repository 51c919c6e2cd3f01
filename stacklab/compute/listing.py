"""Lists of servers: filters and sorting as SQL conditions, pages by keyset on an index."""

from typing import Any, NamedTuple

from msgspec import Struct

from stacklab.compute.model import servers as model
from stacklab.compute.model.servers import COLUMNS, Server
from stacklab.compute.patterns import Pattern
from stacklab.core.db.database import rows
from stacklab.core.errors import BadRequest
from stacklab.http.context import Context
from stacklab.networks.service import Networks, Reach

SORTS = {
    "created_at": "created_at", "updated_at": "updated_at", "display_name": "name", "name": "name", "uuid": "id",
    "id": "id", "vm_state": "vm_state", "task_state": "coalesce(task_state, '')", "power_state": "power_state",
    "launched_at": "coalesce(launched_at, 0)", "terminated_at": "coalesce(terminated_at, 0)",
    "host": "created_at", "hostname": "hostname", "image_ref": "image_id", "instance_type_id": "flavor_id",
    "key_name": "coalesce(key_name, '')", "project_id": "project_id", "user_id": "user_id",
    "launch_index": "launch_index", "access_ip_v4": "access_v4", "access_ip_v6": "access_v6",
    "auto_disk_config": "disk_config", "availability_zone": "zone", "config_drive": "config_drive",
    "display_description": "coalesce(description, '')", "locked": "coalesce(locked, '')",
    "root_device_name": "created_at", "node": "created_at", "progress": "created_at", "uuid_": "id",
    "created": "created_at",
}  # fmt: skip

_SEARCHED = 10_000  # servers whose addresses are compared with a pattern


class Order(Struct, frozen=True):
    column: str
    descending: bool = True


class Named(NamedTuple):
    """All that a brief list shows of a server."""

    id: str
    name: str


class ServerQuery(Struct, frozen=True):
    """`where`: ready conditions with their `values`. `deleted` None: both. Patterns: see `patterns`."""

    where: tuple[str, ...] = ()
    values: tuple[object, ...] = ()
    orders: tuple[Order, ...] = (Order("created_at"),)
    limit: int = 1000
    marker: str | None = None
    all_projects: bool = False
    project_id: str | None = None
    deleted: bool | None = False
    name_pattern: str | None = None
    address_pattern: str | None = None


def select(ctx: Context, networks: Networks, query: ServerQuery) -> list[Server]:
    return list(map(Server._make, _matching(COLUMNS, ctx, networks, query)))


def select_names(ctx: Context, networks: Networks, query: ServerQuery) -> list[Named]:
    return list(map(Named._make, _matching("id, name", ctx, networks, query)))


def _matching(columns: str, ctx: Context, networks: Networks, query: ServerQuery) -> list[tuple[Any, ...]]:
    """One query whatever is asked (a pattern of addresses needs one more, and the ports)."""
    where, values = list(query.where), list(query.values)
    if not query.all_projects:
        where.insert(0, "project_id = ?")
        values.insert(0, query.project_id or ctx.project_id)
    if query.deleted is not None:
        where.append("deleted_at > 0" if query.deleted else "deleted_at = 0")
    if query.name_pattern is not None:
        pattern = Pattern(query.name_pattern)
        where.append("name LIKE ? ESCAPE '\\'")
        values.append(pattern.like())
        if not pattern.plain:
            _narrow(_named(pattern, where, values), where, values)
    if query.address_pattern is not None:
        _narrow(_at_address(networks, query.address_pattern, where, values), where, values)
    orders = [*query.orders, Order("id", query.orders[-1].descending)]
    if query.marker is not None:
        condition, bound = _after(ctx, query, orders)
        where.append(condition)
        values += bound
    by = ", ".join(f"{order.column} {'DESC' if order.descending else 'ASC'}" for order in orders)
    sql = f"SELECT {columns} FROM servers WHERE {' AND '.join(where) or '1 = 1'} ORDER BY {by} LIMIT ?"  # noqa: S608
    return rows(sql, (*values, query.limit))


def _after(ctx: Context, query: ServerQuery, orders: list[Order]) -> tuple[str, list[object]]:
    """The condition for rows beyond the marker: a row comparison where all go one way, else the long form."""
    marker = model.get_any(query.marker or "")
    if marker is None or not (ctx.admin or marker.project_id == ctx.project_id):
        raise BadRequest(f"marker [{query.marker}] not found")
    columns = [order.column for order in orders]
    sql = f"SELECT {', '.join(columns)} FROM servers WHERE id = ?"  # noqa: S608
    at = list(rows(sql, (marker.id,))[0])
    if len({order.descending for order in orders}) == 1:
        sign = "<" if orders[0].descending else ">"
        return f"({', '.join(columns)}) {sign} {model.marks(columns)}", at
    parts, bound = [], []
    for number, order in enumerate(orders):
        equal = [f"{column} = ?" for column in columns[:number]]
        parts.append("(" + " AND ".join([*equal, f"{order.column} {'<' if order.descending else '>'} ?"]) + ")")
        bound += at[: number + 1]
    return "(" + " OR ".join(parts) + ")", bound


def _narrow(ids: list[str], where: list[str], values: list[object]) -> None:
    where.append(f"id IN {model.marks(ids)}")
    values += ids


def _named(pattern: Pattern, where: list[str], values: list[object]) -> list[str]:
    """Ids of the servers, of those that meet the conditions so far, whose name matches."""
    return [server_id for server_id, name in _searched("id, name", where, values) if pattern.matches(name)]


def _at_address(networks: Networks, text: str, where: list[str], values: list[object]) -> list[str]:
    """The same for a fixed or floating address."""
    if exact := networks.port_by_address(text):
        return [exact[0]]
    pattern = Pattern(text)
    found = networks.reach_of([server_id for (server_id,) in _searched("id", where, values)])
    return [device for device, reached in found.items() if any(map(pattern.matches, _addresses(reached)))]


def _addresses(reached: list[Reach]) -> list[str]:
    return [ip for reach in reached for ip in (reach.ip, reach.floating) if ip]


def _searched(columns: str, where: list[str], values: list[object]) -> list[tuple[Any, ...]]:
    condition = " AND ".join(where) or "1 = 1"
    sql = f"SELECT {columns} FROM servers WHERE {condition} ORDER BY created_at DESC LIMIT {_SEARCHED}"  # noqa: S608
    return rows(sql, tuple(values))
