"""Imports, done: a durable job brings the bytes from where they are. A SIGKILL in the middle begins the job anew.

Whatever goes wrong, the image is queued again with nothing on disk, and the task says why.
"""

import hashlib
from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from stacklab.core import log
from stacklab.core.db.database import transaction
from stacklab.core.errors import BadRequest, Failure
from stacklab.core.jobs import Job, Kind
from stacklab.core.settings import LOCAL_STORE, Settings
from stacklab.host.disks.spec import DiskError, Disks
from stacklab.images import data, elsewhere, formats, hashes, model, remote_locations, room, tasks, web_download
from stacklab.images.conversion import converted
from stacklab.images.elsewhere import Elsewhere, Remote
from stacklab.images.imports import FAILED, JOB, ONGOING
from stacklab.images.model import Image
from stacklab.images.places import Places
from stacklab.images.spread import Spread, StoresFailed
from stacklab.images.store import BLOCK, Incoming, Store
from stacklab.images.stores import Stores

_log = log.get(__name__)


class Imports:
    def __init__(self, settings: Settings, stores: Stores, disks: Disks, remotes: Elsewhere, places: Places) -> None:
        self._settings, self._stores, self._disks, self._remotes = settings, stores, disks, remotes
        self._store = stores.local  # where bytes wait
        self._places = places

    def jobs(self) -> dict[str, Kind]:
        return {JOB: Kind(self._run, self._give_up, attempts=1)}

    def _run(self, job: Job) -> None:
        self._places.run(job, partial(self._import, job.subject, job.payload["task"]))

    def _give_up(self, job: Job, error: BaseException) -> None:
        _log.error("an import failed", image=job.subject, error=repr(error))
        self._failed(job.subject, job.payload["task"], "The import failed; the node's log says why.")

    def _import(self, image_id: str, task_id: str) -> None:
        image, task = model.get(image_id), tasks.find(task_id)
        if task is None or task.status in ("success", "failure"):
            self._store.unstage(image_id)
            return
        if image is None or image.status != "importing":
            self._failed(image_id, task_id, f"Image {image_id} was deleted.")
            return
        tasks.begin(task_id)
        try:
            if task.type == tasks.LOCATION and image.stores == self._stores.web != "":
                remote_locations.settle(self._settings, image, task)
            else:
                self._bring(image, task)
        except StoresFailed as failed:
            self._failed(image_id, task_id, str(failed), failed.names)
        except (Failure, DiskError, web_download.DownloadFailed) as refused:
            self._failed(image_id, task_id, str(refused))
        else:
            self._store.unstage(image_id)
            self._remotes.forget(task_id)

    def _bring(self, image: Image, task: tasks.Task) -> None:
        """The bytes come to one store, or to our own and are copied from there."""
        wanted = self._wanted(task)
        home = wanted[0] if len(wanted) == 1 and wanted[0] in self._stores.files else LOCAL_STORE
        store, still = self._stores.files[home], hashes.Still()
        spread = Spread(self._stores, wanted, _must(task), lambda: still(image.id))
        with room.space(), store.incoming() as incoming:
            remote = self._remote(task)
            image = replace(_like(image, remote), stores=home)
            promise = hashes.Promise(_promised(task, remote))
            self._fill(incoming, image, remote or _source(task), promise)
            promise.keep()
            with converted(self._settings, store, self._disks, image, incoming) as (made, file):
                done = partial(self._done, task.id, image.id, promise, remote, spread)
                data.settle(self._settings, self._stores, self._disks, made, file, spread.files, done)

    def _wanted(self, task: tasks.Task) -> list[str]:
        """The names of stores an import was asked for; what knows of none goes to the default one."""
        return list(task.input.get("backend") or [self._stores.default])

    def _remote(self, task: tasks.Task) -> Remote | None:
        """The image elsewhere that is to be taken over, None for any other import."""
        method = task.input["import_req"]["method"] if task.type == tasks.IMPORT else {}
        return self._remotes.find(task.id, method) if method.get("name") == elsewhere.METHOD else None

    def _fill(self, incoming: Incoming, image: Image, source: Remote | str | None, promise: hashes.Promise) -> None:
        """Everything the image will be made of, watched as it comes and counted against the project's quota.

        It comes from an image elsewhere, an address of the web, or what was staged.
        """
        watch, still = formats.watch(self._settings, image), hashes.Still()
        if source is None:
            most, blocks = self._settings.images.max_size_gb << 30, _blocks(self._store, image.id)
        else:
            most = room.allowance(self._settings, image.owner, 0)
            web = self._settings.images
            blocks = web_download.blocks(web, source) if isinstance(source, str) else self._remotes.blocks(source)
        for block in blocks:
            room.fits(incoming.size + len(block), most)
            watch(block)
            promise.update(block)
            incoming.write(block)
            still(image.id)

    def _done(
        self, task_id: str, image_id: str, promise: hashes.Promise, remote: Remote | None, spread: Spread
    ) -> None:
        """Inside the transaction that gives the image its bytes."""
        image = model.get(image_id)
        if image is None:
            return
        if remote is not None:
            image = replace(_like(image, remote), disk_format=image.disk_format)
        if promise.algorithm:
            image = replace(image, os_hash_algo=promise.algorithm, os_hash_value=promise.value)
        ended = {ONGOING: "", FAILED: ",".join(spread.failed)}
        model.update(replace(image, properties=image.properties | ended))
        tasks.succeed(task_id, {"image_id": image_id}, f"Copied {(image.size or 0) >> 20} MiB")

    def _failed(self, image_id: str, task_id: str, message: str, names: list[str] | None = None) -> None:
        """The image is queued again, nothing of it is on disk, the task says why; `names`: the stores that failed."""
        with transaction():
            image, task = model.get(image_id), tasks.find(task_id)
            if image is not None and image.status == "importing":
                names = names or [image.stores] * bool(image.stores) or (self._wanted(task) if task else [])
                properties = {name: value for name, value in image.properties.items() if name not in data.MARKS}
                properties |= {FAILED: ",".join(names)} | ({ONGOING: ""} if self._stores.several else {})
                model.update(replace(image, status="queued", size=None, properties=properties))
            tasks.fail(task_id, message)
        self._store.unstage(image_id)
        self._remotes.forget(task_id)


