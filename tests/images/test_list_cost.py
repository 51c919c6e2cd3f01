"""What a list of 1,000 images costs: its queries, whatever its length."""

from typing import Any

import pytest

from stacklab.core.db import database
from stacklab.core.db.database import change, transaction
from stacklab.images import listing, locations
from tests.support.images import ImageLab, several


def _queries(lab: ImageLab, monkeypatch: pytest.MonkeyPatch, url: str) -> tuple[int, int]:
    """How many statements a list runs, and how many images it shows."""
    seen: list[str] = []

    def counting(sql: str, params: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        seen.append(sql)
        return database.rows(sql, params)

    monkeypatch.setattr(listing, "rows", counting)
    monkeypatch.setattr(locations, "rows", counting)
    found = lab.api.get(url, "member").json["images"]
    return len(seen), len(found)


def test_a_list_runs_as_many_queries_for_a_thousand_as_for_one(lab: ImageLab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.settings.quota.images = -1
    with transaction():
        for number in range(1000):
            lab.make(name=f"image {number}", tags=["a", "b"], colour="red", shape="round")
    assert _queries(lab, monkeypatch, "/image/v2/images?limit=1") == (1, 1)
    assert _queries(lab, monkeypatch, "/image/v2/images?limit=1000") == (1, 1000)


def test_several_stores_cost_no_query(lab: ImageLab, monkeypatch: pytest.MonkeyPatch) -> None:
    several(lab)
    with transaction():
        for number in range(100):
            lab.make(name=f"image {number}")
        change("UPDATE images SET status = 'active', blob = id, stores = 'archive,local,web'")
    assert _queries(lab, monkeypatch, "/image/v2/images?limit=100") == (1, 100)
    assert lab.api.get("/image/v2/images?limit=1", "member").json["images"][0]["stores"] == "local,web,archive"
    lab.settings.images.show_locations = True
    assert _queries(lab, monkeypatch, "/image/v2/images?limit=1") == (2, 1)
    assert _queries(lab, monkeypatch, "/image/v2/images?limit=100") == (2, 100)
