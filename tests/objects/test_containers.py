"""Containers end when nothing of theirs is left that anybody could read."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest

from stacklab.core import clock
from stacklab.core.db.database import change, row, transaction
from stacklab.core.errors import NotFound
from stacklab.core.jobs import Job
from stacklab.objects import accounts, model, objects
from stacklab.objects.model import Entry
from tests.support.object_lab import ACCOUNT, ObjectLab


@pytest.fixture
def lab(database: Callable[..., None], tmp_path: Path) -> Iterator[ObjectLab]:
    database("stacklab.objects")
    made = ObjectLab(tmp_path)
    made.put("box")
    yield made
    made.require_whole()


def empty(lab: ObjectLab) -> None:
    """What the worker does."""
    found = row("SELECT id, subject, payload FROM jobs WHERE kind = ?", (accounts.EMPTY,))
    assert found
    lab.service.jobs()[accounts.EMPTY].run(Job(found[0], accounts.EMPTY, found[1], msgspec.json.decode(found[2]), 1))


def test_one_with_objects_stays(lab: ObjectLab) -> None:
    lab.put("box/a", b"1")
    assert lab.ask("DELETE", "box").status == 409
    assert lab.ask("DELETE", "box/a").status == 204
    assert lab.ask("DELETE", "box").status == 204
    assert lab.ask("DELETE", "box").status == 404


def test_objects_whose_time_has_come_hold_nobody_up(lab: ObjectLab) -> None:
    now = clock.now()
    lab.put("box/over", b"123", x_delete_after="10")
    lab.put("box/living", b"1")
    try:
        clock.use(lambda: now + 11 * clock.SECOND)
        assert lab.ask("DELETE", "box").status == 409
        assert lab.ask("DELETE", "box/living").status == 204
        assert lab.ask("DELETE", "box").status == 204
    finally:
        clock.use(None)
    assert lab.ask("GET", "box").status == 404
    told = lab.head("")
    assert (told["x-account-container-count"], told["x-account-bytes-used"]) == ("0", "0")
    lab.put("box")
    assert lab.listed("box") == []
    empty(lab)
    assert row("SELECT count(*) FROM objects") == (0,)


FOLDERS = ["/lead", "p/", "p//x", "p/a", "p/b/", "p/b/c", "p/d", "p/e", "p/e/", "p/e/f", "q/r", "s/", "top"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("path=p", "p/a p/b/ p/d p/e p/e/"),
        ("path=p/", "p/a p/b/ p/d p/e p/e/"),
        ("path=", "p/ s/ top"),
        ("path", "p/ s/ top"),
        ("path=/", "/lead"),
        ("path=p/b", "p/b/c"),
        ("path=q", "q/r"),
        ("path=s", ""),
        ("path=nope", ""),
        ("path=p&limit=2", "p/a p/b/"),
        ("path=p&marker=p/b/", "p/d p/e p/e/"),
        ("path=p&prefix=q&delimiter=r", "p/a p/b/ p/d p/e p/e/"),
        ("prefix=p/&delimiter=/", "p/ p// p/a p/b/ p/d p/e p/e/"),
    ],
)
def test_path_lists_the_objects_of_a_folder(lab: ObjectLab, query: str, expected: str) -> None:
    """As a real Swift does, for clients from before delimiters: no rows for what lies deeper."""
    for name in FOLDERS:
        lab.put(f"box/{name}", b"1")
    assert lab.ask("GET", f"box?{query}").raw.decode().split() == expected.split()
    assert all("name" in row for row in lab.listed(f"box?{query}")) or "delimiter=/" in query


def test_a_list_says_the_same_whether_it_was_written_before_or_now(lab: ObjectLab) -> None:
    """As of rows that an earlier StackLab made, and with something in it that has to be put into words."""
    for name in ("plain", 'quo"ted', "nach/Zürich", "tab\there", "zeta 😀"):
        lab.put(f"box/{quote(name)}", name.encode(), content_type='text/x; a="b"')
    assert lab.ask("POST", "box/plain", content_type="text/changed").status == 202
    before = lab.listed("box")
    assert [one["content_type"] for one in before].count("text/changed") == 1
    with transaction():
        assert change("UPDATE objects SET listed = '' WHERE listed != ''") == 5
    assert lab.listed("box") == before
    lab.put("box/link", x_symlink_target="box/plain")
    lab.put("box/new")
    assert [one for one in lab.listed("box") if one["name"] not in ("link", "new")] == before
    assert [one["name"] for one in lab.listed("box?limit=2&marker=nach/Z")] == ["nach/Zürich", "new"]


def test_xml_is_called_as_it_was_asked_for(lab: ObjectLab) -> None:
    for media in ("text/xml", "application/xml"):
        answer = lab.ask("GET", "box?limit=1", accept=f"{media};q=0.9, text/plain;q=0.5")
        assert (answer.headers["content-type"], answer.raw[:5]) == (f"{media}; charset=utf-8", b"<?xml")


def test_nothing_is_put_into_a_container_that_is_on_its_way_out(lab: ObjectLab) -> None:
    """Its row is there until a job has emptied it: who was told 201 would have an object that nobody finds."""
    lab.put("going")
    holder = model.container(ACCOUNT, "going")
    assert holder
    with transaction():
        accounts.discard(holder)
    now = clock.unique()
    entry = Entry(holder.id, "late", now, now, "", 0, "", "text/plain")
    with pytest.raises(NotFound):
        objects.record(holder, entry, objects.New(), lab.service.room)