def _like(image: Image, remote: Remote | None) -> Image:
    """The image as it will be: with what is taken over of one elsewhere."""
    if remote is None:
        return image
    properties = {**image.properties, **remote.properties}
    said = {"disk_format": remote.disk_format, "container_format": remote.container_format}
    return replace(image, properties=properties, **said)


def _promised(task: tasks.Task, remote: Remote | None) -> dict[str, str]:
    """The hash the bytes must have: what the asker said, or the region they come from."""
    if remote and remote.hash_algo in hashlib.algorithms_guaranteed:
        return {"os_hash_algo": remote.hash_algo, "os_hash_value": remote.hash_value}
    return task.input.get("validation_data") or {}


def _must(task: tasks.Task) -> bool:
    return bool(task.input.get("import_req", {}).get("all_stores_must_succeed", True))


def _source(task: tasks.Task) -> str | None:
    """The URI the bytes come from; None for what was staged."""
    if task.type == tasks.LOCATION:
        return str(task.input["loc_url"])
    if task.type == tasks.OLD_IMPORT:
        return str(task.input["import_from"])
    method = task.input["import_req"]["method"]
    return None if method["name"] == "glance-direct" else str(method["uri"])


def _blocks(store: Store, image_id: str) -> Iterator[bytes]:
    try:
        with store.staged(image_id).open("rb") as staged:
            while block := staged.read(BLOCK):
                yield block
    except FileNotFoundError:
        raise BadRequest("The staged data is not there any more.") from None
