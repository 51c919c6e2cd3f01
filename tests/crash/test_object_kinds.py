"""SIGKILL in the middle of work with manifests, symlinks, versions and objects that expire: each name leads to the old
or the new bytes, whole; versions that were acknowledged are there; counts and files are those of the rows."""

import json
import os
import random
from collections.abc import Sequence
from pathlib import Path

from tests.support.client import until
from tests.support.hammer import Hammer, files, kill_among, named, require_counts
from tests.support.node import Node

SEED = int(os.environ.get("TEST_SEED", "20131123"))
KILLS = 8
NAMES = [f"object-{number}" for number in range(5)]


class Kinds(Hammer):
    """Large objects, symlinks and objects with an end, over each other."""

    parts = 0
    doomed: frozenset[str] = frozenset()  # whose deletion with all segments was cut: the manifest says what is left

    def step(self) -> None:
        name = self.chance.choice(sorted(self.maybe))
        self.chance.choice([self.manifest, self.manifest, self.whole, self.link, self.brief, self.delete])(name)

    def manifest(self, name: str) -> None:
        parts: list[bytes] = []
        segments = []
        for _ in range(self.chance.randint(1, 3)):
            self.parts += 1
            path = f"parts/{name}/{self.parts}"
            parts.append(self.chance.randbytes(self.chance.choice((1, 4096, 200_000))))
            self.ask("PUT", f"/{path}", parts[-1], {}, (201,))
            segments.append({"path": f"/{path}"})
        body = json.dumps(segments).encode()
        self.change({name: b"".join(parts)}, "PUT", f"/c/{name}?multipart-manifest=put", body, {}, (201,))

    def whole(self, name: str) -> None:
        """With its segments, where it has any; what is cut short may be told to go on."""
        self.doomed |= {name}
        self.maybe[name].add(None)
        self.ask("DELETE", f"/c/{name}?multipart-manifest=delete", None, {}, (200,))
        self.doomed -= {name}
        self.change({name: None}, "DELETE", f"/c/{name}", None, {}, (204, 404))

    def link(self, name: str) -> None:
        headers = {"x-symlink-target": "targets/one"}
        if self.chance.random() < 0.5:
            headers["x-symlink-target-etag"] = "f97c5d29941bfb1b2fdab0874906ab82"
        self.change({name: b"one"}, "PUT", f"/c/{name}", b"", headers, (201,))

    def brief(self, name: str) -> None:
        data = self.chance.randbytes(3000)
        self.maybe[name].add(None)
        self.change({name: data}, "PUT", f"/c/{name}", data, {"x-delete-after": "1"}, (201,))
        self.maybe[name].add(None)

    def delete(self, name: str) -> None:
        self.change({name: None}, "DELETE", f"/c/{name}", None, {}, (204, 404))

    def settle(self) -> None:
        """A large object whose deletion was cut is finished; what expires may go at any moment."""
        for name, may in self.maybe.items():
            status, headers, body = self.client.raw("GET", f"{self.base}/c/{name}")
            if name in self.doomed and status not in (200, 404):
                assert status == 409, (name, status)
                self.ask("DELETE", f"/c/{name}?multipart-manifest=delete", None, {}, (200,))
                status = 404
            assert status in (200, 404), (name, status, body)
            found = body if status == 200 else None
            assert found in may, f"{name}: {status}, not any of {[one and len(one) for one in may]}"
            self.maybe[name] = {found, None} if "x-delete-at" in headers else {found}
        self.doomed = frozenset()


