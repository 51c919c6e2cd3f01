"""The stores of this node: files below the state directory (`local`), further folders, and what is on the web.

A copy of a blob belongs to every image that has it in that store, and goes with the last of them; the last copy of all
belongs to the servers that hold the blob, too. One lock covers "put in place and commit" and "look for the last
reference and unlink", so neither can slip between the other's two steps.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from msgspec.structs import replace

from stacklab.core.db.database import row, rows, transaction
from stacklab.core.errors import BadRequest, Gone, NotFound
from stacklab.core.settings import LOCAL_STORE
from stacklab.core.settings import Images as Settings
from stacklab.images import marks
from stacklab.images.model import Image
from stacklab.images.store import Store

_HOLDING = "SELECT DISTINCT stores FROM images WHERE blob = ?"
_HELD = "SELECT 1 FROM image_holds WHERE blob = ? LIMIT 1"
_NAMED = "SELECT DISTINCT blob, stores FROM images WHERE blob IS NOT NULL"


class Stores:
    """The one place that knows which stores there are. `forget` removes what was made of a blob elsewhere; it is
    called before the last copy goes. Raises SettingsError for a folder that is not ours."""

    def __init__(self, settings: Settings, folder: Path, forget: Callable[[str], None], reserved: int = 0) -> None:
        marks.check(settings.stores)
        self._forget = forget
        self._further = settings.stores
        self.local = Store(folder, reserved)
        further = {one.name: Store(Path(one.path), reserved) for one in settings.stores}
        self.files = {LOCAL_STORE: self.local, **further}
        self.default, self.web = settings.default_store, settings.web_store
        self.ids = [*self.files, self.web] if self.web else [*self.files]
        self.weights = dict.fromkeys(self.ids, 0) | {one.name: one.weight for one in settings.stores}
        self.lock = threading.RLock()
        self.shown = lru_cache(maxsize=1024)(self._shown)

    def target(self, name: str) -> str:
        """The store an upload goes to: the default one unless one is named. Raises BadRequest, or Gone for one that
        takes no uploads."""
        if name and name not in self.ids:
            raise BadRequest(f"Store for identifier {name} not found")
        if name and name == self.web:
            raise Gone("Error in store configuration. Adding images to store is disabled.")
        return name or self.default

    @property
    def several(self) -> bool:
        return len(self.ids) > 1

    def described(self) -> dict[str, str]:
        """Name → what is said of it, in order."""
        said = {LOCAL_STORE: "Files on this node, stored by content"}
        said |= {one.name: one.description for one in self._further}
        return said | ({self.web: "Bytes that stay at some URL"} if self.web else {})

    def _shown(self, names: str) -> str:
        """An image's stores as it tells them: those there are, the heaviest first."""
        known = [name for name in names.split(",") if name in self.weights]
        return ",".join(sorted(known, key=lambda name: (-self.weights[name], self.ids.index(name))))

    def without(self, image: Image, names: Collection[str]) -> Image:
        """The image, its copies in these stores let go of; one that is only on the web has no blob any more."""
        left = [name for name in image.stores.split(",") if name and name not in names]
        return replace(image, stores=",".join(left), blob=image.blob if set(left) - {self.web} else None)

    def path(self, blob: str, names: str) -> Path:
        """A copy to read, in the heaviest of an image's stores that has it. Raises NotFound when none is there now."""
        found = [self.files[name] for name in self.shown(names).split(",") if name in self.files]
        for store in found:
            if len(found) == 1 or store.has(blob):
                return store.path(blob)
        raise NotFound(f"The image's data is in {names}, and no such store has it now.")

    def anywhere(self, blob: str) -> Path:
        """A copy for a server, from our own disk if it is there. Raises NotFound when there is none at all."""
        for store in self.files.values():
            if store.has(blob):
                return store.path(blob)
        raise NotFound("The image's data is in no store of this node.")

    def keep(self, files: Mapping[str, Path], blob: str, commit: Callable[[], None]) -> None:
        """Put a file in its place in each of the stores named, then commit the rows that say so; or leave nothing."""
        with self.lock:
            try:
                for name, file in files.items():
                    self.files[name].place(file, blob)
                with transaction():
                    commit()
            except BaseException:
                self.drop(blob, files)
                raise

    def drop(self, blob: str, names: Iterable[str]) -> None:
        """Remove copies that nobody needs any more. Call after the commit that let go of them."""
        with self.lock:
            needed = {name for (stores,) in rows(_HOLDING, (blob,)) for name in stores.split(",")}
            there = [name for name, store in self.files.items() if store.has(blob)]
            if row(_HELD, (blob,)):
                needed |= _one(there, needed)
            elif not needed:
                self._forget(blob)
            for name in names:
                if name in self.files and name not in needed:
                    self.files[name].remove(blob)

    def sweep(self, waiting: Iterable[str] = ()) -> list[str]:
        """At start: remove what a crash left. Half-written files, copies no row names, staged bytes of images that do
        not wait for them. The names of what went."""
        needed = self._needed()
        left = [name for store in self.files.values() for name in store.sweep(set(waiting))]
        for name, store in self.files.items():
            for blob in store.blobs() - needed[name]:
                store.remove(blob)
                left.append(blob)
        return left

    def _needed(self) -> dict[str, set[str]]:
        """Store → the blobs it must keep."""
        needed: dict[str, set[str]] = {name: set() for name in self.files}
        for blob, stores in rows(_NAMED):
            for name in stores.split(","):
                needed.get(name, set()).add(blob)
        there = {name: store.blobs() for name, store in self.files.items()}
        for (blob,) in rows("SELECT DISTINCT blob FROM image_holds"):
            having = [name for name in there if blob in there[name]]
            for name in _one(having, {name for name in needed if blob in needed[name]}):
                needed[name].add(blob)
        return needed


def _one(there: list[str], needed: set[str]) -> set[str]:
    """The store whose copy servers need: none where an image keeps one, else the first that has one."""
    return set() if needed.intersection(there) else set(there[:1])
