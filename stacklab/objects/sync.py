"""Container sync: what happens to the objects of a container happens to those of another one too, here or elsewhere.

Each change leaves a row; the sender (sync_sender.py) tells it and takes the row away. Both ends may follow each other:
what is not newer than what is there changes nothing, so nothing goes round in circles.
"""

from typing import TYPE_CHECKING, Any

from stacklab.core import clock
from stacklab.core.db.database import change, row, rows, transaction
from stacklab.core.errors import BadRequest, Conflict
from stacklab.core.jobs import Job, Kind, enqueue
from stacklab.objects import listing
from stacklab.objects.listing import Page

if TYPE_CHECKING:
    from stacklab.objects.model import Container, Headers
    from stacklab.objects.service import Objects
    from stacklab.objects.sync_realms import Realms

TO, KEY = "x-container-sync-to", "x-container-sync-key"
_VERSIONS = "x-versions-enabled"
ALL = "objects.sync"
_AT_ONCE = 500
_KEPT = 7 * 86_400 * clock.SECOND  # for so long a deletion is remembered
_NOTE = (
    "INSERT INTO objects_sync VALUES (?, ?, ?, ?, 0, ?) ON CONFLICT (container, name) DO UPDATE SET "
    "moment = excluded.moment, gone = excluded.gone, tries = 0, due = excluded.due"
)


class Stale(Conflict):
    """What came is not newer than what is there, or than its deletion."""


def note(holder: "Container", name: str, moment: int, gone: bool = False) -> None:
    """A change of an object, to be told to the other end where there is one. Inside the transaction of the change."""
    if holder.metadata.get(TO) and holder.metadata.get(KEY):
        change(_NOTE, (holder.id, name, moment, int(gone), clock.now()))


def require_newer(holder: "Container", name: str, moment: int, there: int) -> None:
    """Raises Stale for a change of that moment where the object is of `there` (0 for none), or was deleted later."""
    gone = row("SELECT moment FROM objects_sync WHERE container = ? AND name = ? AND gone = 1", (holder.id, name))
    if moment <= max(there, int(gone[0]) if gone else 0):
        raise Stale("")


def check(headers: "Headers", realms: "Realms", there: "Container | None") -> None:
    """Raises BadRequest for a container that is to be synced with nobody known, or keeps versions."""
    said = headers.get(TO, "")
    if said and there and there.said(_VERSIONS) == "True":
        raise BadRequest("Cannot configure container sync on a container with object versioning configured.")
    if there and there.said(TO) and headers.get(_VERSIONS, "").lower() in ("true", "1", "yes", "on", "t", "y"):
        raise BadRequest("Cannot enable object versioning on a container configured as source of container syncing.")
    if said:
        realms.peer(said)


def begin(before: "Headers", after: "Headers", container: int) -> None:
    """All that is in a container is told once the other end is known, or is another. Inside its transaction."""
    if after.get(TO) and after.get(KEY) and (before.get(TO), before.get(KEY)) != (after[TO], after[KEY]):
        enqueue(ALL, str(container), {"container": container})


def kind(_service: "Objects") -> Kind:
    def everything(job: Job) -> None:
        marker, container = "", job.payload["container"]
        while found := listing.fetch("objects", "container, name, modified", "container", container, _page(marker)):
            with transaction():
                for one in found:
                    _note_old(container, str(one[1]), int(one[2]))
            marker = str(found[-1][1])

    return Kind(everything, lambda _job, _error: None, attempts=10)


def _page(marker: str) -> Page:
    return Page(_AT_ONCE, marker)


def _note_old(container: int, name: str, moment: int) -> None:
    """What was noted meanwhile is newer."""
    sql = "INSERT INTO objects_sync VALUES (?, ?, ?, 0, 0, ?) ON CONFLICT (container, name) DO NOTHING"
    change(sql, (container, name, moment, clock.now()))


def due(most: int) -> list[Any]:
    """(container, name, moment, gone, tries) of what is to be told now, the longest due first."""
    sql = "SELECT container, name, moment, gone, tries FROM objects_sync WHERE due <= ? ORDER BY due LIMIT ?"
    return rows(sql, (clock.now(), most))


def settle(container: int, name: str, moment: int, told: bool, gone: bool, tries: int) -> None:
    """What was told is done with, but for the memory of a deletion; what was not is due again, later each time. A row
    that has changed meanwhile stays as it is."""
    which = "WHERE container = ? AND name = ? AND moment = ?"
    with transaction():
        if told and gone:
            change(f"UPDATE objects_sync SET due = NULL {which}", (container, name, moment))  # noqa: S608
        elif told:
            change(f"DELETE FROM objects_sync {which}", (container, name, moment))  # noqa: S608
        else:
            later = clock.now() + min(3600, 5 << min(tries, 10)) * clock.SECOND
            again = f"UPDATE objects_sync SET due = ?, tries = tries + 1 {which}"  # noqa: S608
            change(again, (later, container, name, moment))


def forget_old() -> None:
    with transaction():
        change("DELETE FROM objects_sync WHERE due IS NULL AND moment < ?", (clock.now() - _KEPT,))
