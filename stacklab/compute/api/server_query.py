"""The query string of a list of servers: filters, sorting and pages. Who may filter by what is Nova's rule."""

from collections.abc import Callable

from msgspec import Struct

from stacklab.compute import states
from stacklab.compute.listing import SORTS, Order, ServerQuery
from stacklab.compute.parts import Parts
from stacklab.core import clock
from stacklab.core.errors import BadRequest, Forbidden
from stacklab.http.microversion import Version
from stacklab.http.number import whole
from stacklab.http.pages import page
from stacklab.http.request import Request

Condition = tuple[str, tuple[object, ...]]


class Filter(Struct, frozen=True):
    """A column that equals what is asked. `since`: from this microversion for everyone, before for administrators."""

    column: str
    since: Version = (2, 1)
    read: Callable[[str], object] = str


_TAG_TESTS = {"tags": ">= ?", "tags-any": ">= 1", "not-tags": "< ?", "not-tags-any": "= 0"}  # of how many are there
_NEVER: Condition = ("1 = 0", ())
_FOR_ADMINS: Version = (9, 9)


def _time(text: str) -> int:
    try:
        return clock.parse(text)
    except ValueError:
        raise BadRequest(f"Invalid input for query parameters. Value: {text}. '{text}' is not a 'date-time'") from None


def _whole(text: str) -> int:
    number = whole(text)
    if number is None or number < 0:
        raise BadRequest(f"Invalid filter value: {text} is not a number")
    return number


def _truth(text: str) -> int:
    return int(text.lower() in ("true", "1", "t", "yes", "on"))


FILTERS: dict[str, Filter] = {
    "image": Filter("image_id", read=lambda text: text.rpartition("/")[2]),
    "flavor": Filter("flavor_id", read=lambda text: text.rpartition("/")[2]),
    "reservation_id": Filter("reservation_id"),
    "uuid": Filter("id", _FOR_ADMINS),
    "hostname": Filter("hostname", (2, 90)),
    "description": Filter("description", _FOR_ADMINS),
    "vm_state": Filter("vm_state", (2, 83)),
    "task_state": Filter("task_state", (2, 83)),
    "power_state": Filter("power_state", (2, 83), _whole),
    "user_id": Filter("user_id", (2, 83)),
    "key_name": Filter("key_name", (2, 83)),
    "availability_zone": Filter("zone", (2, 83)),
    "config_drive": Filter("config_drive", (2, 83), _truth),
    "launched_at": Filter("launched_at", (2, 83), _time),
    "terminated_at": Filter("terminated_at", (2, 83), _time),
    "created_at": Filter("created_at", (2, 83), _time),
    "launch_index": Filter("launch_index", _FOR_ADMINS, _whole),
    "access_ip_v4": Filter("access_v4", _FOR_ADMINS),
    "access_ip_v6": Filter("access_v6", _FOR_ADMINS),
    "auto_disk_config": Filter("disk_config", _FOR_ADMINS),
}
_OTHERS = frozenset(
    {"name", "status", "ip", "ip6", "changes-since", "changes-before", "all_tenants", "project_id", "tenant_id", "tags",
     "tags-any", "not-tags", "not-tags-any", "host", "node", "hypervisor_hostname", "locked", "deleted", "limit",
     "marker", "sort_key", "sort_dir", "soft_deleted", "kernel_id", "ramdisk_id", "root_device_name", "progress",
     "display_description", "instance_type_id", "image_ref", "deleted_at", "updated_at"}
)  # fmt: skip


def read(request: Request, parts: Parts) -> ServerQuery:
    """Raises BadRequest for a value that cannot be, and from 2.75 on for a name that nobody knows."""
    _refuse_unknown(request)
    everywhere = _all_projects(request)
    where: list[str] = []
    values: list[object] = []
    for condition, bound in _conditions(request, parts):
        where.append(condition)
        values += bound
    asked = page(request)
    return ServerQuery(
        where=tuple(where),
        values=tuple(values),
        address_pattern=_address_pattern(request),
        orders=_orders(request),
        limit=asked.limit,
        marker=asked.marker,
        all_projects=everywhere and _project(request) is None,
        project_id=_project(request) if request.ctx.admin and everywhere else None,
        deleted=_deleted(request),
        name_pattern=request.query.get("name"),
    )


def _refuse_unknown(request: Request) -> None:
    known = _OTHERS | FILTERS.keys()
    unknown = [name for name in request.query.names() if name not in known]
    if unknown and request.version >= (2, 75):
        raise BadRequest(
            f"Invalid input for query parameters. Additional properties are not allowed ('{unknown[0]}' was unexpected)"
        )


