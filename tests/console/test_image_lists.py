"""Lists of images in order, by what is in their names, a page at a time; many deleted at once."""

import re
from typing import Any

import pytest

from stacklab.console import image_lists
from stacklab.console.image_lists import Wanted
from stacklab.console.pages.images import link
from tests.console.fake_images import IMAGE, PROJECT


def names(lin: Any, path: str) -> list[str]:
    return re.findall(r'<td class="name"><a [^>]*>(.*?)</a>', lin.get(path).text)


def following(lin: Any, path: str) -> str:
    found = re.search(r'href="([^"]*)">Next page', lin.get(path).text)
    return found[1].replace("&amp;", "&") if found else ""


@pytest.fixture
def many(site: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Five images of one's own, and five that others offer; two to a page, three to an answer."""
    monkeypatch.setattr(image_lists, "MOST", 2)
    monkeypatch.setattr(image_lists, "_WHOLE", 3)
    cloud = site.cloud.images
    for number in range(5):
        cloud.add(f"mine {number}", size=9 - number)
        theirs = cloud.add(f"theirs {number}", owner="b" * 32, visibility="shared")
        cloud.members[theirs] = {PROJECT: "pending"}
    return [f"mine {number}" for number in range(5)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?sort=name", "mine"),
        ("?sort=name&q=MINE", "mine"),
        ("?sort=name&show=shared", "theirs"),
        ("?sort=size", "mine"),
    ],
)
def test_pages_lead_to_every_image_once(lin: Any, many: list[str], query: str, expected: str) -> None:
    seen, path = [], "/images" + query
    while path:
        page = names(lin, path)
        assert len(page) <= 2
        seen += page
        path = following(lin, path)
    assert seen == [name.replace("mine", expected) for name in many]


def test_the_first_page_is_a_click_away_and_the_last_is_said(lin: Any, many: list[str]) -> None:
    first = "/images?sort=name"
    last = lin.get(following(lin, following(lin, first))).text
    assert f'href="{first}">First page' in last
    assert "This is the last page." in last
    assert "First page" not in lin.get(first).text
    assert many


def test_what_is_not_found_offers_the_way_back(lin: Any, many: list[str]) -> None:
    text = lin.get("/images?q=nothing").text
    assert "No image matches." in text
    assert 'href="/images">Show all images' in text
    assert many


def test_links_keep_what_was_chosen_and_start_at_the_first_page() -> None:
    wanted = Wanted("public", "name", "deb & co", "id")
    assert link(wanted) == "/images?show=public&sort=name&q=deb+%26+co"
    assert link(wanted, marker="id", follow="1").endswith("&marker=id&follow=1")
    assert link(wanted, view="own", sort="created", text="") == "/images"


def test_ticked_images_go_and_what_stays_is_said(site: Any, lin: Any) -> None:
    ids = [site.cloud.images.add(name) for name in ("a", "b")]
    gone = "00000000-0000-4000-8000-000000000000"
    answer = lin.post("/images/delete?sort=name", {"id": [*ids, gone]}, lin.token("/images"))
    assert answer.headers["location"] == "/images?sort=name"
    text = lin.get("/images").text
    assert "2 images deleted." in text
    assert "It is not there any more." in text
    assert set(site.cloud.images.held) == {IMAGE}


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"status": "queued"}, "No bytes yet"),
        ({"status": "queued", "os_glance_failed_import": "local"}, "Import failed"),
        ({"status": "saving"}, "Uploading"),
        ({"status": "importing"}, "Importing"),
        ({"status": "active", "os_glance_failed_import": "archive"}, "Ready"),
        ({"status": "deactivated"}, "Deactivated"),
        ({"status": "killed"}, "Failed"),
        ({"status": "pending_delete"}, "Deleting"),
        ({"status": "of another cloud"}, "of another cloud"),
    ],
)
def test_every_status_has_its_word(site: Any, lin: Any, facts: dict[str, str], said: str) -> None:
    image = site.cloud.images.add("x", **facts)
    for path in ("/images", f"/images/{image}"):
        assert re.search(rf'<span class="st ?[a-z]*"><svg[^>]*><use[^>]*></svg>{said}</span>', lin.get(path).text)


def test_nothing_is_ticked(lin: Any) -> None:
    lin.post("/images/delete", {}, lin.token("/images/new"))
    assert "Nothing is ticked." in lin.get("/images").text


def test_what_is_gone_leads_back_to_the_list(lin: Any) -> None:
    answer = lin.get("/images/00000000-0000-4000-8000-000000000000")
    assert answer.status == 404
    assert 'href="/images">Back to the list' in answer.text


def test_a_deactivated_image_says_what_it_means(site: Any, lin: Any) -> None:
    image = site.cloud.images.add("x", status="deactivated", owner="b" * 32, visibility="community")
    text = lin.get(f"/images/{image}").text
    assert "Ask whoever runs this region" in text
    assert 'value="reactivate"' not in text
    assert f"/servers/new?image={image}" not in text


def test_an_image_is_locked_and_opened(site: Any, lin: Any) -> None:
    image = site.cloud.images.add("x")
    for do, status in (("deactivate", "deactivated"), ("reactivate", "active")):
        assert f'value="{do}"' in lin.get(f"/images/{image}").text
        lin.post(f"/images/{image}", {"do": do}, lin.token(f"/images/{image}"))
        assert site.cloud.images.held[image]["status"] == status
