"""The image service behind the dispatcher, as a test uses it."""

from pathlib import Path
from typing import Any

from stacklab.core.events import Bus, Event
from stacklab.core.jobs import queue
from stacklab.core.settings import FileStore, Settings
from stacklab.host.disks.simulated import SimulatedDisks
from stacklab.images.api import mount
from stacklab.images.service import Images
from tests.support.api import Answer, Api


class ImageLab:
    """What a test has: the service, its folder, the API in front of it, and the events it emitted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "images"
        self.bus = Bus()
        self.events: list[Event] = []
        self.bus.subscribe("*", self.events.append)
        self.settings = Settings()
        self.disks = SimulatedDisks(folder / "disks")
        self.service = self.start()
        self.api = Api(mount(self.service))

    def start(self) -> Images:
        """The service as the next process would find it."""
        return Images(self.settings, self.folder, self.disks, self.bus)

    def make(self, persona: str = "member", **attributes: Any) -> dict[str, Any]:
        body = {"name": "one", "disk_format": "raw", "container_format": "bare", **attributes}
        answer = self.api.post("/image/v2/images", persona, body)
        assert answer.status == 201, answer.raw
        made: dict[str, Any] = answer.json
        return made

    def upload(self, image_id: str, data: bytes, persona: str = "member") -> Answer:
        kind = {"content-type": "application/octet-stream"}
        return self.api.put(f"/image/v2/images/{image_id}/file", persona, data, headers=kind)

    def active(self, data: bytes = b"bytes", persona: str = "member", **attributes: Any) -> dict[str, Any]:
        made = self.make(persona, **attributes)
        assert self.upload(made["id"], data, persona).status == 204
        return self.show(made["id"], persona)

    def show(self, image_id: str, persona: str = "member") -> dict[str, Any]:
        answer = self.api.get(f"/image/v2/images/{image_id}", persona)
        assert answer.status == 200, answer.raw
        shown: dict[str, Any] = answer.json
        return shown

    def patch(self, image_id: str, *operations: Any, persona: str = "member", media: str = "2.1") -> Answer:
        kind = {"content-type": f"application/openstack-images-v{media}-json-patch"}
        return self.api.patch(f"/image/v2/images/{image_id}", persona, list(operations), headers=kind)

    def files(self) -> list[str]:
        """Every file the store has now."""
        return sorted(path.name for path in self.folder.rglob("*") if path.is_file())

    def restart(self) -> None:
        """The next process, with what is set by now; nothing of the old one hears news any more."""
        self.bus = Bus()
        self.bus.subscribe("*", self.events.append)
        self.service = self.start()
        self.api = Api(mount(self.service))

    def held(self) -> dict[str, list[str]]:
        """Store → the blobs it has, of those that have any."""
        found = {name: sorted(store.blobs()) for name, store in self.service.stores.files.items()}
        return {name: blobs for name, blobs in found.items() if blobs}

    def work(self) -> None:
        """Every job that is due, as a worker would run it."""
        kinds = self.service.jobs()
        while job := queue.take():
            kinds[job.kind].run(job)
            queue.done(job)


def several(lab: ImageLab) -> ImageLab:
    """The lab, with two more stores, one lighter and one heavier than its own, and one for what is on the web."""
    lab.settings.images.stores = [
        FileStore(name="archive", path=str(lab.folder.parent / "archive"), description="A second disk", weight=-1),
        FileStore(name="backup", path=str(lab.folder.parent / "backup"), weight=5),
    ]
    lab.settings.images.web_store = "web"
    lab.restart()
    lab.service.sweep()
    return lab
