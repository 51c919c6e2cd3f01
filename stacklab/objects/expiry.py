"""Objects whose time has come are taken out of their containers. To readers they are gone at their second; this tick
gives back what they take. It asks an index, so a store without due objects costs one empty query."""

from typing import TYPE_CHECKING

from stacklab.core import clock, log
from stacklab.core.db.database import durable, rows
from stacklab.objects import lifetime, model, versioning, versions

if TYPE_CHECKING:
    from stacklab.objects.service import Objects

_log = log.get(__name__)
_AT_ONCE = 100  # in one transaction: the loop waits for its end
_DUE = f"SELECT {model.COLUMNS} FROM {{}} WHERE ends IS NOT NULL AND ends <= ? ORDER BY ends LIMIT ?"  # noqa: S608


def tick(service: "Objects") -> int:
    """How many were removed. Files go after their rows; what a crash leaves between is swept."""
    removed = 0
    for table in ("objects", "objects_versions"):
        while part := _some(service, table):
            removed += part
    if removed:
        _log.info("expired objects removed", objects=removed)
    return removed


def _some(service: "Objects", table: str) -> int:
    files, gone = [], 0
    now = clock.now()
    with durable():
        for found in rows(_DUE.format(table), (now // clock.SECOND, _AT_ONCE)):
            entry = model.read(found)
            holder = model.container_by_id(entry.container)
            assert holder
            if not lifetime.is_over(entry.ends, now):
                continue
            gone += 1
            if table == "objects":
                # No marker, no way back: as if its time had never been.
                versioning.forget(holder, entry)
            else:
                versions.delete(entry, holder)
            files.append(entry.file)
    service.store.remove(files)
    return gone
