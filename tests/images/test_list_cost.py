"""What a list of 1,000 images costs: its queries, whatever its length."""

from typing import Any

import pytest

from stacklab.core.db import database
from stacklab.core.db.database import transaction
from stacklab.images import listing
from tests.support.images import ImageLab


def _queries(lab: ImageLab, monkeypatch: pytest.MonkeyPatch, url: str) -> tuple[int, int]:
    """How many statements a list runs, and how many images it shows."""
    seen: list[str] = []

    def counting(sql: str, params: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        seen.append(sql)
        return database.rows(sql, params)

    monkeypatch.setattr(listing, "rows", counting)
    found = lab.api.get(url, "member").json["images"]
    return len(seen), len(found)


def test_a_list_runs_as_many_queries_for_a_thousand_as_for_one(lab: ImageLab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.settings.quota.images = -1
    with transaction():
        for number in range(1000):
            lab.make(name=f"image {number}", tags=["a", "b"], colour="red", shape="round")
    assert _queries(lab, monkeypatch, "/image/v2/images?limit=1") == (1, 1)
    assert _queries(lab, monkeypatch, "/image/v2/images?limit=1000") == (1, 1000)
