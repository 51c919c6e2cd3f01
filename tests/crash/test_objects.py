"""SIGKILL in the middle of puts, copies, deletes and bulk deletes: each object is the old or the new one, whole, and
counts and files are those of the rows."""

import os
import random
import sqlite3
import threading
from contextlib import closing
from http.client import HTTPException
from pathlib import Path

from tests.support.client import Client, until
from tests.support.node import Node

SEED = int(os.environ.get("TEST_SEED", "20131123"))
NAMES = [f"object-{number}" for number in range(12)]
SIZES = (0, 5, 4096, 150_000, 700_000)
Content = bytes | None


class Hammer(threading.Thread):
    """One client with names of its own, which it alone changes, until the node is gone. `maybe`: what each name may
    hold; more than one where an answer never came."""

    def __init__(self, node: Node, account: str, token: str, number: int) -> None:
        super().__init__()
        self.chance = random.Random(SEED + number)
        self.maybe: dict[str, set[Content]] = {f"{number}/{name}": {None} for name in NAMES}
        self.done = 0
        self.failed: BaseException | None = None
        self.aim(node, account, token)

    def aim(self, node: Node, account: str, token: str) -> None:
        self.base = f"/object-store/v1/{account}"
        self.client = Client(node.host, node.port)
        self.client.token = token

    def run(self) -> None:
        try:
            while True:
                self.step()
                self.done += 1
        except (OSError, HTTPException):
            return
        except BaseException as error:
            self.failed = error

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

    def change(
        self,
        to: dict[str, Content],
        method: str,
        path: str,
        body: Content,
        headers: dict[str, str],
        well: tuple[int, ...],
    ) -> None:
        for name, content in to.items():
            self.maybe[name].add(content)
        status, _headers, said = self.client.raw(method, self.base + path, body, headers)
        assert status in well, (method, path, status, said)
        for name, content in to.items():
            self.maybe[name] = {content}

    def settle(self) -> None:
        """Each name is one of the things it may be, whole; from now on it is that."""
        for name, may in self.maybe.items():
            status, _headers, body = self.client.raw("GET", f"{self.base}/c/{name}")
            assert status in (200, 404)
            found = body if status == 200 else None
            assert found in may, f"{name}: {status}, {len(body)} bytes, not any of {[m and len(m) for m in may]}"
            self.maybe[name] = {found}


def test_killed_twenty_times(tmp_path: Path) -> None:
    node = Node(tmp_path / "state").start()
    chance = random.Random(SEED)
    try:
        admin = node.admin()
        account = f"AUTH_{admin.one('/identity/v3/projects', 'projects', 'admin')}"
        assert admin.raw("PUT", f"/object-store/v1/{account}/c", b"")[0] == 201
        hands = [Hammer(node, account, admin.token, number) for number in range(4)]
        done = 0
        for _ in range(20):
            hands = round_of(node, account, admin.token, hands, chance)
            done += sum(hand.done for hand in hands)
        assert done > 200
        for hand in hands:
            hand.settle()
        until("the files to be those of the rows", lambda: files(node) == named(node))
        objects, size, counted = counts(node)
        wanted = [content for hand in hands for may in hand.maybe.values() for content in may if content is not None]
        assert (objects, size) == counted == (len(wanted), sum(map(len, wanted)))
    finally:
        node.purge()


def round_of(node: Node, account: str, token: str, before: list[Hammer], chance: random.Random) -> list[Hammer]:
    """Everybody works until the node dies under them; then it is back, and what it has is looked at."""
    hands = []
    for number, old in enumerate(before):
        hand = Hammer(node, account, token, number)
        hand.chance, hand.maybe = old.chance, old.maybe
        hands.append(hand)
        hand.start()
    process = node.process
    assert process
    timer = threading.Timer(chance.uniform(0.05, 0.4), process.kill)
    timer.start()
    for hand in hands:
        hand.join(60)
    timer.join()
    node.kill()
    node.start()
    for hand in hands:
        assert hand.failed is None, repr(hand.failed)
        hand.aim(node, account, token)
        hand.settle()
    return hands


def named(node: Node) -> set[str]:
    with closing(sqlite3.connect(node.state / "stacklab.db")) as database:
        return {name for (name,) in database.execute("SELECT file FROM objects")}


def files(node: Node) -> set[str]:
    folder = node.state / "objects"
    return {path.name for part in ("files", "incoming") for path in (folder / part).rglob("*") if path.is_file()}


def counts(node: Node) -> tuple[int, int, tuple[int, int]]:
    """Objects and bytes of the container by its rows, and as it counts them."""
    with closing(sqlite3.connect(node.state / "stacklab.db")) as database:
        objects, size = database.execute("SELECT count(*), sum(size) FROM objects").fetchone()
        counted = database.execute("SELECT objects, bytes FROM objects_containers").fetchone()
        assert database.execute("SELECT sum(objects), sum(bytes) FROM objects_accounts").fetchone() == counted
    return objects, size, counted
