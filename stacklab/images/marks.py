"""Which node the folder of a further store belongs to: it has a file with a random word, and our database has the same.

Blobs that no row names are removed, so another node's folder must not be taken for ours; nor may the empty place where
a disk is not mounted be taken for a store that lost everything.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from stacklab.core import ids
from stacklab.core.db.database import change, row, transaction
from stacklab.core.settings import FileStore, SettingsError

FILE = "stacklab-store"
_USED = "SELECT 1 FROM images WHERE instr(',' || stores || ',', ?) LIMIT 1"


def check(stores: Iterable[FileStore]) -> None:
    """Mark the new ones. Raises SettingsError for a folder that is another's, or is bare and should have images."""
    for store in stores:
        try:
            _check(store.name, Path(store.path) / FILE)
        except OSError as error:
            raise SettingsError(f"images.stores: {store.path} cannot be used: {error.strerror}") from error


def _check(name: str, file: Path) -> None:
    said = file.read_text() if file.exists() else ""
    known = row("SELECT mark FROM image_store_marks WHERE store = ?", (name,))
    if said and (known is None or known[0] != said):
        raise SettingsError(f"images.stores: {file.parent} is the store of another node, or of another name")
    if not said:
        if row(_USED, (f",{name},",)):
            raise SettingsError(
                f"images.stores: {file.parent} has none of the images of {name!r}: is its disk mounted?"
            )
        _mark(name, file, str(known[0]) if known else ids.new_hex())


def _mark(name: str, file: Path, mark: str) -> None:
    """The row first: a file without one would be another node's."""
    with transaction():
        change("INSERT INTO image_store_marks VALUES (?, ?) ON CONFLICT DO NOTHING", (name, mark))
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.open("w") as made:
        made.write(mark)
        made.flush()
        os.fsync(made.fileno())
