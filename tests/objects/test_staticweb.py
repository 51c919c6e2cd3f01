"""A container as a web site: which page an address shows, and what listings look like."""

import pytest

from stacklab.objects import staticweb
from stacklab.objects.staticweb import Row, Site, Step

INDEX, LISTED, NONE = Site(index="index.html"), Site(listings=True), Site()


def test_site() -> None:
    found = staticweb.site({"web-index": " i.html ", "web-error": "e", "web-listings": "TRUE", "web-listings-css": "s"})
    assert found == Site("i.html", "e", True, "s")
    assert staticweb.site({"web-listings": "no", "web-directory-type": "text/dir"}) == Site(folder_type="text/dir")
    assert not staticweb.site({"web-error": "e"}).active


@pytest.mark.parametrize(
    ("method", "anonymous", "link", "mode", "serves"),
    [
        ("GET", True, False, "", True),
        ("HEAD", True, False, "", True),
        ("PUT", True, False, "true", False),
        ("GET", False, False, "", False),
        ("GET", False, False, "True", True),
        ("GET", False, True, "", True),
    ],
)
def test_whom_it_serves(method: str, anonymous: bool, link: bool, mode: str, serves: bool) -> None:
    assert staticweb.serves(method, anonymous, link, {"x-web-mode": mode}) is serves


@pytest.mark.parametrize(
    ("found", "slash", "has_index", "web_mode", "step"),
    [
        (NONE, False, False, False, "plain"),
        (NONE, False, False, True, "missing"),
        (INDEX, False, True, False, "redirect"),
        (INDEX, True, True, False, "index"),
        (INDEX, True, False, False, "disabled"),
        (LISTED, True, False, False, "listing"),
    ],
)
def test_container(found: Site, slash: bool, has_index: bool, web_mode: bool, step: Step) -> None:
    assert staticweb.of_container(found, slash, has_index, web_mode) == step


@pytest.mark.parametrize(
    ("found", "slash", "has_index", "has_below", "step"),
    [
        (NONE, True, False, True, "plain"),
        (INDEX, False, True, True, "redirect"),
        (INDEX, True, True, True, "index"),
        (INDEX, True, False, True, "disabled"),
        (INDEX, False, False, False, "missing"),
        (LISTED, False, False, True, "redirect"),
        (LISTED, True, False, True, "listing"),
        (LISTED, True, False, False, "missing"),
    ],
)
def test_no_object(found: Site, slash: bool, has_index: bool, has_below: bool, step: Step) -> None:
    assert staticweb.of_missing(found, slash, has_index, has_below) == step


@pytest.mark.parametrize(
    ("kind", "size", "folder"),
    [("application/directory", 0, True), ("application/directory", 2, False), ("text/plain", 0, False)],
)
def test_markers(kind: str, size: int, folder: bool) -> None:
    assert staticweb.stands_for_folder(NONE, kind, size) is folder


def test_listing() -> None:
    rows = [Row("d/sub/"), Row("d/<a>.txt", "text/plain", 2048, "2026-11-24T00:32:21.516500")]
    page = staticweb.listing(LISTED, "/v1/AUTH_p/c/d/", "d/", rows)
    assert "<title>Listing of /v1/AUTH_p/c/d/</title>" in page
    assert '<tr id="parent" class="item">' in page
    assert '<tr class="item subdir">\n<td class="colname"><a href="./sub/">sub/</a></td>' in page
    assert '<tr class="item type-text type-plain">' in page
    assert '<a href="./%3Ca%3E%2Etxt">&lt;a&gt;.txt</a>' in page
    assert '<td class="colsize">2Ki</td>\n<td class="coldate">2026-11-24 00:32:21</td>' in page


def test_label_and_style() -> None:
    found = Site(listings=True, css="css/own.css", label="a.b")
    page = staticweb.listing(found, "/v1/AUTH_p/c/d/e/", "d/e/", [])
    assert "Listing of a.b/d/e/" in page
    assert '<link rel="stylesheet" type="text/css" href="../../css/own.css" />' in page
    top = staticweb.listing(Site(listings=True, css="listings.css"), "/v1/AUTH_p/c/", "", [])
    assert '<link rel="stylesheet" type="text/css" href="listings.css" />' in top
    assert 'id="parent"' not in top


def test_link_goes_on() -> None:
    page = staticweb.listing(LISTED, "/v1/AUTH_p/c/d/", "d/", [Row("d/a", "a/b")], "temp_url_sig=x&inline", up=False)
    assert '<a href="./a?temp_url_sig=x&amp;inline">' in page
    assert 'id="parent"' not in page


def test_disabled() -> None:
    page = staticweb.disabled(Site(index="<i>"), "/v1/AUTH_p/c/", "")
    assert "Web Listing Disabled" in page
    assert "&lt;i&gt;" in page


@pytest.mark.parametrize(("size", "shown"), [(0, "0"), (1023, "1023"), (1024, "1Ki"), (1536, "2Ki"), (1 << 21, "2Mi")])
def test_sizes(size: int, shown: str) -> None:
    assert f'<td class="colsize">{shown}</td>' in staticweb.listing(LISTED, "/", "", [Row("a", "b/c", size)])
