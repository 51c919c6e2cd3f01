"""What becomes of an object that another takes the place of, or that is deleted, in a container that keeps versions.

    X-Versions-Enabled    versions beside the container, by id; a deletion is a marker among them
    X-Versions-Location   a stack in another container: a deletion brings back what was before
    X-History-Location    a history in another container: a deletion is a marker there

Nothing is copied: a row moves, in the transaction of the change it belongs to, and its file stays where it is.
"""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from msgspec.structs import replace

from stacklab.core import clock
from stacklab.core.db.database import row
from stacklab.core.errors import BadRequest, PreconditionFailed
from stacklab.objects import lifetime, listing, model, sync, version_ids, versions
from stacklab.objects.faults import TEXT
from stacklab.objects.model import Container, Entry

STACK, HISTORY, ENABLED = "x-versions-location", "x-history-location", "x-versions-enabled"
_TRUE = frozenset({"true", "1", "yes", "on", "t", "y"})


class Gone(NamedTuple):
    """What a deletion did. `found`: there was an object to delete; `file`: no row names it any more, "" for none;
    `version_id`: of the marker, or the version that was deleted; `current_id`: of the object that is there now."""

    found: bool
    file: str = ""
    version_id: str = ""
    current_id: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """As the answer tells it."""
        told = {"x-object-version-id": self.version_id, "x-object-current-version-id": self.current_id}
        return {name: value for name, value in told.items() if value}


def enabled(within: Container) -> bool:
    return within.said(ENABLED) == "True"


def settings(kept: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of a container's PUT or POST, with what they say of versions as it is kept ("" removes).

    Raises BadRequest for both older kinds at once, or the newer beside an older; PreconditionFailed for what is no
    container's name.
    """
    found = dict(headers)
    stack, history = headers.get(STACK), headers.get(HISTORY)
    if stack and history:
        raise BadRequest(f"Only one of {STACK} or {HISTORY} may be specified", headers=TEXT)
    if "/" in unquote(stack or history or ""):
        raise PreconditionFailed("Container name cannot contain slashes")
    if stack or history:
        found |= {STACK: stack or "", HISTORY: history or ""}
        found.pop("x-remove-versions-location", None)
        found.pop("x-remove-history-location", None)
    elif stack == "" or history == "" or any(headers.get(f"x-remove-{name}-location") for name in _OLDER):
        found |= {STACK: "", HISTORY: ""}
    if ENABLED in headers:
        if kept.get(STACK) or kept.get(HISTORY):
            raise BadRequest(
                "Cannot enable object versioning on a container that is already using the legacy versioned writes "
                "feature."
            )
        found[ENABLED] = "True" if headers[ENABLED].lower() in _TRUE else "False"
    return found


_OLDER = ("versions", "history")


def fresh(within: Container, new: Entry) -> Entry:
    """The entry as it is put: with an id where versions are kept."""
    return versions.marked(new) if enabled(within) else new


def displaced(within: Container, old: Entry) -> bool:
    """Keep what another takes the place of; inside the transaction that counted it out. False where its file goes.

    Raises PreconditionFailed when the container that is to keep it is not there.
    """
    if enabled(within) or versions.has_id(old):
        versions.insert(versions.marked(old), within)
        return True
    archive = _archive(within)
    if archive is None:
        return False
    move(old, archive, version_ids.archived_name(old.name, old.version))
    return True


def _archive(within: Container) -> Container | None:
    name = within.said(STACK) or within.said(HISTORY)
    if not name:
        return None
    found = model.container(within.account, unquote(name))
    if found is None:
        raise PreconditionFailed("")
    return found


def move(old: Entry, to: Container, name: str) -> None:
    """Put an entry under another name; what has that name must not be."""
    model.put_entry(replace(old, container=to.id, name=name))
    sync.note(to, name, old.modified)
    model.count(to, 1, old.size)


def delete(within: Container, name: str, now: int) -> Gone:
    """Delete the current object as this container deletes. Inside a transaction; `now` in µs.

    One that has expired is as good as gone: it is left to the tick that removes it.
    """
    old = model.entry(within.id, name)
    if old and lifetime.is_over(old.ends, now):
        return Gone(False)
    if enabled(within):
        return _marked(within, name, old, now)
    if within.said(STACK):
        return _popped(within, name, old)
    if within.said(HISTORY):
        return _put_aside(within, name, old, now)
    return remove(within, old) if old else Gone(False)


def remove(within: Container, old: Entry) -> Gone:
    """Delete the current object without a marker; a version that has an id stays one."""
    forget(within, old)
    if versions.has_id(old):
        versions.insert(old, within)
        return Gone(True)
    return Gone(True, old.file)


def forget(within: Container, old: Entry) -> None:
    """Take an object out, with its id if it has one: nothing of it stays. Inside a transaction."""
    model.delete_entry(within.id, old.name)
    sync.note(within, old.name, clock.now(), gone=True)
    model.count(within, -1, -old.size)


def _marked(within: Container, name: str, old: Entry | None, now: int) -> Gone:
    if old:
        forget(within, old)
        displaced(within, old)
        now = max(now, old.version + 1)
    versions.insert_marker(within, name, now)
    return Gone(old is not None, "", version_ids.written(now))


def _put_aside(within: Container, name: str, old: Entry | None, now: int) -> Gone:
    """A history: the object and, behind it, a marker of when it was deleted, also when it was not there."""
    if old:
        forget(within, old)
        displaced(within, old)
        now = max(now, old.version + 1)
    archive = _archive(within)
    if archive:
        marker = version_ids.archived_name(name, now)
        model.put_entry(Entry(archive.id, marker, now, now, "", 0, versions.EMPTY, version_ids.DELETED))
        model.count(archive, 1, 0)
    return Gone(old is not None)


def _popped(within: Container, name: str, old: Entry | None) -> Gone:
    """A stack: what was before comes back. Markers of a history that the container had before are taken first."""
    if old:
        forget(within, old)
    gone = Gone(old is not None, old.file if old else "")
    archive = model.container(within.account, unquote(within.said(STACK)))
    before = _newest(archive, name) if archive else None
    if archive is None or before is None:
        return gone
    if before.media == version_ids.DELETED:
        if old:
            return gone
        forget(archive, before)
        before = _newest(archive, name)
        if before is None or before.media == version_ids.DELETED:
            return Gone(True)
    forget(archive, before)
    move(before, within, name)
    return Gone(True, gone.file)


def _newest(archive: Container, name: str) -> Entry | None:
    prefix = version_ids.archived_prefix(name)
    sql = (
        f"SELECT {model.COLUMNS} FROM objects WHERE container = ? AND name >= ? AND name < ? ORDER BY name DESC LIMIT 1"  # noqa: S608
    )
    found = row(sql, (archive.id, prefix, listing.successor(prefix)))
    return model.read(found) if found else None
