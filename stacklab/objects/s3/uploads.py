"""Rows of the uploads under way, and what becomes of parts: they end with the upload, or with the object they became.

Parts are objects of `<bucket>+segments`, where Swift's s3api has them too. A bucket may have ten thousand of one
object, so they are not deleted in the request that ends them: a job does it, which is committed with that end.
Recorders run inside the transaction of the object they write.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from stacklab.core.db.database import change, durable, row, rows
from stacklab.core.jobs import Job, Kind, enqueue
from stacklab.objects import holds, model, objects
from stacklab.objects.large import PARTS, UPLOAD
from stacklab.objects.model import Container, Entry, Headers
from stacklab.objects.objects import New, Recorder
from stacklab.objects.room import Room
from stacklab.objects.s3.errors import S3Error

if TYPE_CHECKING:
    from stacklab.objects.service import Objects

FORGET = "objects.parts"
MOST_PARTS = 10_000
_AT_ONCE = 500  # parts that one transaction deletes
_COLUMNS = "container, name, upload, began, media, metadata, sums, sums_kind"
_GET = f"SELECT {_COLUMNS} FROM objects_uploads WHERE container = ? AND name = ? AND upload = ?"  # noqa: S608
_PAGE = f"""
SELECT {_COLUMNS} FROM objects_uploads WHERE container = ? AND name >= ? AND (name > ? OR (name = ? AND upload > ?))
AND name < ? ORDER BY name, upload LIMIT ?
"""  # noqa: S608
_PARTS = f"""
SELECT {model.COLUMNS} FROM objects WHERE container = ? AND name > ? AND name < ? AND length(name) = ?
ORDER BY name LIMIT ?
"""  # noqa: S608
_DIGITS = 5  # of a part's number
_LAST = "\U0010ffff" * 4
_headers = msgspec.json.Decoder(Headers)
_DELETE = "DELETE FROM objects WHERE container = ? AND name = ? AND file = ?"


class Upload(Struct, frozen=True):
    """`container`: where its parts are; `name`: the key of the object it will be; `sums`: the algorithm of the
    checksums that every part has, "" for none, and of what kind the object's will be."""

    container: int
    name: str
    id: str
    began: int
    media: str
    metadata: Headers
    sums: str = ""
    sums_kind: str = ""

    def part(self, number: int) -> str:
        """The name of a part: they are in order as names too."""
        return f"{_prefix(self.name, self.id)}{number:0{_DIGITS}}"

    @property
    def prefix(self) -> str:
        return _prefix(self.name, self.id)


def _prefix(name: str, upload: str) -> str:
    return f"{name}/{upload}/"


def add(new: Upload) -> None:
    """Inside a transaction."""
    values = (new.container, new.name, new.id, new.began, new.media, model.text(new.metadata))
    sql = f"INSERT INTO objects_uploads ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
    change(sql, (*values, new.sums, new.sums_kind))


def find(container: int, name: str, upload: str) -> Upload | None:
    found = row(_GET, (container, name, upload))
    return _read(found) if found else None


def page(container: int, prefix: str, after: tuple[str, str], before: str, limit: int) -> list[Upload]:
    """In the order of keys and ids, behind the key and id that the page before ended with. `before`: keys below this
    one, "" for all."""
    name, upload = after
    values = (container, max(prefix, name), name, name, upload, before or _LAST, limit)
    return [_read(found) for found in rows(_PAGE, values)]


def _read(found: tuple[Any, ...]) -> Upload:
    *plain, metadata, sums, kind = found
    rest: tuple[Any, ...] = (*plain, _headers.decode(metadata), sums, kind)
    return Upload(*rest)


def parts(upload: Upload, after: int, limit: int) -> list[Entry]:
    """The parts behind a number, in order."""
    return _parts(upload.container, upload.prefix, upload.part(after), limit)


def parts_of(holder: Container, entry: Entry, after: int, limit: int) -> list[Entry]:
    """Those an object was put together from, behind a number; none of one that was copied together."""
    upload, there = entry.metadata.get(UPLOAD), companion(holder)
    if not upload or there is None:
        return []
    prefix = _prefix(entry.name, upload)
    return _parts(there.id, prefix, f"{prefix}{after:0{_DIGITS}}", limit)


