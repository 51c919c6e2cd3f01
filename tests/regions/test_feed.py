"""The feed and the outbox by themselves: numbered without a gap, kept until everybody has it, told once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stacklab.core import clock
from stacklab.core.db.database import change, rows, transaction
from stacklab.core.events import Bus, Event
from stacklab.core.settings import Settings
from stacklab.identity.service import Identity
from stacklab.regions.digest import digest
from stacklab.regions.home import records
from stacklab.regions.home.feed import Feed
from stacklab.regions.home.records import Node
from stacklab.regions.node import outbox, usage
from stacklab.regions.node.usage import Line

DAY = 86400 * clock.SECOND


@pytest.fixture
def identity(database: Callable[..., None], tmp_path: Path) -> Iterator[Identity]:
    database("stacklab.identity", "stacklab.regions")
    yield Identity(Settings(), tmp_path / "keys", Bus())
    clock.use(None)


def test_revocations_are_numbered_as_they_are_committed(identity: Identity) -> None:
    feed = Feed(identity, identity.bus)
    identity.revocations.revoke("a", "b")
    with pytest.raises(ValueError, match="undone"), transaction():
        identity.revocations.revoke("never")
        raise ValueError("undone")
    identity.revocations.revoke("c")
    told = feed.after(0)
    assert [(entry[0], entry[1], entry[2]) for entry in told] == [
        (number, "revoked", digest(subject)) for number, subject in enumerate("abc", 1)
    ]
    assert feed.after(2) == told[2:]
    assert feed.latest() == 3


def test_what_was_revoked_before_there_was_a_feed_is_in_it(identity: Identity) -> None:
    identity.revocations.revoke("early")
    assert [entry[2] for entry in Feed(identity, identity.bus).after(0)] == [digest("early")]
    assert len(Feed(identity, Bus()).after(0)) == 1


def node(number: int, acknowledged: int) -> None:
    made = Node(
        f"n{number}", f"R{number}", f"i{number}", "", "", 0, "", "[]", "", "joined", "{}", 0, acknowledged, 0, 0, None
    )
    with transaction():
        change(records.INSERT_NODE, tuple(made))


def test_news_stays_until_every_node_has_it_and_numbers_go_on(identity: Identity) -> None:
    feed = Feed(identity, identity.bus)
    identity.revocations.revoke("old")
    for kind in ("project.deleted", "user.deleted"):
        feed._news(Event(kind, kind))
    node(1, 2)
    node(2, 3)
    now = clock.now()
    clock.use(lambda: now + 3 * DAY)
    identity.revocations.revoke("new")
    assert [(entry[0], entry[1]) for entry in feed.after(0)] == [(3, "user.deleted"), (4, "revoked")]
    with transaction():
        change("UPDATE regions_nodes SET acknowledged = 4")
    clock.use(lambda: now + 9 * DAY)
    identity.revocations.revoke("newer")
    assert [entry[0] for entry in feed.after(0)] == [5]


def test_an_item_waits_once_under_its_key(identity: Identity) -> None:
    outbox.put("usage", "a", {"n": 1})
    outbox.put("usage", "a", {"n": 2})
    outbox.put("registration", "r", {"n": 1}, latest=True)
    sent = outbox.page(10)
    assert [(item["key"], item["payload"]["n"]) for item in sent] == [("a", 1), ("r", 1)]
    outbox.put("registration", "r", {"n": 2}, latest=True)  # while the first is on its way
    outbox.delivered([item["id"] for item in sent])
    assert [item["payload"] for item in outbox.page(10)] == [{"n": 2}]


def test_each_period_is_written_once(identity: Identity) -> None:
    start = 3600 * clock.SECOND * 1000
    columns = "('n', 'R', '', '', '', 0, 'joined', 0, 0, ?)"
    with transaction():
        change(f"INSERT INTO regions_membership VALUES {columns}", (start,))

    def between(begins: int, ends: int) -> list[Line]:
        return [Line("p", "s", "f", 1, 1, 1, begins, ends)]

    clock.use(lambda: start + 3600 * clock.SECOND + clock.SECOND)
    assert not usage.write(between, 3600), "what happened at the end of a period may not be committed yet"
    assert outbox.waiting() == 0
    clock.use(lambda: start + 30 * 3600 * clock.SECOND + 10 * clock.SECOND)
    assert usage.write(between, 3600), "a day at a time"
    assert outbox.waiting() == 24
    while usage.write(between, 3600):
        continue
    assert rows("SELECT count(DISTINCT key), count(*) FROM regions_outbox") == [(30, 30)]
    assert not usage.write(between, 3600)
    assert outbox.waiting() == 30