class Versions(Hammer):
    """A container that keeps versions by id. `kept`: bytes of every version that was acknowledged."""

    def __init__(self, node: Node, account: str, token: str, chance: random.Random, names: Sequence[str]) -> None:
        super().__init__(node, account, token, chance, names)
        self.kept: dict[tuple[str, str], bytes] = {}

    def step(self) -> None:
        name = self.chance.choice(sorted(self.maybe))
        self.chance.choice([self.put, self.put, self.delete, self.restore, self.forget])(name)

    def put(self, name: str) -> None:
        data = self.chance.randbytes(self.chance.choice((20, 4096, 150_000)))
        told = self.change({name: data}, "PUT", f"/v/{name}", data, {}, (201,))
        self.kept[name, told["x-object-version-id"]] = data

    def delete(self, name: str) -> None:
        self.change({name: None}, "DELETE", f"/v/{name}", None, {}, (204, 404))

    def one(self, name: str) -> tuple[str, bytes] | None:
        own = sorted((version, data) for (of, version), data in self.kept.items() if of == name)
        return self.chance.choice(own) if own else None

    def restore(self, name: str) -> None:
        if some := self.one(name):
            self.change({name: some[1]}, "PUT", f"/v/{name}?version-id={some[0]}", b"", {}, (201,))

    def forget(self, name: str) -> None:
        """For good; where it was the current one there is none now."""
        if some := self.one(name):
            (current,) = self.maybe[name]
            del self.kept[name, some[0]]
            left = None if current == some[1] else current
            self.change({name: left}, "DELETE", f"/v/{name}?version-id={some[0]}", None, {}, (204,))

    def settle(self) -> None:
        for name, may in self.maybe.items():
            found = self.content(f"/v/{name}")
            assert found in may, f"{name}: not any of {[one and len(one) for one in may]}"
            self.maybe[name] = {found}
        for (name, version), data in self.kept.items():
            assert self.content(f"/v/{name}?version-id={version}") == data, (name, version)


class Stacks(Hammer):
    """A container whose objects are pushed on a stack and popped by a deletion. `stacks`: what may lie there, the top
    last; no two contents are the same."""

    def __init__(self, node: Node, account: str, token: str, chance: random.Random, names: Sequence[str]) -> None:
        super().__init__(node, account, token, chance, names)
        self.stacks: dict[str, list[list[bytes]]] = {name: [[]] for name in names}

    def step(self) -> None:
        name = self.chance.choice(sorted(self.stacks))
        (stack,) = self.stacks[name]
        if self.chance.random() < 0.6:
            data = self.chance.randbytes(self.chance.choice((20, 4096, 100_000)))
            self.stacks[name] = [stack, after := [*stack, data]]
            self.ask("PUT", f"/s/{name}", data, {}, (201,))
        else:
            self.stacks[name] = [stack, after := stack[:-1]]
            self.ask("DELETE", f"/s/{name}", None, {}, (204, 404))
        self.stacks[name] = [after]

    def settle(self) -> None:
        for name, may in self.stacks.items():
            found = self.content(f"/s/{name}")
            fits = [stack for stack in may if (stack[-1] if stack else None) == found]
            assert fits, f"{name}: {found and len(found)} bytes, not the top of any"
            self.stacks[name] = fits[:1]

    def unwind(self) -> None:
        """All of it comes back, in order."""
        for name, (stack,) in self.stacks.items():
            for data in reversed(stack):
                assert self.content(f"/s/{name}") == data
                self.ask("DELETE", f"/s/{name}", None, {}, (204,))
            assert self.content(f"/s/{name}") is None


def test_killed_in_the_middle_of_every_kind(tmp_path: Path) -> None:
    node = Node(tmp_path / "state").start()
    chance = random.Random(SEED)
    try:
        admin = node.admin()
        account = f"AUTH_{admin.one('/identity/v3/projects', 'projects', 'admin')}"
        prepare(node, account)
        kinds = (Kinds, Kinds, Versions, Versions, Stacks)
        hands: list[Hammer] = [
            kind(node, account, admin.token, random.Random(SEED + number), [f"{number}/{name}" for name in NAMES])
            for number, kind in enumerate(kinds)
        ]
        done = sum(kill_among(hands, node, account, admin.token, chance.uniform(0.2, 0.9)) for _ in range(KILLS))
        assert done > 100
        for hand in hands:
            if isinstance(hand, Stacks):
                hand.unwind()
        until("the files to be those of the rows", lambda: files(node) == named(node))
        require_counts(node)
    finally:
        node.purge()


def prepare(node: Node, account: str) -> None:
    admin = node.admin()
    wanted: dict[str, dict[str, str]] = {"c": {}, "parts": {}, "targets": {}, "v": {"x-versions-enabled": "true"},
                                         "old": {}, "s": {"x-versions-location": "old"}}  # fmt: skip
    for name, headers in wanted.items():
        assert admin.raw("PUT", f"/object-store/v1/{account}/{name}", b"", headers)[0] == 201
    assert admin.raw("PUT", f"/object-store/v1/{account}/targets/one", b"one")[0] == 201