def _all_projects(request: Request) -> bool:
    text = request.query.get("all_tenants")
    if text is None:
        return False
    if text.lower() not in ("", "0", "1", "true", "false", "t", "f", "yes", "no", "on", "off"):
        raise BadRequest(f"Invalid input for query parameters all_tenants. Value: {text}. It is not a boolean")
    if text.lower() in ("0", "false", "f", "no", "off"):
        return False
    request.ctx.authorize("compute:servers:index:all_projects")
    return True


def _project(request: Request) -> str | None:
    return request.query.get("project_id") or request.query.get("tenant_id")


def _deleted(request: Request) -> bool | None:
    """`changes-since` shows deleted ones too; `deleted` and `status=DELETED` are for administrators."""
    if request.ctx.admin and (text := request.query.get("deleted")) is not None:
        return bool(_truth(text))
    if request.ctx.admin and "DELETED" in (s.upper() for s in request.query.all("status")):
        return True
    return None if "changes-since" in request.query else False


def _conditions(request: Request, parts: Parts) -> list[Condition]:
    found: list[Condition] = [*_statuses(request), *_changes(request), *_tags(request)]
    for name, filter in FILTERS.items():
        for text in request.query.all(name)[-1:]:
            if request.ctx.admin or request.version >= filter.since:
                found.append((f"{filter.column} = ?", (filter.read(text),)))
    if request.ctx.admin:
        hosts = [request.query.get(name) for name in ("host", "node", "hypervisor_hostname")]
        found += [_NEVER for host in hosts if host is not None and host != parts.host]
    if request.version >= (2, 73) and (locked := request.query.get("locked")) is not None:
        found.append(("locked IS NOT NULL" if _truth(locked) else "locked IS NULL", ()))
    return found


def _statuses(request: Request) -> list[Condition]:
    """Several are alternatives; one that no server can have finds nothing, or from 2.38 on is a mistake."""
    asked = list(dict.fromkeys(text.upper() for text in request.query.all("status")))
    if not asked:
        return []
    if "DELETED" in asked and not request.ctx.admin:
        raise Forbidden("Only administrators may list deleted instances")
    conditions: list[str] = []
    values: list[str] = []
    for name in asked:
        found = states.filter_of(name)
        if found is None and name not in states.OTHER_STATUSES and request.version >= (2, 38):
            raise BadRequest("Invalid status value")
        if found is not None:
            conditions.append(found[0])
            values += found[1]
    return [("(" + " OR ".join(conditions) + ")", tuple(values))] if conditions else [_NEVER]


def _changes(request: Request) -> list[Condition]:
    found: list[Condition] = []
    since, before = request.query.get("changes-since"), request.query.get("changes-before")
    if since is not None:
        found.append(("updated_at >= ?", (_time(since),)))
    if before is not None and request.version >= (2, 66):
        if since is not None and _time(since) > _time(before):
            raise BadRequest("The value of changes-since must be less than or equal to changes-before.")
        found.append(("updated_at <= ?", (_time(before),)))
    return found


def _tags(request: Request) -> list[Condition]:
    if request.version < (2, 26):
        return []
    found: list[Condition] = []
    for name, test in _TAG_TESTS.items():
        listed = request.query.get(name)
        if listed is None:
            continue
        wanted = tuple(dict.fromkeys(listed.split(",")))
        marks = ", ".join("?" * len(wanted))
        count = f"(SELECT count(*) FROM server_tags t WHERE t.server_id = servers.id AND t.tag IN ({marks}))"  # noqa: S608
        found.append((f"{count} {test}", (*wanted, len(wanted)) if "?" in test else wanted))
    return found


def _address_pattern(request: Request) -> str | None:
    """`ip` for everyone, `ip6` since 2.5 (before: administrators)."""
    ip6 = request.query.get("ip6")
    if ip6 is not None and (request.ctx.admin or request.version >= (2, 5)):
        return ip6
    return request.query.get("ip")


def _orders(request: Request) -> tuple[Order, ...]:
    keys, directions = request.query.all("sort_key"), request.query.all("sort_dir")
    if len(directions) > len(keys) and keys:
        raise BadRequest("Sort direction array size exceeds sort key array size.")
    for direction in directions:
        if direction not in ("asc", "desc"):
            raise BadRequest(f"Unknown sort direction, must be one of: asc, desc; {direction} is not")
    orders: dict[str, Order] = {}  # by column: one given again orders nothing, and would cost its square
    for number, key in enumerate(keys):
        if key not in SORTS:
            raise BadRequest(f"Invalid input for query parameters sort_key. Value: {key}. It is no sort key")
        descending = (
            directions[number] == "desc" if number < len(directions) else (directions[-1:] or ["desc"])[0] == "desc"
        )
        orders.setdefault(SORTS[key], Order(SORTS[key], descending))
    if orders:
        return tuple(orders.values())
    return (Order("created_at", directions[:1] != ["asc"]),)