def _parts(container: int, prefix: str, after: str, limit: int) -> list[Entry]:
    """Not those of uploads whose key begins with this prefix: their names are longer."""
    values = (container, after, f"{prefix}:", len(prefix) + _DIGITS, limit)
    return [model.read(found) for found in rows(_PARTS, values)]


def number(part: Entry) -> int:
    return int(part.name[-_DIGITS:])


def end(upload: Upload) -> bool:
    """The parts go. Inside a transaction. False where it was ended before."""
    gone = _end(upload)
    if gone:
        _forget(upload.container, upload.id, upload.prefix)
    return gone


def _end(upload: Upload) -> bool:
    sql = "DELETE FROM objects_uploads WHERE container = ? AND name = ? AND upload = ?"
    return change(sql, (upload.container, upload.name, upload.id)) == 1


def recorder(upload: Upload) -> Recorder:
    """Of a part: refused where the upload was ended meanwhile, so that no part is left without it."""

    def writes(aside: Container, part: Entry, new: New, room: Room) -> Entry | None:
        if find(upload.container, upload.name, upload.id) is None:
            raise S3Error("NoSuchUpload", UploadId=upload.id)
        return objects.record(aside, part, new, room)

    return writes


def completer(upload: Upload, used: list[Entry]) -> Recorder:
    """Of the object that an upload becomes; parts that are not used go. Refused where one was put anew meanwhile."""

    def writes(holder: Container, entry: Entry, new: New, room: Room) -> Entry | None:
        there = {part.name: part.version for part in parts(upload, 0, MOST_PARTS)}
        if any(there.pop(part.name, 0) != part.version for part in used) or not _end(upload):
            raise S3Error("OperationAborted")
        if there:
            _forget(upload.container, upload.id, upload.prefix, sorted(there))
        return replacing(holder, entry, new, room)

    return writes


def replacing(holder: Container, entry: Entry, new: New, room: Room) -> Entry | None:
    """Of any object: what it takes the place of goes with its parts."""
    replaced = objects.record(holder, entry, new, room)
    release(holder, replaced)
    return replaced


def release(holder: Container, gone: Entry | None) -> None:
    """An object is gone for good: so are the parts it was made of. Inside the transaction of its end."""
    upload = gone.metadata.get(UPLOAD) if gone else None
    aside = companion(holder) if upload else None
    if gone and upload and aside:
        _forget(aside.id, upload, _prefix(gone.name, upload))


def companion(holder: Container) -> Container | None:
    """Where the parts of uploads into a container are."""
    return model.container(holder.account, aside(holder.name))


def aside(bucket: str) -> str:
    return f"{bucket}{PARTS}"


def _forget(container: int, upload: str, prefix: str, names: Sequence[str] = ()) -> None:
    """All parts, or these alone."""
    payload = {"container": container, "upload": upload, "prefix": prefix, "names": names}
    enqueue(FORGET, f"{container}/{prefix}", payload)


def kind(service: "Objects") -> Kind:
    def forget(job: Job) -> None:
        """Rows first, some at a time, then their files; again from the start after a crash."""
        container, prefix, names = (job.payload[name] for name in ("container", "prefix", "names"))
        for found in _doomed(container, prefix, names):
            with durable():
                _delete(container, found)
            files = [part.file for part in found]
            holds.uploads.when_free(job.payload["upload"], partial(service.store.remove, files))

    return Kind(forget, lambda _job, _error: None, attempts=1 << 30)


def _doomed(container: int, prefix: str, names: Sequence[str]) -> Iterator[list[Entry]]:
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        sql = f"SELECT {model.COLUMNS} FROM objects WHERE container = ? AND name IN ({', '.join('?' * len(some))})"  # noqa: S608
        yield [model.read(found) for found in rows(sql, (container, *some))]
    while not names and (parts := _parts(container, prefix, prefix, _AT_ONCE)):
        yield parts


def _delete(container: int, found: list[Entry]) -> None:
    gone = [part for part in found if change(_DELETE, (container, part.name, part.file))]
    there = model.container_by_id(container)
    if there:
        model.count(there, -len(gone), -sum(part.size for part in gone))
