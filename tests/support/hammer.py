"""Clients that work on one object store until it is killed under them, and what is true of it afterwards."""

import random
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from http.client import HTTPException
from typing import Any, Self

from tests.support.client import Client
from tests.support.node import Node

Content = bytes | None


class Hammer(threading.Thread):
    """One client with names of its own, which it alone changes, until the node is gone. `maybe`: what each name may
    hold; more than one where an answer never came. A kind says what its `step` is."""

    def __init__(self, node: Node, account: str, token: str, chance: random.Random, names: Sequence[str]) -> None:
        super().__init__()
        self.chance = chance
        self.maybe: dict[str, set[Content]] = {name: {None} for name in names}
        self.done = 0
        self.failed: BaseException | None = None
        self.aim(node, account, token)

    def aim(self, node: Node, account: str, token: str) -> None:
        self.base = f"/object-store/v1/{account}"
        self.client = Client(node.host, node.port)
        self.client.token = token

    def again(self, node: Node, account: str, token: str) -> Self:
        """The same client for the next life of the node: a thread starts only once."""
        threading.Thread.__init__(self)
        self.done = 0
        self.aim(node, account, token)
        return self

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
        raise NotImplementedError

    def ask(
        self, method: str, path: str, body: Content, headers: dict[str, str], well: tuple[int, ...]
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of an answer that has one of the statuses."""
        status, told, said = self.client.raw(method, self.base + path, body, headers)
        assert status in well, (method, path, status, said)
        return told, said

    def change(
        self, to: dict[str, Content], method: str, path: str, body: Content, headers: dict[str, str],
        well: tuple[int, ...],
    ) -> dict[str, str]:  # fmt: skip
        """What each name is to hold after this request; until it is answered it may be the old or the new."""
        for name, content in to.items():
            self.maybe[name].add(content)
        told, _said = self.ask(method, path, body, headers, well)
        for name, content in to.items():
            self.maybe[name] = {content}
        return told

    def settle(self) -> None:
        """Each name is one of the things it may be, whole; from now on it is that."""
        for name, may in self.maybe.items():
            found = self.content(f"/c/{name}")
            assert found in may, f"{name}: {found and len(found)} bytes, not any of {[m and len(m) for m in may]}"
            self.maybe[name] = {found}

    def content(self, path: str) -> Content:
        status, _headers, body = self.client.raw("GET", self.base + path)
        assert status in (200, 404), (path, status, body)
        return body if status == 200 else None


def die_under(hands: Sequence[threading.Thread], node: Node, after: float) -> None:
    """Everybody works until the node dies under them, `after` seconds; then it is back."""
    for hand in hands:
        hand.start()
    process = node.process
    assert process
    timer = threading.Timer(after, process.kill)
    timer.start()
    for hand in hands:
        hand.join(60)
    timer.join()
    node.kill()
    node.start()


def kill_among(hands: Sequence[Hammer], node: Node, account: str, token: str, after: float) -> int:
    """They work until the node dies; then what it has is looked at. How many requests were answered."""
    die_under([hand.again(node, account, token) for hand in hands], node, after)
    for hand in hands:
        assert hand.failed is None, repr(hand.failed)
        hand.aim(node, account, token)
        hand.settle()
    return sum(hand.done for hand in hands)


def ask(node: Node, sql: str) -> list[Any]:
    with closing(sqlite3.connect(node.state / "stacklab.db")) as database:
        return database.execute(sql).fetchall()


def named(node: Node) -> set[str]:
    """The files that rows name."""
    found = ask(node, "SELECT file FROM objects UNION SELECT file FROM objects_versions")
    return {name for (name,) in found if name}


def files(node: Node) -> set[str]:
    folder = node.state / "objects"
    return {path.name for part in ("files", "incoming") for path in (folder / part).rglob("*") if path.is_file()}


def require_counts(node: Node) -> None:
    """Containers and the account count what their rows say: current objects, bytes with those of versions."""
    rows = ask(
        node,
        "SELECT c.name, (SELECT count(*) FROM objects AS o WHERE o.container = c.id), "
        "(SELECT coalesce(sum(size), 0) FROM objects AS o WHERE o.container = c.id) + "
        "(SELECT coalesce(sum(size), 0) FROM objects_versions AS v WHERE v.container = c.id) "
        "FROM objects_containers AS c ORDER BY c.name",
    )
    assert ask(node, "SELECT name, objects, bytes FROM objects_containers ORDER BY name") == rows
    whole = ask(node, "SELECT sum(objects), sum(bytes) FROM objects_accounts")
    assert whole == [(sum(row[1] for row in rows), sum(row[2] for row in rows))]
