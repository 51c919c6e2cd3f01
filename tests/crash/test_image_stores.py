"""SIGKILL while images are copied into, imported into and taken out of several stores: every store ends with what its
images say, and nothing else."""

import os
import random
import threading
from http.client import HTTPException
from pathlib import Path
from typing import Any

from tests.support.client import Client, until
from tests.support.node import Node

SEED = int(os.environ.get("TEST_SEED", "20131124"))
KIND = {"content-type": "application/octet-stream"}
MIB = 1 << 20


class Lab:
    """A node with a second store; killed at moments that chance says."""

    def __init__(self, folder: Path) -> None:
        second = f'[{{ name = "second", path = "{folder}/second", weight = -1 }}]'
        self.folder, self.chance = folder, random.Random(SEED)
        self.node = Node(folder / "state", STACKLAB_IMAGES_STORES=second).start()
        self.client = self.node.admin()

    def die(self, within: float) -> None:
        """Killed in so many seconds at the latest, and started again."""
        threading.Event().wait(self.chance.random() * within)
        self.node.kill()
        self.client = self.node.start().admin()

    def send(self, where: str) -> tuple[str, bytes]:
        """A new image with bytes of its own, uploaded (`file`) or staged (`stage`)."""
        body = {"name": "crash", "disk_format": "raw", "container_format": "bare"}
        image_id, content = str(self.client.post("/image/v2/images", body)["id"]), self.chance.randbytes(4 * MIB)
        status, _headers, _data = self.client.raw("PUT", f"/image/v2/images/{image_id}/{where}", content, KIND)
        assert status == 204
        return image_id, content

    def ask(self, image_id: str, method: str) -> None:
        body = {"method": {"name": method}, "all_stores": True}
        self.client.post(f"/image/v2/images/{image_id}/import", body)

    def show(self, image_id: str) -> Any:
        return self.client.get(f"/image/v2/images/{image_id}")

    def settled(self, image_id: str) -> bool:
        shown = self.show(image_id)
        return shown["status"] == "active" and "os_glance_import_task" not in shown

    def files(self) -> dict[str, set[str]]:
        """Of both stores, whatever is in them."""
        where = {"local": self.folder / "state" / "images", "second": self.folder / "second"}
        return {
            name: {path.name for path in root.rglob("*") if path.is_file() and path.name != "stacklab-store"}
            for name, root in where.items()
        }

    def wanted(self) -> dict[str, set[str]]:
        """What the images say that is there."""
        found: dict[str, set[str]] = {"local": set(), "second": set()}
        for image in _images(self.client):
            for store in image.get("stores", "").split(","):
                if store:
                    found[store].add(image["os_hash_value"])
        return found


def _images(client: Client) -> list[Any]:
    found: list[Any] = client.get("/image/v2/images?limit=1000")["images"]
    return found


def test_copies_and_imports_through_kills_at_any_moment(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    made: dict[str, bytes] = {}
    for turn in range(8):
        method = ("copy-image", "glance-direct")[turn % 2]
        image_id, content = lab.send("file" if method == "copy-image" else "stage")
        lab.ask(image_id, method)
        lab.die(within=0.04)
        until("the job's end", lambda one=image_id: lab.settled(one), 30)  # type: ignore[misc]
        made[image_id] = content
    for image_id, content in made.items():
        assert lab.show(image_id)["stores"] == "local,second"
        assert lab.client.raw("GET", f"/image/v2/images/{image_id}/file")[2] == content
    until("nothing else left", lambda: lab.files() == lab.wanted())
    assert lab.node.stop() == 0


def test_taken_out_of_a_store_through_kills_at_any_moment(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    made = []
    for _ in range(4):
        image_id, content = lab.send("file")
        lab.ask(image_id, "copy-image")
        until("the copy", lambda one=image_id: lab.settled(one), 30)  # type: ignore[misc]
        made.append((image_id, content))
    for number, (image_id, content) in enumerate(made):
        store = ("local", "second")[number % 2]
        asking = threading.Thread(target=_take_out, args=(lab.client, store, image_id))
        asking.start()
        lab.die(within=0.01)
        asking.join()
        assert lab.show(image_id)["stores"] in ("local,second", {"local": "second", "second": "local"}[store])
        assert lab.client.raw("GET", f"/image/v2/images/{image_id}/file")[2] == content
    assert lab.files() == lab.wanted()
    assert lab.node.stop() == 0


def _take_out(client: Client, store: str, image_id: str) -> None:
    try:
        client.raw("DELETE", f"/image/v2/stores/{store}/{image_id}")
    except (OSError, HTTPException):
        return  # the node was killed
