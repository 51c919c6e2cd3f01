"""SIGKILL among all that is done to images at once: each is what it was or what it was to be, with all its bytes; both
stores end with what images have, and with nothing else."""

import os
import random
import time
from pathlib import Path
from uuid import uuid4

from tests.support.client import until
from tests.support.hammer import Content, Hammer, ask, kill_among
from tests.support.node import Node

SEED = int(os.environ.get("TEST_SEED", "20131123"))
KILLS = 8
KIND = {"content-type": "application/octet-stream"}
PATCH = {"content-type": "application/openstack-images-v2.1-json-patch"}
QUEUED, STAGED, ACTIVE = b"queued:", b"staged:", b"active:"
EVERY = {"all_stores": True}


class Hand(Hammer):
    """What a name holds here: nothing where there is no such image, else its state and, after that, its bytes. An id is
    never used twice. `said`: what may be the image's own name."""

    def __init__(self, *about: object) -> None:
        super().__init__(*about)  # type: ignore[arg-type]
        self.ids = {name: str(uuid4()) for name in self.maybe}
        self.said: dict[str, set[str]] = {name: set() for name in self.maybe}

    def aim(self, node: Node, account: str, token: str) -> None:
        super().aim(node, account, token)
        self.base = "/image/v2/images"

    def step(self) -> None:
        name = self.chance.choice(sorted(self.maybe))
        (state,) = self.maybe[name]
        if state is None:
            self.make(name)
        elif state == QUEUED:
            self.chance.choice([self.upload, self.upload, self.stage, self.rename])(name)
        elif state.startswith(STAGED):
            self.chance.choice([self.bring, self.bring, self.rename, self.delete])(name)
        else:
            self.chance.choice([self.copy, self.take_out, self.rename, self.tag, self.delete, self.delete])(name)

    def make(self, name: str) -> None:
        self.ids[name], self.said[name] = str(uuid4()), {"new"}
        body = b'{"id": "%s", "name": "new", "disk_format": "raw", "container_format": "bare"}'
        self.change({name: QUEUED}, "POST", "", body % self.ids[name].encode(), {}, (201,))

    def upload(self, name: str) -> None:
        data = self.data()
        headers = {**KIND, "x-image-meta-store": self.chance.choice(("local", "second"))}
        self.change({name: ACTIVE + data}, "PUT", f"/{self.ids[name]}/file", data, headers, (204,))

    def stage(self, name: str) -> None:
        data = self.data()
        self.change({name: STAGED + data}, "PUT", f"/{self.ids[name]}/stage", data, KIND, (204,))

    def data(self) -> bytes:
        """Often the same, so that images share their files."""
        same = self.chance.random() < 0.3
        return b"shared" * 1000 if same else self.chance.randbytes(self.chance.choice((10, 100_000, 5_000_000)))

    def bring(self, name: str) -> None:
        (state,) = self.maybe[name]
        assert state
        body = b'{"method": {"name": "glance-direct"}, "all_stores": %s}' % self.chance.choice((b"true", b"false"))
        wanted: Content = ACTIVE + state.removeprefix(STAGED)
        self.change({name: wanted}, "POST", f"/{self.ids[name]}/import", body, {}, (202,))
        if self.chance.random() < 0.7:
            self.content(f"/c/{name}")

    def copy(self, name: str) -> None:
        body = b'{"method": {"name": "copy-image"}, "all_stores": true}'
        self.ask("POST", f"/{self.ids[name]}/import", body, {}, (202, 409))

    def take_out(self, name: str) -> None:
        """403: it is in no other store; 409: something is being done to it."""
        store = self.chance.choice(("local", "second"))
        path = f"/image/v2/stores/{store}/{self.ids[name]}"
        status, _told, said = self.client.raw("DELETE", path, None, {})
        assert status in (204, 403, 404, 409), (status, said)

    def rename(self, name: str) -> None:
        said = f"{self.chance.random()}"
        self.said[name].add(said)
        body = b'[{"op": "replace", "path": "/name", "value": "%s"}]' % said.encode()
        self.ask("PATCH", f"/{self.ids[name]}", body, PATCH, (200,))
        self.said[name] = {said}

    def tag(self, name: str) -> None:
        self.ask("PUT", f"/{self.ids[name]}/tags/{self.chance.choice('abc')}", b"", {}, (204,))

    def delete(self, name: str) -> None:
        self.change({name: None}, "DELETE", f"/{self.ids[name]}", None, {}, (204,))

    def content(self, path: str) -> Content:
        """Once nothing is being done to it any more."""
        name, ends = path.removeprefix("/c/"), time.monotonic() + 60
        while True:
            status, _told, body = self.client.raw("GET", f"{self.base}/{self.ids[name]}")
            if status == 404:
                return None
            assert status == 200, (status, body)
            if b'"status":"importing"' not in body and b'"os_glance_import_task"' not in body:
                break
            assert time.monotonic() < ends, body
        assert any(f'"name":"{said}"'.encode() in body for said in self.said[name]), (body, self.said[name])
        if b'"status":"active"' in body:
            return ACTIVE + self.client.raw("GET", f"{self.base}/{self.ids[name]}/file")[2]
        if b'"status":"uploading"' in body:
            (state, *_) = [one for one in self.maybe[name] if one and one.startswith(STAGED)] or [STAGED]
            return state
        assert b'"status":"queued"' in body, body
        return QUEUED

    def settle(self) -> None:
        super().settle()
        for name, said in self.said.items():
            if self.maybe[name] != {None} and len(said) > 1:
                _told, body = self.ask("GET", f"/{self.ids[name]}", None, {}, (200,))
                self.said[name] = {one for one in said if f'"name":"{one}"'.encode() in body}


def test_killed_among_everything(tmp_path: Path) -> None:
    second = f'[{{ name = "second", path = "{tmp_path}/second", weight = -1 }}]'
    node = Node(tmp_path / "state", STACKLAB_IMAGES_STORES=second).start()
    chance = random.Random(SEED)
    try:
        admin = node.admin()
        hands = [
            Hand(node, "", admin.token, random.Random(SEED + number), [f"{number}/{slot}" for slot in range(4)])
            for number in range(3)
        ]
        kills = int(os.environ.get("TEST_KILLS", KILLS))
        done = sum(kill_among(hands, node, "", admin.token, chance.uniform(0.1, 0.9)) for _ in range(kills))
        assert done > 5 * kills
        until("the files to be those of the rows", lambda: files(tmp_path) == wanted(node), 20)
        assert ask(node, "SELECT count(*) FROM image_holds") == [(0,)]
    finally:
        node.purge()


def files(folder: Path) -> dict[str, set[str]]:
    """Of both stores, whatever is in them."""
    roots = {"local": folder / "state" / "images", "second": folder / "second"}
    return {
        name: {path.name for path in root.rglob("*") if path.is_file() and path.name != "stacklab-store"}
        for name, root in roots.items()
    }


def wanted(node: Node) -> dict[str, set[str]]:
    """What rows say that is there: staged bytes by the image's id, all else by content."""
    found: dict[str, set[str]] = {"local": set(), "second": set()}
    for image_id, status, blob, stores in ask(node, "SELECT id, status, blob, stores FROM images"):
        if status == "uploading":
            found["local"].add(image_id)
        for store in (stores or "").split(",") if blob else []:
            found[store].add(blob)
    return found
