"""SIGKILL in the middle of what changes more or less than an object's bytes: archives, metadata, containers, histories.
What was answered is so, what was not is the old or the new, and counts and files are those of the rows."""

import io
import json
import os
import random
import tarfile
from pathlib import Path
from urllib.parse import quote

from tests.support.client import until
from tests.support.hammer import Content, Hammer, ask, files, kill_among, named, require_counts
from tests.support.node import Node

SEED = int(os.environ.get("TEST_SEED", "20131123"))
KILLS = 8
NAMES = [f"object-{number}" for number in range(6)]


class Archives(Hammer):
    """Some of the names at once, out of an archive; each for itself is the old or the new."""

    def step(self) -> None:
        wanted: dict[str, Content] = {
            name: self.chance.randbytes(self.chance.choice((0, 20, 4096, 200_000)))
            for name in self.chance.sample(sorted(self.maybe), 4)
        }
        written = io.BytesIO()
        with tarfile.open(fileobj=written, mode="w") as tar:
            for name, data in wanted.items():
                info = tarfile.TarInfo(name)
                info.size = len(data or b"")
                tar.addfile(info, io.BytesIO(data or b""))
        self.change(wanted, "PUT", "/c?extract-archive=tar", written.getvalue(), {}, (200,))


class Metadata(Hammer):
    """What each name holds here is what a POST said last."""

    def step(self) -> None:
        name = self.chance.choice(sorted(self.maybe))
        said = f"{self.chance.random()}"
        if self.maybe[name] == {None}:
            self.change({name: b""}, "PUT", f"/c/{name}", b"data", {}, (201,))
        self.change({name: said.encode()}, "POST", f"/c/{name}", b"", {"x-object-meta-said": said}, (202,))

    def content(self, path: str) -> Content:
        status, headers, body = self.client.raw("GET", self.base + path)
        assert (status, body) in ((200, b"data"), (404, body)), (status, body)
        return headers.get("x-object-meta-said", "").encode() if status == 200 else None


class Holders(Hammer):
    """Containers that come and go; what each name holds here is the container's metadata."""

    def step(self) -> None:
        name, said = self.chance.choice(sorted(self.maybe)), f"{self.chance.random()}"
        path, headers = self.path(name), {"x-container-meta-said": said}
        if self.chance.random() < 0.5:
            self.change({name: said.encode()}, "PUT", path, b"", headers, (201, 202))
        elif self.chance.random() < 0.5:
            self.change({name: None}, "DELETE", path, None, {}, (204, 404))
        else:
            self.change({name: None}, "POST", "?bulk-delete", path.encode(), {"content-type": "text/plain"}, (200,))

    def path(self, name: str) -> str:
        return "/" + name.replace("/", "-")

    def content(self, path: str) -> Content:
        status, headers, _body = self.client.raw("HEAD", self.base + self.path(path.removeprefix("/c/")))
        assert status in (204, 404), status
        return headers["x-container-meta-said"].encode() if status == 204 else None


class Histories(Hammer):
    """`kept`: every content that was acknowledged; it is the object's, or in its history."""

    def __init__(self, *about: object) -> None:
        super().__init__(*about)  # type: ignore[arg-type]
        self.kept: dict[str, set[bytes]] = {name: set() for name in self.maybe}

    def step(self) -> None:
        name = self.chance.choice(sorted(self.maybe))
        if self.chance.random() < 0.7:
            data = self.chance.randbytes(self.chance.choice((20, 4096)))
            self.change({name: data}, "PUT", f"/h/{name}", data, {}, (201,))
            self.kept[name].add(data)
        else:
            self.change({name: None}, "DELETE", f"/h/{name}", None, {}, (204, 404))

    def content(self, path: str) -> Content:
        return super().content(path.replace("/c/", "/h/"))

    def settle(self) -> None:
        super().settle()
        for name, wanted in self.kept.items():
            before = quote(f"{len(name):03x}{name}/")
            _told, listed = self.ask("GET", f"/past?format=json&prefix={before}", None, {}, (200,))
            past = {self.content(f"/past/{quote(one['name'])}") for one in json.loads(listed)}
            assert wanted <= past | self.maybe[name], name


def test_killed_in_the_middle_of_other_writes(tmp_path: Path) -> None:
    node = Node(tmp_path / "state").start()
    chance = random.Random(SEED)
    try:
        admin = node.admin()
        account = f"AUTH_{admin.one('/identity/v3/projects', 'projects', 'admin')}"
        for name, headers in {"c": {}, "past": {}, "h": {"x-history-location": "past"}}.items():
            assert admin.raw("PUT", f"/object-store/v1/{account}/{name}", b"", headers)[0] == 201
        kinds = (Archives, Metadata, Holders, Histories)
        hands: list[Hammer] = [
            kind(node, account, admin.token, random.Random(SEED + number), [f"{number}/{name}" for name in NAMES])
            for number, kind in enumerate(kinds)
        ]
        done = sum(kill_among(hands, node, account, admin.token, chance.uniform(0.2, 0.9)) for _ in range(KILLS))
        assert done > 100
        until("the files to be those of the rows", lambda: files(node) == named(node))
        require_counts(node)
        containers = ask(node, "SELECT count(*) FROM objects_containers")
        assert ask(node, "SELECT sum(containers) FROM objects_accounts") == containers
    finally:
        node.purge()
