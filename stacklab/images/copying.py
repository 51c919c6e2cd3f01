"""`copy-image`, done: a durable job copies into one store after another.

Each copy is the image's as soon as it is whole; a job that a crash cut short goes on with those that are missing. Where
all must succeed and one does not, the copies the job made are taken back.
"""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from stacklab.core import log
from stacklab.core.db.database import after_commit, transaction
from stacklab.core.errors import Failure, Gone
from stacklab.core.jobs import Job, Kind
from stacklab.core.settings import Settings
from stacklab.host.disks.spec import DiskError, Disks
from stacklab.images import formats, hashes, locations, model, room, tasks, web_download
from stacklab.images.copies import JOB
from stacklab.images.imports import FAILED, ONGOING, TASK
from stacklab.images.model import Image
from stacklab.images.places import Places
from stacklab.images.spread import copy
from stacklab.images.store import HASH, Digest, Incoming
from stacklab.images.stores import Stores

_log = log.get(__name__)
_FAILURES = (Failure, OSError, DiskError, web_download.DownloadFailed)


class Copies:
    def __init__(self, settings: Settings, stores: Stores, disks: Disks, places: Places) -> None:
        self._settings, self._stores, self._disks, self._places = settings, stores, disks, places

    def jobs(self) -> dict[str, Kind]:
        return {JOB: Kind(self._run, self._give_up, attempts=1)}

    def _run(self, job: Job) -> None:
        self._places.run(job, lambda: self._copy_all(job.subject, tasks.find(job.payload["task"])))

    def _copy_all(self, image_id: str, task: tasks.Task | None) -> None:
        if task is None or task.status in ("success", "failure"):
            return
        tasks.begin(task.id)
        must, failed = task.input["import_req"].get("all_stores_must_succeed", True), dict[str, str]()
        for name in task.input["backend"]:
            try:
                self._copy(image_id, name)
            except Gone as gone:
                tasks.fail(task.id, str(gone))
                return
            except _FAILURES as refused:
                _log.error("an image could not be copied", image=image_id, store=name, error=repr(refused))
                failed[name] = _words(refused)
                if must:
                    break
        self._end(image_id, task, failed, must)

    def _give_up(self, job: Job, error: BaseException) -> None:
        _log.error("a copy failed", image=job.subject, error=repr(error))
        if task := tasks.find(job.payload["task"]):
            failed = dict.fromkeys(task.input["backend"], "The copy failed; the node's log says why.")
            self._end(job.subject, task, failed, must=True)

    def _copy(self, image_id: str, name: str) -> None:
        """Nothing where an earlier run of the job got as far. Raises Gone when the image was deleted."""
        image = _active(image_id)
        if name in image.stores.split(","):
            return
        if name not in self._stores.files:
            raise OSError(f"there is no store {name!r} any more")
        with ExitStack() as copies:
            if image.blob is not None:
                self._from_store(image, image.blob, name, copies)
            else:
                self._from_web(image, name, copies)

    def _from_store(self, image: Image, blob: str, name: str, copies: ExitStack) -> None:
        still = hashes.Still()
        source = self._stores.path(blob, image.stores)
        made = copy(source, self._stores.files[name], blob, lambda: still(image.id), copies)
        self._keep(image, name, made, blob)

    def _from_web(self, image: Image, name: str, copies: ExitStack) -> None:
        """What is behind the address must be what it was, and is looked into as any upload."""
        incoming = copies.enter_context(self._stores.files[name].incoming())
        said = {"os_hash_algo": image.os_hash_algo or "", "os_hash_value": image.os_hash_value or ""}
        promise = hashes.Promise(said)
        self._fetch(image, incoming, promise)
        promise.keep()
        digest = incoming.finish()
        virtual = formats.looked_into(self._settings, self._disks, image, incoming.path)
        self._keep(image, name, incoming.path, digest.sha512, lambda found: _known(found, digest, virtual))

    def _fetch(self, image: Image, incoming: Incoming, promise: hashes.Promise) -> None:
        most, still = room.allowance(self._settings, image.owner, 0), hashes.Still()
        watch = formats.watch(self._settings, image)
        for block in web_download.blocks(self._settings.images, locations.of(image.id)[0].url):
            room.fits(incoming.size + len(block), most)
            watch(block)
            promise.update(block)
            incoming.write(block)
            still(image.id)

    def _keep(
        self, image: Image, name: str, file: Path, blob: str, known: Callable[[Image], Image] = lambda image: image
    ) -> None:
        def commit() -> None:
            fresh = known(_active(image.id))
            room.require(self._settings, fresh.owner, fresh.size or 0)
            marks = {ONGOING: _without(fresh.properties.get(ONGOING, ""), [name])}
            stores = f"{fresh.stores},{name}".strip(",")
            model.update(replace(fresh, blob=blob, stores=stores, properties=fresh.properties | marks))

        self._stores.keep({name: file}, blob, commit)

    def _end(self, image_id: str, task: tasks.Task, failed: dict[str, str], must: bool) -> None:
        """The task says how it went; what it made is taken back where all had to succeed."""
        undone = task.input["backend"] if failed and must else []
        with transaction():
            image = model.get(image_id)
            if image is not None:
                properties = {k: v for k, v in image.properties.items() if k != TASK}
                properties |= {ONGOING: "", FAILED: ",".join(failed)}
                model.update(self._freed(replace(image, properties=properties), undone))
            if failed and (must or len(failed) == len(task.input["backend"])):
                tasks.fail(task.id, " ".join(f"{name}: {why}" for name, why in failed.items()))
            else:
                tasks.succeed(task.id, {"image_id": image_id})

    def _freed(self, image: Image, names: list[str]) -> Image:
        """The image without its copies in these stores, unless it has left all others by now. Inside a transaction."""
        there = self._stores.shown(image.stores).split(",")
        freed = [name for name in there if name in names]
        if not freed or len(freed) == len(there):
            return image
        if image.blob:
            after_commit(partial(self._stores.drop, image.blob, freed))
        return self._stores.without(image, freed)


def _active(image_id: str) -> Image:
    image = model.get(image_id)
    if image is None or image.status not in ("active", "deactivated"):
        raise Gone(f"Image {image_id} was deleted.")
    return image


def _without(names: str, gone: list[str]) -> str:
    return ",".join(name for name in names.split(",") if name and name not in gone)


def _known(image: Image, digest: Digest, virtual: int | None) -> Image:
    """What is known of bytes that came from the web, and was not known of their address."""
    said = (image.os_hash_algo, image.os_hash_value) if image.os_hash_algo else (HASH, digest.sha512)
    return replace(
        image,
        size=digest.size,
        virtual_size=virtual,
        checksum=image.checksum or digest.md5,
        os_hash_algo=said[0],
        os_hash_value=said[1],
    )


def _words(refused: BaseException) -> str:
    return (refused.strerror or str(refused)) if isinstance(refused, OSError) else str(refused)
