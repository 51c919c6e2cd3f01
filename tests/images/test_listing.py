"""Lists: who sees which images, filters, order, pages, and what they cost."""

from collections.abc import Iterator
from typing import Any

import pytest

from stacklab.core import clock
from stacklab.core.db.database import rows
from stacklab.http.context import Context
from stacklab.images import access, model
from tests.support.api import OTHER, PERSONAS
from tests.support.images import ImageLab

START = 1_700_000_000_000_000


@pytest.fixture
def ticking() -> Iterator[None]:
    """Every look at the clock is a second later than the last."""
    moments = iter(range(START, START + 10_000_000_000, 1_000_000))
    clock.use(lambda: next(moments))
    yield
    clock.use(None)


def names(lab: ImageLab, query: str = "", persona: str = "member") -> list[str]:
    answer = lab.api.get(f"/image/v2/images{query}", persona)
    assert answer.status == 200, answer.raw
    return [image["name"] for image in answer.json["images"]]


@pytest.fixture
def shelf(lab: ImageLab, ticking: None) -> ImageLab:
    lab.active(b"12345", name="raw5", colour="red", tags=["x", "y"])
    lab.active(b"1234567", name="raw7", colour="blue", tags=["x"], min_ram=64)
    lab.make(name="empty", disk_format="qcow2", protected=True)
    lab.make(name="a,b", visibility="private")
    lab.make(name="hidden", os_hidden=True)
    return lab


FILTERS: list[tuple[str, list[str]]] = [
    ("", ["a,b", "empty", "raw7", "raw5"]),
    ("?name=raw5", ["raw5"]),
    ("?name=in:raw5,raw7", ["raw7", "raw5"]),
    ('?name=in:"a,b",raw5', ["a,b", "raw5"]),
    ("?status=queued", ["a,b", "empty"]),
    ("?status=in:queued,active", ["a,b", "empty", "raw7", "raw5"]),
    ("?status=nonsense", []),
    ("?disk_format=qcow2", ["empty"]),
    ("?container_format=bare", ["a,b", "empty", "raw7", "raw5"]),
    ("?size_min=6", ["raw7"]),
    ("?size_max=6", ["raw5"]),
    ("?size_min=5&size_max=7", ["raw7", "raw5"]),
    ("?min_ram=64", ["raw7"]),
    ("?tag=x", ["raw7", "raw5"]),
    ("?tag=x&tag=y", ["raw5"]),
    ("?protected=true", ["empty"]),
    ("?protected=False", ["a,b", "raw7", "raw5"]),
    ("?os_hidden=true", ["hidden"]),
    ("?visibility=private", ["a,b"]),
    ("?visibility=shared", ["empty", "raw7", "raw5"]),
    ("?visibility=public", []),
    ("?colour=red", ["raw5"]),
    ("?colour=red&tag=x&status=active", ["raw5"]),
    ("?unheard_of=1", []),
    ("?size_min=-1&size_max=5", ["raw5"]),
    ("?size_max=-1", []),
    ("?min_disk=99999999999999999999", []),
    ("?sort=name%20:%20asc&limit=1", ["a,b"]),
    (f"?owner={OTHER}", []),
    ("?created_at=lt:2000-01-01T00:00:00Z", []),
    ("?created_at=gte:2000-01-01T00:00:00Z&sort=name:asc&limit=1", ["a,b"]),
    ("?updated_at=gt:2100-01-01T00:00:00Z", []),
    ("?sort=name:asc", ["a,b", "empty", "raw5", "raw7"]),
    ("?sort_key=name&sort_dir=desc", ["raw7", "raw5", "empty", "a,b"]),
    ("?sort_key=size&sort_key=name&sort_dir=desc&sort_dir=asc", ["raw7", "raw5", "a,b", "empty"]),
    ("?sort=size:asc,name:desc", ["empty", "a,b", "raw5", "raw7"]),
    ("?sort_dir=asc", ["raw5", "raw7", "empty", "a,b"]),
    ("?limit=2", ["a,b", "empty"]),
    ("?limit=0", []),
]


@pytest.mark.parametrize(("query", "found"), FILTERS)
def test_filters_and_order(shelf: ImageLab, query: str, found: list[str]) -> None:
    assert names(shelf, query) == found


def test_times_are_compared_as_shown(shelf: ImageLab) -> None:
    shown = shelf.api.get("/image/v2/images?name=raw7", "member").json["images"][0]["created_at"]
    assert names(shelf, f"?created_at=eq:{shown}") == names(shelf, f"?created_at={shown}") == ["raw7"]
    assert names(shelf, f"?created_at=gt:{shown}") == ["a,b", "empty"]
    assert "raw7" not in names(shelf, f"?created_at=neq:{shown}")


