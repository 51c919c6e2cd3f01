"""`?versions`: both ways, page by page, as a real Swift lists them."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from stacklab.core.db.database import proxy, transaction
from stacklab.objects import versions
from tests.support.object_lab import ObjectLab
from tests.support.steps import steps

Row = tuple[str, int, bool]


@pytest.fixture
def lab(database: Callable[..., None], tmp_path: Path) -> Iterator[ObjectLab]:
    """`a`: one byte, two, deleted; `b`: three bytes; `d/x`: four; `d/y`: five, deleted."""
    database("stacklab.objects")
    made = ObjectLab(tmp_path)
    made.put("v", x_versions_enabled="true")
    for name, size in (("a", 1), ("a", 2), ("b", 3), ("d/x", 4), ("d/y", 5)):
        made.put(f"v/{name}", b"x" * size)
    for name in ("a", "d/y"):
        assert made.ask("DELETE", f"v/{name}").status == 204
    yield made
    made.require_whole()


FORWARD: list[Row] = [
    *(("a", 0, True), ("a", 2, False), ("a", 1, False)),
    *(("b", 3, True), ("d/x", 4, True)),
    *(("d/y", 0, True), ("d/y", 5, False)),
]


def listed(lab: ObjectLab, query: str) -> list[dict[str, Any]]:
    return lab.listed(f"v?versions&{query}")


def rows(found: list[dict[str, Any]]) -> list[Row | str]:
    return [row.get("subdir") or (row["name"], row["bytes"], row["is_latest"]) for row in found]


def test_newest_first_and_the_other_way_round(lab: ObjectLab) -> None:
    assert rows(listed(lab, "")) == FORWARD
    assert rows(listed(lab, "reverse=on")) == FORWARD[::-1]


@pytest.mark.parametrize("order", ["", "reverse=on&"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_join_without_gap(lab: ObjectLab, order: str, size: int) -> None:
    whole, found, at = listed(lab, order), [], ""
    while page := listed(lab, f"{order}limit={size}{at}"):
        found += page
        at = f"&marker={page[-1]['name']}&version_marker={page[-1]['version_id']}"
    assert found == whole


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("reverse=on&marker=b", FORWARD[2::-1]),
        ("reverse=on&end_marker=b", FORWARD[:3:-1]),
        ("reverse=on&prefix=d/", FORWARD[:3:-1]),
        ("reverse=on&prefix=a", FORWARD[2::-1]),
        ("reverse=on&delimiter=/", ["d/", *FORWARD[3::-1]]),
        ("reverse=on&delimiter=/&limit=2", ["d/", FORWARD[3]]),
        ("reverse=on&delimiter=/&marker=d/", FORWARD[3::-1]),
        ("delimiter=/", [*FORWARD[:4], "d/"]),
        ("marker=a", FORWARD[3:]),
        ("limit=0", []),
    ],
)
def test_some_of_them(lab: ObjectLab, query: str, expected: list[Row | str]) -> None:
    assert rows(listed(lab, query)) == expected


@pytest.mark.parametrize(
    ("query", "accept", "status"),
    [
        ("", "*/*", 200),
        ("", "application/json", 200),
        ("&format=json", "text/plain", 200),
        ("&format=xml", "*/*", 406),
        ("", "text/plain", 406),
    ],
)
def test_in_json_alone(lab: ObjectLab, query: str, accept: str, status: int) -> None:
    answer = lab.ask("GET", f"v?versions{query}", accept=accept)
    assert answer.status == status
    assert "vary" not in answer.headers


def test_a_container_whose_objects_have_versions_is_not_deleted(lab: ObjectLab) -> None:
    lab.put("w", x_versions_enabled="true")
    lab.put("w/only", b"one")
    answer = lab.ask("DELETE", "w")
    assert (answer.status, answer.raw) == (409, b"Delete all versions before deleting container.")


@pytest.mark.parametrize("order", ["", "reverse=on&"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_join_where_an_older_version_is_the_current_one(lab: ObjectLab, order: str, size: int) -> None:
    older = [row["version_id"] for row in listed(lab, "prefix=a") if row["bytes"] == 1]
    lab.put("v/a", b"xxxxxx")
    lab.put(f"v/a?version-id={older[0]}")
    whole, found, at = listed(lab, order), list[dict[str, Any]](), ""
    assert [row["bytes"] for row in listed(lab, "prefix=a")] == [1, 6, 0, 2]
    while page := listed(lab, f"{order}limit={size}{at}"):
        found += page
        at = f"&marker={page[-1]['name']}&version_marker={page[-1]['version_id']}"
    assert found == whole


_FILL = """
WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < ?)
INSERT INTO objects_versions SELECT ?, printf(?, n), n + 1, n, '', 0, '', 'x', '', '{}', NULL FROM number
"""


@pytest.mark.parametrize("names", ["%06d/x", "one"])
def test_a_page_costs_the_same_among_many_versions(database: Callable[..., None], names: str) -> None:
    """Of many names, or of one."""
    database("stacklab.objects")
    for container, count in ((1, 2_000), (2, 100_000)):
        with transaction():
            proxy.execute_sql(_FILL, (count, container, names))
    middle = {1: (names.replace("%06d", "001000"), 1_000), 2: (names.replace("%06d", "050000"), 50_000)}
    for pages in (versions.page, versions.page_back):
        for after in ({1: ("", 0), 2: ("", 0)}, middle):
            small, large = (steps(partial(pages, one, "", after[one], "", 100)) for one in (1, 2))
            assert large <= small * 1.5 + 20, (pages, after)


def test_folded_names_are_not_read_again_for_each(lab: ObjectLab) -> None:
    (number,) = proxy.execute_sql("SELECT id FROM objects_containers WHERE name = 'v'").fetchone()
    with transaction():
        proxy.execute_sql(_FILL, (4_000, number, "%06d/x"))
    few, many = (steps(partial(listed, lab, f"delimiter=/&limit={limit}")) for limit in (100, 1000))
    assert many <= few * 12
