"""Containers as web sites over HTTP: for browsers without a token, by temporary URLs, and for who asks."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from swiftclient.utils import generate_temp_url

from tests.support.api import Answer
from tests.support.object_lab import ACCOUNT, ObjectLab

HERE = f"/object-store/v1/{ACCOUNT}"


@pytest.fixture
def lab(database: Callable[..., None], tmp_path: Path) -> Iterator[ObjectLab]:
    database("stacklab.objects")
    made = ObjectLab(tmp_path)
    made.put("box", x_container_read=".r:*,.rlistings")
    made.put("box/index.html", b"front", content_type="text/html")
    made.put("box/dir/index.html", b"inner", content_type="text/html")
    made.put("box/dir/<more>.txt", b"more", content_type="text/plain")
    made.put("box/bare/file", b"1")
    yield made
    made.require_whole()


def say(lab: ObjectLab, **words: str) -> None:
    named = {f"x_container_meta_web_{name}": value for name, value in words.items()}
    assert lab.ask("POST", "box", b"", "member", **named).status == 204


def visit(lab: ObjectLab, path: str, **headers: str) -> Answer:
    return lab.ask("GET", path, b"", None, **headers)


def test_a_container_that_says_nothing_is_none(lab: ObjectLab) -> None:
    assert visit(lab, "box").raw.startswith(b"bare/file\n")
    assert visit(lab, "box/missing").status == 404
    assert lab.ask("GET", "box", x_web_mode="true").status == 404


def test_index_pages(lab: ObjectLab) -> None:
    say(lab, index="index.html")
    for path in ("box", "box/dir"):
        moved = visit(lab, path)
        assert (moved.status, moved.headers["location"]) == (301, f"{HERE}/{path}/")
    front, inner = visit(lab, "box/"), visit(lab, "box/dir/")
    assert (front.raw, front.headers["content-type"], inner.raw) == (b"front", "text/html", b"inner")
    assert visit(lab, "box/", range="bytes=0-1").raw == b"fr"
    assert visit(lab, "box/", if_none_match=front.headers["etag"]).status == 304
    assert visit(lab, "box/dir/<more>.txt").raw == b"more"
    assert lab.ask("HEAD", "box/", b"", None).headers["content-length"] == "5"


def test_who_has_a_token_sees_the_api_unless_they_ask(lab: ObjectLab) -> None:
    say(lab, index="index.html")
    assert lab.get("box/").startswith(b"bare/file\n")
    assert lab.get("box/", x_web_mode="true") == b"front"


def test_listings(lab: ObjectLab) -> None:
    say(lab, listings="true", listings_label="My site", listings_css="style.css")
    page = visit(lab, "box/")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=UTF-8")
    text = page.raw.decode()
    assert 'href="style.css"' in text
    assert "Listing of My site/" in text
    assert text.index('href="./bare/"') < text.index('href="./dir/"') < text.index('href="./index%2Ehtml"')
    inner = visit(lab, "box/dir/").raw.decode()
    assert 'href="../style.css"' in inner
    assert 'href="../"' in inner
    assert "&lt;more&gt;.txt" in inner
    assert "<more>" not in inner
    assert visit(lab, "box/dir").status == 301
    assert visit(lab, "box/none/").status == visit(lab, "box/none").status == 404


def test_listings_that_are_not_wanted(lab: ObjectLab) -> None:
    say(lab, index="missing.html")
    page = visit(lab, "box/bare/")
    assert (page.status, b"missing.html" in page.raw, b"Listing" in page.raw) == (404, True, True)
    assert b"href" not in page.raw


def test_listings_are_for_who_may_list(lab: ObjectLab) -> None:
    assert lab.ask("POST", "box", b"", "member", x_container_read=".r:*").status == 204
    say(lab, listings="true", index="index.html")
    assert visit(lab, "box/").status == 401
    assert visit(lab, "box/dir/").raw == b"inner"
    assert visit(lab, "box/bare/").status == visit(lab, "box/none/").status == 401
    assert visit(lab, "box/bare").status == 404
    assert lab.ask("POST", "box", b"", "member", x_container_read="").status == 204
    for path in ("box/", "box/dir/", "box/dir/index.html", "box/none"):
        answer = visit(lab, path)
        assert (answer.status, b"front" in answer.raw) == (401, False)


def test_error_pages(lab: ObjectLab) -> None:
    say(lab, index="index.html", error="error.html")
    assert visit(lab, "box/none").status == 404
    lab.put("box/404error.html", b"not here", content_type="text/html")
    page = visit(lab, "box/none", range="bytes=0-2", if_none_match="*")
    assert (page.status, page.raw, page.headers["content-type"]) == (404, b"not here", "text/html")
    assert lab.ask("HEAD", "box/none", b"", None).status == 404
    lab.put("box/401error.html", b"who are you")
    assert lab.ask("POST", "box", b"", "member", x_container_read=".r:*").status == 204
    page = visit(lab, "box/")
    assert (page.status, page.raw) == (401, b"who are you")


def test_markers_of_folders_are_no_pages(lab: ObjectLab) -> None:
    lab.put("box/bare", b"", content_type="application/directory")
    assert visit(lab, "box/bare").status == 200
    say(lab, listings="true")
    assert visit(lab, "box/bare").status == 301
    assert visit(lab, "box/bare/").status == 200


def test_by_a_temporary_url(lab: ObjectLab) -> None:
    assert lab.ask("POST", "", x_account_meta_temp_url_key="key").status == 204
    assert lab.ask("POST", "box", b"", "member", x_container_read="").status == 204

    def signed(path: str) -> str:
        url = generate_temp_url(f"/v1/{ACCOUNT}/{path}", 60, "key", "GET", prefix=True, digest="sha256")
        return str(urlsplit(url).query)

    query = signed("box/")
    signature, expires, _prefix = query.split("&")
    assert visit(lab, f"box/?{query}").status == 401
    say(lab, listings="true")
    page = visit(lab, f"box/?{query}")
    assert (page.status, page.headers["content-disposition"]) == (200, "inline")
    assert f'href="./dir/?temp_url_prefix=&amp;{expires}&amp;{signature}"' in page.raw.decode()
    inner = visit(lab, f"box/dir/?{signed('box/dir/')}").raw.decode()
    assert 'id="parent"' not in inner
    assert "&lt;more&gt;.txt" in inner
    assert visit(lab, f"box/bare/?{signed('box/dir/')}").status == 401
    assert visit(lab, "box/").status == 401
