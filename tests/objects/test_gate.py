"""Before a call: lines of who is too fast, quotas before a byte is taken in, what all of it costs, what /info says."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stacklab.core.db import database as db
from stacklab.core.settings import Objects as Settings
from stacklab.objects import ratelimit
from stacklab.objects.room import Room
from tests.support.object_lab import ObjectLab


@pytest.fixture
def lab(database: Callable[..., None], tmp_path: Path) -> Iterator[ObjectLab]:
    database("stacklab.objects")
    made = ObjectLab(tmp_path)
    made.put("box")
    made.put("box/thing", b"bytes")
    yield made
    made.require_whole()


class Stopwatch:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def limit(lab: ObjectLab, **said: object) -> Stopwatch:
    clock = Stopwatch()
    settings = Settings(ratelimit_longest_wait=0, **said)  # type: ignore[arg-type]
    lab.service.lines = ratelimit.Lines(ratelimit.limits(settings), clock)
    return clock


def test_objects_written_too_fast(lab: ObjectLab) -> None:
    clock = limit(lab, container_ratelimits=["0:1"])
    told = [lab.ask("PUT", "box/thing", b"x").status for _ in range(7)]
    assert told == [201] * 6 + [498]  # what five quiet seconds saved up, and the one that is due
    refused = lab.ask("DELETE", "box/thing")
    assert (refused.status, refused.raw) == (498, b"Slow down")
    assert lab.ask("GET", "box/thing").status == 200
    lab.put("other")
    lab.put("other/thing", b"x")
    clock.now += 1
    assert lab.ask("DELETE", "box/thing").status == 204


def test_containers_and_listings_too_fast(lab: ObjectLab) -> None:
    limit(lab, account_ratelimit=1, listing_ratelimits=["1:1"])
    assert [lab.ask("PUT", "box").status for _ in range(7)] == [202] * 6 + [498]
    assert [lab.ask("GET", "box").status for _ in range(7)] == [200] * 6 + [498]


async def never() -> None:
    raise AssertionError("the body was asked for")


def test_what_there_is_no_room_for_is_refused_unread(lab: ObjectLab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lab.ask("POST", "box", x_container_meta_quota_bytes="8").status == 204
    monkeypatch.setattr(lab.service.store, "receive", lambda *_: never())
    refused = lab.ask("PUT", "box/other", b"12345")
    assert (refused.status, refused.raw) == (413, b"Upload exceeds quota.")
    monkeypatch.undo()
    assert lab.ask("PUT", "box/thing", b"12345678").status == 201  # in place of what it replaces
    assert lab.ask("PUT", "box/thing", b"123456789").status == 413


def test_tiers_are_settings(lab: ObjectLab) -> None:
    lab.service.room = Room(Settings(tier_default_containers=2, tier_default_objects=2, tier_l1_containers=3))
    lab.put("two")
    refused = lab.ask("PUT", "three")
    assert (refused.status, refused.raw) == (403, b"Reached container limit of 2")
    lab.put("box/2")
    assert lab.ask("PUT", "box/3").status == 413
    assert lab.ask("POST", "", b"", "admin", x_account_quota_tier="L1").status == 204
    lab.put("three")
    lab.put("box/3")
    assert lab.ask("PUT", "four").status == 403


def test_tiers_are_told_to_the_owner(lab: ObjectLab) -> None:
    lab.service.room = Room(Settings(tier_default_containers=7, tier_default_objects=-1, tier_default_gib=3))
    assert lab.head("")["x-account-quota-containers"] == "7"
    told = lab.head("box")
    assert told["x-container-quota-bytes"] == str(3 << 30)
    assert "x-container-quota-count" not in told  # no limit
    assert lab.ask("POST", "box", x_container_read=".r:*,.rlistings").status == 204
    assert not [name for name in lab.ask("HEAD", "box", persona="").headers if "quota" in name]


def queries(lab: ObjectLab, monkeypatch: pytest.MonkeyPatch, method: str, path: str, **headers: str) -> int:
    """How many statements a request is made of."""
    asked: list[str] = []
    run = db.proxy.obj.execute_sql

    def counting(sql: str, *more: Any) -> Any:
        asked.append(sql)
        return run(sql, *more)

    with monkeypatch.context() as patch:
        patch.setattr(db.proxy.obj, "execute_sql", counting)
        lab.ask(method, path, b"", "member", **headers)
    return len(asked)


def test_a_page_elsewhere_costs_one_query_more_however_much_there_is(
    lab: ObjectLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [queries(lab, monkeypatch, "GET", "box/thing", **more) for more in ({}, {"origin": "http://a.b"})]
    for number in range(20):
        lab.put(f"box/{number}")
    many = [queries(lab, monkeypatch, "GET", "box/thing", **more) for more in ({}, {"origin": "http://a.b"})]
    assert few == many == [few[0], few[0] + 1]


def test_info_tells_what_is_configured(lab: ObjectLab) -> None:
    said = Settings(policies=["gold", "silver"], tempurl_digests=["sha512"])
    lab.service.settings.objects, lab.service.room = said, Room(said)
    limit(lab, container_ratelimits=["100:5.5"])
    lab.service.features["more"] = {"most": 7}
    told = lab.api.get("/object-store/info").json
    assert [policy["name"] for policy in told["swift"]["policies"]] == ["gold", "silver"]
    assert told["tempurl"]["allowed_digests"] == ["sha512"]
    assert told["formpost"]["deprecated_digests"] == ["sha1"]
    assert told["ratelimit"]["container_ratelimits"] == [[100, 5.5]]
    assert told["more"] == {"most": 7}
