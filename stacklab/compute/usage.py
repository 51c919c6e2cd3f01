"""What a project's servers used between two moments, deleted ones included. Hours run from launch to end."""

from msgspec import Struct

from stacklab.compute.model import servers as model
from stacklab.compute.model.servers import COLUMNS, Server
from stacklab.core import clock
from stacklab.core.db.database import rows

HOUR = 3600 * clock.SECOND
_SPAN = "coalesce(launched_at, created_at) <= ? AND (terminated_at IS NULL OR terminated_at >= ?)"


class ServerUsage(Struct, frozen=True):
    """One server's share. Times in µs; hours as a fraction."""

    server: Server
    start: int
    end: int | None
    hours: float


def of_projects(start: int, stop: int, project_id: str | None = None) -> dict[str, list[ServerUsage]]:
    """By project; one query."""
    where, values = (" AND project_id = ?", (project_id,)) if project_id else ("", ())
    sql = f"SELECT {COLUMNS} FROM servers WHERE {_SPAN}{where} ORDER BY project_id, created_at, id"  # noqa: S608
    found: dict[str, list[ServerUsage]] = {}
    for record in rows(sql, (stop, start, *values)):
        server = Server(*record)
        found.setdefault(server.project_id, []).append(_usage(server, start, stop))
    return found


def _usage(server: Server, start: int, stop: int) -> ServerUsage:
    if server.launched_at is None:
        return ServerUsage(server, server.created_at, server.terminated_at, 0.0)
    begin = max(start, server.launched_at)
    end = min(stop, server.terminated_at or stop)
    return ServerUsage(server, server.launched_at, server.terminated_at, max(end - begin, 0) / HOUR)


def living() -> int:
    """How many servers there are."""
    return int(rows("SELECT count(*) FROM servers WHERE deleted_at = 0")[0][0])


def flavor_name(server: Server) -> str:
    return model.flavor_of(server).name