@pytest.mark.parametrize(
    "query",
    ["limit=-1", "limit=x", "marker=nothing", "sort=colour:asc", "sort=name:up", "sort=name&sort_key=name",
     "sort_dir=up", "sort_key=name&sort_dir=asc&sort_dir=desc",
     "visibility=secret", "member_status=maybe", "os_hidden=maybe", "os_hidden=",
     "protected=1", "size_min=x", "size_max=1-", "size=--1", "created_at=gt:yesterday", 'name=in:"open',
     'name=in:a"b,c"', "changes-since=2020-01-01T00:00:00Z"],
)  # fmt: skip
def test_bad_queries(shelf: ImageLab, query: str) -> None:
    assert shelf.api.get(f"/image/v2/images?{query}", "member").status == 400


@pytest.mark.parametrize("order", ["", "&sort=name:asc", "&sort=size:desc,name:asc", "&sort=status:asc,id:desc"])
def test_pages_join_to_the_whole(shelf: ImageLab, order: str) -> None:
    whole = names(shelf, f"?limit=100{order}")
    pages: list[str] = []
    following: str | None = f"/v2/images?limit=1{order}"
    while following:
        page: Any = shelf.api.get(f"/image{following}", "member").json
        pages += [image["name"] for image in page["images"]]
        assert page["first"].startswith("/v2/images?limit=1")
        assert "marker" not in page["first"]
        following = page.get("next")
    assert pages == whole


def test_the_default_page_is_twenty_five(lab: ImageLab) -> None:
    for number in range(27):
        lab.make(name=str(number))
    page = lab.api.get("/image/v2/images", "member").json
    assert len(page["images"]) == 25
    assert len(lab.api.get(f"/image{page['next']}", "member").json["images"]) == 2


def test_who_sees_what(lab: ImageLab, ticking: None) -> None:
    for visibility in ("private", "shared", "community", "public"):
        lab.make("admin", name=f"admin-{visibility}", visibility=visibility)
        if visibility != "public":
            lab.make("other", name=f"other-{visibility}", visibility=visibility)
    lab.make(name="mine", visibility="community")
    assert names(lab) == ["mine", "admin-public"]
    assert names(lab, "?visibility=all") == ["mine", "admin-public", "other-community", "admin-community"]
    assert names(lab, "?visibility=community") == ["mine", "other-community", "admin-community"]
    assert names(lab, "?visibility=private") == []
    assert names(lab, persona="unscoped") == ["admin-public"]
    assert len(names(lab, persona="admin")) == len(names(lab, persona="system")) == 8
    assert names(lab, "?visibility=private", "admin") == ["other-private", "admin-private"]


def test_shared_images_are_listed_when_accepted(lab: ImageLab) -> None:
    image = lab.make("other", name="gift", visibility="shared")
    members = f"/image/v2/images/{image['id']}/members"
    mine = PERSONAS["member"].project_id
    assert lab.api.post(members, "other", {"member": mine}).json["status"] == "pending"
    assert (names(lab), names(lab, "?visibility=shared&member_status=pending")) == ([], ["gift"])
    assert lab.api.put(f"{members}/{mine}", "member", {"status": "accepted"}).status == 200
    assert names(lab) == names(lab, "?visibility=all") == ["gift"]
    assert lab.api.put(f"{members}/{mine}", "member", {"status": "rejected"}).status == 200
    assert (names(lab), names(lab, "?visibility=shared&member_status=all")) == ([], ["gift"])
    assert lab.show(image["id"])["name"] == "gift"
    assert lab.api.put(f"{members}/{mine}", "member", {"status": "maybe"}).status == 400
    assert lab.api.post(members, "other", {"member": mine}).status == 409
    assert lab.api.delete(f"{members}/{mine}", "other").status == 204
    assert lab.api.get(f"/image/v2/images/{image['id']}", "member").status == 404
    assert lab.api.get(f"{members}/{mine}", "other").status == 404


@pytest.mark.parametrize("visibility", [None, "public", "private", "community"])
def test_a_page_comes_from_an_index(lab: ImageLab, visibility: str | None) -> None:
    """No leg of the default order sorts or scans the table."""
    for leg in access.legs(Context(PERSONAS["member"]), visibility, "accepted"):
        sql = (
            f"EXPLAIN QUERY PLAN SELECT {model.COLUMNS} FROM images AS i {leg.join} WHERE {leg.where} "
            "AND i.os_hidden = 0 AND (i.created_at, i.id) < (1, 'x') ORDER BY i.created_at DESC, i.id DESC LIMIT 25"
        )
        plan = [step for *_, step in rows(sql, (*leg.join_params, *leg.params))]
        assert not [step for step in plan if "SCAN i" in step], plan
        assert leg.join or not [step for step in plan if "TEMP B-TREE" in step], plan
