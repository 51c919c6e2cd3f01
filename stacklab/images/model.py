"""An image as a value, and the statements that read and write its row."""

from collections.abc import Collection
from typing import Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from stacklab.core import clock
from stacklab.core.db.database import change, row, rows

_properties = msgspec.json.Decoder(dict[str, str])
_tags = msgspec.json.Decoder(list[str])


class Image(Struct, frozen=True, gc=False):
    """Sizes in bytes, `min_disk` in GiB, `min_ram` in MiB, times in µs. `blob` names the bytes in `stores`, which are
    parted by commas.

    A Struct, because a list makes a thousand of them at a time and a frozen dataclass takes five times as long to make.
    """

    id: str
    name: str | None
    owner: str
    status: str  # queued, saving, active, deactivated
    visibility: str  # public, private, shared, community
    protected: bool
    os_hidden: bool
    container_format: str | None
    disk_format: str | None
    min_disk: int
    min_ram: int
    size: int | None
    virtual_size: int | None
    checksum: str | None
    os_hash_algo: str | None
    os_hash_value: str | None
    created_at: int
    updated_at: int
    blob: str | None = None
    stores: str = ""
    tags: list[str] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)


NAMES = Image.__struct_fields__
TAKEN = "size * (1 + length(stores) - length(replace(stores, ',', '')))"
"""Bytes of an image's row that count against the quota: each store has them all."""
COLUMNS = ", ".join(f"i.{name}" for name in NAMES)
_GET = f"SELECT {COLUMNS} FROM images AS i WHERE i.id = ?"  # noqa: S608  # constant names
_INSERT = f"INSERT INTO images ({', '.join(NAMES)}) VALUES ({', '.join('?' * len(NAMES))})"  # noqa: S608
_UPDATE = f"UPDATE images SET {', '.join(f'{name} = ?' for name in NAMES[1:])} WHERE id = ?"  # noqa: S608


def read(values: tuple[Any, ...]) -> Image:
    """From a row of COLUMNS."""
    *plain, tags, properties = values
    plain[5], plain[6] = bool(plain[5]), bool(plain[6])
    # Most images have neither, and a page has a thousand of them.
    plain.append([] if tags == "[]" else _tags.decode(tags))
    plain.append({} if properties == "{}" else _properties.decode(properties))
    return Image(*plain)


def _written(image: Image) -> tuple[Any, ...]:
    values = [getattr(image, name) for name in NAMES]
    values[5], values[6] = int(values[5]), int(values[6])
    values[-2] = msgspec.json.encode(values[-2]).decode()
    values[-1] = msgspec.json.encode(values[-1]).decode()
    return tuple(values)


def get(image_id: str) -> Image | None:
    found = row(_GET, (image_id,))
    return read(found) if found else None


def taken(image_id: str) -> bool:
    """Whether an image has this id, in large letters or small, or had it before it was deleted."""
    forms = (image_id, image_id.lower(), image_id.upper())
    sql = "SELECT 1 FROM images WHERE id IN (?, ?, ?) UNION ALL SELECT 1 FROM image_ids_used WHERE id IN (?, ?, ?)"
    return row(sql, (*forms, *forms)) is not None


def owned(owner: str) -> int:
    """How many images a project has."""
    found = row("SELECT count(*) FROM images WHERE owner = ?", (owner,))
    return int(found[0]) if found else 0


def insert(image: Image) -> None:
    """Inside a transaction."""
    change(_INSERT, _written(image))
    _index(image)


def update(image: Image) -> Image:
    """Write every column, with `updated_at` now; inside a transaction that read the image."""
    image = replace(image, updated_at=clock.now())
    change(_UPDATE, (*_written(image)[1:], image.id))
    change("DELETE FROM image_tags WHERE image_id = ?", (image.id,))
    change("DELETE FROM image_properties WHERE image_id = ?", (image.id,))
    _index(image)
    return image


def forget_locations(image_id: str) -> None:
    """The image has bytes of its own by now. Inside a transaction."""
    change("DELETE FROM image_locations WHERE image_id = ?", (image_id,))


def delete(image_id: str) -> int:
    """Tags, properties and members go with it (ON DELETE CASCADE); the number of images gone, 0 or 1.

    Its id stays taken. Inside a transaction.
    """
    change("INSERT INTO image_ids_used SELECT id FROM images WHERE id = ?", (image_id,))
    return change("DELETE FROM images WHERE id = ?", (image_id,))


def move(image_id: str, before: str, after: str) -> bool:
    """Change the status if it is still `before`: the one who may go on is told True."""
    moved = change(
        "UPDATE images SET status = ?, updated_at = ? WHERE id = ? AND status = ?",
        (after, clock.now(), image_id, before),
    )
    return moved == 1


def names(ids: Collection[str]) -> dict[str, str]:
    """Id → name ("" for none) of those that exist."""
    wanted = sorted(set(ids))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        sql = f"SELECT id, coalesce(name, '') FROM images WHERE id IN ({', '.join('?' * len(part))})"  # noqa: S608
        found.update(rows(sql, tuple(part)))
    return found


def _index(image: Image) -> None:
    """Tags and properties once more as rows: what a filter looks in. Readers take them from the image's own row."""
    for tag in image.tags:
        change("INSERT INTO image_tags VALUES (?, ?)", (tag, image.id))
    for name, value in image.properties.items():
        change("INSERT INTO image_properties VALUES (?, ?, ?)", (name, value, image.id))
