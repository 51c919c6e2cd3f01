"""The servers table: one row's shape, and every statement that reads or changes one."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import msgspec

from stacklab.core import clock
from stacklab.core.db.database import change, row, rows


class Server(NamedTuple):
    """One row. Times in µs, `deleted_at` 0 while it lives; `flavor`, `base`, `metadata`, `disks`, `fault` are JSON."""

    id: str
    project_id: str
    user_id: str
    name: str
    description: str | None
    hostname: str
    image_id: str
    base: str
    flavor_id: str
    flavor: str
    vcpus: int
    ram_mb: int
    disk_gb: int
    key_name: str | None
    key_type: str | None
    key_data: str | None
    zone: str
    pinned_zone: str | None
    config_drive: int
    metadata: str
    vm_state: str
    task_state: str | None
    power_state: int
    desired: str
    locked: str | None
    locked_reason: str | None
    fault: str | None
    group_id: str | None
    reservation_id: str
    launch_index: int
    disk_config: str
    access_v4: str
    access_v6: str
    disks: str
    created_at: int
    updated_at: int
    launched_at: int | None
    terminated_at: int | None
    deleted_at: int


class FlavorCopy(msgspec.Struct, frozen=True):
    """The flavor as it was when the server was made: a server shows and keeps this, whatever becomes of the flavor."""

    id: str
    name: str
    vcpus: int
    ram: int
    disk: int
    ephemeral: int = 0
    swap: int = 0
    extra_specs: dict[str, str] = {}


class Base(msgspec.Struct, frozen=True):
    """What the root disk is made from; `name` is the content name of the cached base."""

    format: str
    name: str


class Fault(msgspec.Struct, frozen=True):
    code: int
    message: str
    details: str
    at: int


class Disk(msgspec.Struct, frozen=True):
    """A disk that was made, its path below the state directory."""

    path: str
    target: str
    format: str = "qcow2"
    device: str = "disk"


COLUMNS = ", ".join(Server._fields)
_BY_ID = f"SELECT {COLUMNS} FROM servers WHERE id = ? AND deleted_at = 0"  # noqa: S608
_ANY = f"SELECT {COLUMNS} FROM servers WHERE id = ?"  # noqa: S608
_LIVING = f"SELECT {COLUMNS} FROM servers WHERE deleted_at = 0"  # noqa: S608
_INSERT = f"INSERT INTO servers ({COLUMNS}) VALUES ({', '.join('?' * len(Server._fields))})"  # noqa: S608

_flavor = msgspec.json.Decoder(FlavorCopy)
_base = msgspec.json.Decoder(Base)
_fault = msgspec.json.Decoder(Fault)
_disks = msgspec.json.Decoder(list[Disk])
_metadata = msgspec.json.Decoder(dict[str, str])


def pack(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def flavor_of(server: Server) -> FlavorCopy:
    return _flavor.decode(server.flavor)


def base_of(server: Server) -> Base:
    return _base.decode(server.base)


def fault_of(server: Server) -> Fault | None:
    return _fault.decode(server.fault) if server.fault else None


def disks_of(server: Server) -> list[Disk]:
    return _disks.decode(server.disks)


def metadata_of(server: Server) -> dict[str, str]:
    return _metadata.decode(server.metadata)


def get(server_id: str) -> Server | None:
    """A living server."""
    found = row(_BY_ID, (server_id,))
    return Server(*found) if found else None


def get_any(server_id: str) -> Server | None:
    """A server, deleted or not."""
    found = row(_ANY, (server_id,))
    return Server(*found) if found else None


def living() -> list[Server]:
    return [Server(*found) for found in rows(_LIVING)]


def insert(server: Server) -> None:
    change(_INSERT, tuple(server))
    count(server.project_id, 1, server.vcpus, server.ram_mb)


def count(project_id: str, instances: int, cores: int, ram_mb: int) -> None:
    """Add to what a project uses (negative: take away)."""
    change(
        "INSERT INTO usages VALUES (?, ?, ?, ?) ON CONFLICT (project_id) DO UPDATE SET "
        "instances = usages.instances + excluded.instances, cores = usages.cores + excluded.cores, "
        "ram_mb = usages.ram_mb + excluded.ram_mb",
        (project_id, instances, cores, ram_mb),
    )


def update(server_id: str, unless_deleting: bool = False, **values: Any) -> bool:
    """Set columns of a living server, its `updated_at` with them. False when it is not there (or being deleted)."""
    sets = ", ".join(f"{name} = ?" for name in values)
    guard = " AND desired != 'gone'" if unless_deleting else ""
    sql = f"UPDATE servers SET {sets}, updated_at = ? WHERE id = ? AND deleted_at = 0{guard}"  # noqa: S608
    return change(sql, (*values.values(), clock.now(), server_id)) == 1


def begin(server: Server, task: str, desired: str | None = None) -> bool:
    """Take the server for one task; False when another change came first."""
    sql = (
        "UPDATE servers SET task_state = ?, desired = ?, updated_at = ? "
        "WHERE id = ? AND deleted_at = 0 AND vm_state = ? AND task_state IS ?"
    )
    wanted = desired or server.desired
    return change(sql, (task, wanted, clock.now(), server.id, server.vm_state, server.task_state)) == 1


def bury(server: Server) -> None:
    """The server is gone from the machine: keep the row for `changes-since`, free what it counted for."""
    now = clock.now()
    buried = change(
        "UPDATE servers SET vm_state = 'deleted', task_state = NULL, power_state = 0, desired = 'gone', "
        "updated_at = ?, terminated_at = ?, deleted_at = ? WHERE id = ? AND deleted_at = 0",
        (now, now, now, server.id),
    )
    if buried:
        count(server.project_id, -1, -server.vcpus, -server.ram_mb)


def put_user_data(server_id: str, data: str) -> None:
    change("INSERT INTO user_data VALUES (?, ?)", (server_id, data))


def user_data_of(server_ids: Collection[str]) -> dict[str, str]:
    """Base64 text by server id, for those that have any."""
    sql = f"SELECT server_id, data FROM user_data WHERE server_id IN {marks(server_ids)}"  # noqa: S608
    return dict(rows(sql, tuple(server_ids)))


def tags_of(server_ids: Collection[str]) -> dict[str, list[str]]:
    sql = f"SELECT server_id, tag FROM server_tags WHERE server_id IN {marks(server_ids)} ORDER BY server_id, tag"  # noqa: S608
    found: dict[str, list[str]] = {}
    for server_id, tag in rows(sql, tuple(server_ids)):
        found.setdefault(server_id, []).append(tag)
    return found


def put_tags(server_id: str, tags: Iterable[str]) -> None:
    for tag in tags:
        change("INSERT INTO server_tags VALUES (?, ?) ON CONFLICT DO NOTHING", (server_id, tag))


def marks(values: Collection[Any]) -> str:
    """`(?, ?, ?)` for an IN."""
    return f"({', '.join('?' * len(values))})"
