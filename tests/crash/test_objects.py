"""SIGKILL in the middle of puts, copies, deletes and bulk deletes: each object is the old or the new one, whole, and
counts and files are those of the rows."""

import os
import random
from pathlib import Path

from tests.support.client import until
from tests.support.hammer import Content, Hammer, ask, files, kill_among, named, require_counts
from tests.support.node import Node

SEED = int(os.environ.get("TEST_SEED", "20131123"))
NAMES = [f"object-{number}" for number in range(12)]
SIZES = (0, 5, 4096, 150_000, 700_000, 5_000_000)


class Hand(Hammer):
    def step(self) -> None:
        name = self.chance.choice(sorted(self.maybe))
        act = self.chance.choice([self.put, self.put, self.copy, self.delete, self.bulk])
        act(name)

    def put(self, name: str) -> None:
        data = self.chance.randbytes(self.chance.choice(SIZES))
        self.change({name: data}, "PUT", f"/c/{name}", data, {}, (201,))

    def copy(self, name: str) -> None:
        (source,) = self.maybe[other := self.chance.choice(sorted(self.maybe))]
        if source is not None:
            self.change({name: source}, "PUT", f"/c/{name}", b"", {"x-copy-from": f"c/{other}"}, (201,))

    def delete(self, name: str) -> None:
        self.change({name: None}, "DELETE", f"/c/{name}", None, {}, (204, 404))

    def bulk(self, _name: str) -> None:
        some = self.chance.sample(sorted(self.maybe), 4)
        body = "\n".join(f"c/{name}" for name in some).encode()
        wanted: dict[str, Content] = dict.fromkeys(some)
        self.change(wanted, "POST", "?bulk-delete", body, {"content-type": "text/plain"}, (200,))


def test_killed_twenty_times(tmp_path: Path) -> None:
    node = Node(tmp_path / "state").start()
    chance = random.Random(SEED)
    try:
        admin = node.admin()
        account = f"AUTH_{admin.one('/identity/v3/projects', 'projects', 'admin')}"
        assert admin.raw("PUT", f"/object-store/v1/{account}/c", b"")[0] == 201
        hands = [
            Hand(node, account, admin.token, random.Random(SEED + number), [f"{number}/{name}" for name in NAMES])
            for number in range(4)
        ]
        assert sum(kill_among(hands, node, account, admin.token, chance.uniform(0.05, 0.4)) for _ in range(20)) > 200
        until("the files to be those of the rows", lambda: files(node) == named(node))
        require_counts(node)
        wanted = [content for hand in hands for may in hand.maybe.values() for content in may if content is not None]
        counted = ask(node, "SELECT objects, bytes FROM objects_containers")
        assert counted == [(len(wanted), sum(map(len, wanted)))]
    finally:
        node.purge()
