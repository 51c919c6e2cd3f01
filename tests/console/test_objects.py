"""Object storage: containers, what each form of one does, who may upload, the links that are made."""

import hashlib
import hmac
import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from stacklab.console import storage
from stacklab.console.pages import container
from stacklab.console.storage import KEY, crumbs, is_public


@pytest.fixture
def box(site: Any, lin: Any) -> dict[str, bytes]:
    """A container `my box` with a few objects."""
    assert lin.post("/objects", {"name": "my box"}, lin.token("/objects")).headers["location"] == "/objects/my%20box"
    held: dict[str, bytes] = site.cloud.objects.boxes["my box"]
    held |= {"top.txt": b"1", "2026/11/deep.txt": b"2", "2026/flat.txt": b"3", "2026x": b"4"}
    return held


def press(lin: Any, **fields: Any) -> Any:
    return lin.post("/objects/my%20box", fields, lin.token("/objects"))


@pytest.mark.parametrize("name", ["", "a/b", "..", "x" * 257])
def test_a_name_that_cannot_be(site: Any, lin: Any, name: str) -> None:
    assert lin.post("/objects", {"name": name}, lin.token("/objects")).status == 422
    assert not site.cloud.objects.boxes


def test_only_an_empty_container_is_deleted(site: Any, lin: Any, box: dict[str, bytes]) -> None:
    lin.post("/objects", {"delete": "my box"}, lin.token("/objects"))
    assert "still holds objects" in lin.get("/objects").text
    box.clear()
    lin.post("/objects", {"delete": "my box"}, lin.token("/objects"))
    assert not site.cloud.objects.boxes


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", ["2026/", "top.txt", "2026x"]),
        ("?prefix=2026/", ["11/", "flat.txt"]),
        ("?prefix=2026/&folder=11", ["deep.txt"]),
        ("?folder=/new/", []),
    ],
)
def test_folders(lin: Any, box: dict[str, bytes], query: str, seen: list[str]) -> None:
    text = lin.get(f"/objects/my%20box{query}").text
    rows = re.findall(r'<td class="name"[^>]*><a [^>]*>(?:<svg.*?</svg>)?\s*(?:<bdi>)?(.*?)(?:</bdi>)?</a>', text)
    assert sorted(rows) == sorted(seen)


def test_an_upload_goes_on_as_it_is(lin: Any, box: dict[str, bytes]) -> None:
    headers = {"X-Form-Token": lin.token("/objects"), "Content-Type": "image/png"}
    answer = lin.ask("PUT", "/objects/my%20box?key=a%2Fb%20%23.png", "bytes", headers)
    assert json.loads(answer.text) == {"etag": hashlib.md5(b"bytes", usedforsecurity=False).hexdigest()}
    assert box["a/b #.png"] == b"bytes"


def test_an_upload_needs_a_name_and_the_form_token(lin: Any, box: dict[str, bytes]) -> None:
    before = dict(box)
    assert lin.ask("PUT", "/objects/my%20box?key=x", "b", {"X-Form-Token": "no"}).status == 403
    assert lin.ask("PUT", "/objects/my%20box", "b", {"X-Form-Token": lin.token("/objects")}).status == 400
    assert box == before


def test_ticked_objects_and_folders_go(site: Any, lin: Any, box: dict[str, bytes]) -> None:
    site.cloud.objects.segmented.add("2026/flat.txt")
    press(lin, do="delete", id=["top.txt"], folder=["2026/"])
    assert set(box) == {"2026x"}
    assert "3 objects deleted." in lin.get("/objects/my%20box").text


def test_one_object_goes_and_what_is_ticked_stays(lin: Any, box: dict[str, bytes]) -> None:
    press(lin, do="delete:top.txt", id=["2026x"], folder=["2026/"])
    assert set(box) == {"2026x", "2026/flat.txt", "2026/11/deep.txt"}


def test_public_and_private(site: Any, lin: Any, box: dict[str, bytes]) -> None:
    for do, read in (("public", ".r:*,.rlistings"), ("private", "")):
        press(lin, do=do)
        assert site.cloud.objects.headers["my box"]["x-container-read"] == read
        assert ("Anybody, at this address" in lin.get("/objects/my%20box").text) == bool(read)
    assert box


def test_who_is_on_the_list_is_shown_and_stays(site: Any, lin: Any, box: dict[str, bytes]) -> None:
    headers = site.cloud.objects.headers.setdefault("my box", {})
    headers |= {"x-container-read": "b:*", "x-container-write": "c:*"}
    text = lin.get("/objects/my%20box").text
    assert "And those on its list:" in text
    assert "These may write, too:" in text
    assert "Not public" not in text
    press(lin, do="public")
    assert headers["x-container-read"] == "b:*,.r:*,.rlistings"
    press(lin, do="private")
    assert headers["x-container-read"] == "b:*"
    assert box


def test_a_web_site_is_a_link_away(site: Any, lin: Any, box: dict[str, bytes]) -> None:
    public = {"x-container-read": ".r:*", "x-container-meta-web-index": "index.html"}
    site.cloud.objects.headers["my box"] = public
    text = lin.get("/objects/my%20box").text
    assert re.search(r'href="http://\S+/my%20box/"[^>]*>open it', text)
    assert "<title>my box · StackLab</title>" in text
    assert box


def test_nothing_is_ticked(lin: Any, box: dict[str, bytes]) -> None:
    press(lin, do="delete")
    assert "Nothing is ticked." in lin.get("/objects/my%20box").text
    assert len(box) == 4


def test_a_link_is_signed_with_a_key_that_no_page_shows(site: Any, lin: Any, box: dict[str, bytes]) -> None:
    text = unescape(lin.get(press(lin, do="link:top.txt", **{"for": "hour"}).headers["location"]).text)
    key = site.cloud.objects.headers["my box"][KEY]
    found = re.search(r"http://\S+/object-store/v1/AUTH_\S+?temp_url_expires=\d+", text)
    assert found
    query = parse_qs(urlsplit(found[0]).query)
    signed = f"GET\n{query['temp_url_expires'][0]}\n/v1/AUTH_{'a' * 32}/my box/top.txt"
    assert query["temp_url_sig"] == [hmac.new(key.encode(), signed.encode(), hashlib.sha256).hexdigest()]
    assert key not in text
    assert key not in lin.get("/api").text
    assert box


def test_names_that_begin_so(lin: Any, box: dict[str, bytes]) -> None:
    text = lin.get("/objects/my%20box?prefix=2026/&q=fl").text
    assert "flat.txt" in text
    assert "deep.txt" not in text
    assert "No name begins with zz here." in lin.get("/objects/my%20box?q=zz").text
    assert box


def test_a_form_goes_back_to_the_page_it_is_on(lin: Any, box: dict[str, bytes]) -> None:
    answer = press(lin, do="delete:top.txt", prefix="a/", q="b", marker="a/b1")
    assert answer.headers["location"] == "/objects/my%20box?prefix=a%2F&q=b&marker=a%2Fb1"
    assert "top.txt" not in box


def test_a_container_goes_with_all_that_is_in_it(site: Any, lin: Any, box: dict[str, bytes]) -> None:
    press(lin, do="remove")
    assert len(box) == 4  # the tick is what a browser without a script asks for
    assert press(lin, do="remove", sure="on").headers["location"] == "/objects"
    assert not site.cloud.objects.boxes
    assert not box


def test_old_versions_go_with_their_container(
    site: Any, lin: Any, box: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "BATCH", 20)
    objects = site.cloud.objects
    objects.headers["my box"] = {"x-container-x": "", "x-versions-enabled": "True"}
    objects.versions["my box"] = [{"name": f"a/{n} b", "version_id": f"{n}.5"} for n in range(20)]
    assert "Keeps old versions" in lin.get("/objects/my%20box").text
    assert press(lin, do="remove", sure="on").headers["location"] == "/objects/my%20box"
    assert "There may be more in my box" in lin.get("/objects/my%20box").text
    assert press(lin, do="remove", sure="on").headers["location"] == "/objects"
    assert not objects.boxes
    assert not objects.versions["my box"]
    assert not box


def test_what_is_too_much_for_one_press_is_said(
    site: Any, lin: Any, box: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container, "BATCHES", 1)
    monkeypatch.setattr(storage, "BATCH", 4)
    assert press(lin, do="remove", sure="on").headers["location"] == "/objects/my%20box"
    assert "There may be more in my box" in lin.get("/objects/my%20box").text
    assert "my box" in site.cloud.objects.boxes
    assert not box


def test_quotas_that_the_store_tells_are_shown(site: Any, lin: Any, box: dict[str, bytes]) -> None:
    site.cloud.objects.headers["my box"] = {"x-container-meta-quota-bytes": str(2 << 30)}
    text = lin.get("/objects/my%20box").text
    assert "/ 2 GiB" in text
    assert "∞" not in text  # a quota that nobody tells is not said to be none
    assert box


@pytest.mark.parametrize(("limit", "said"), [("4", "full"), ("5", ""), ("200", "")])
def test_a_full_container_says_so(site: Any, lin: Any, box: dict[str, bytes], limit: str, said: str) -> None:
    site.cloud.objects.headers["my box"] = {"x-container-meta-quota-count": limit}
    found = re.findall(r'<span class="st xs \w+">(.*?)</span>', lin.get("/objects/my%20box").text)
    assert found == ([said] if said else [])
    assert len(box) == 4


def test_small_pieces() -> None:
    assert crumbs("a/b/") == [("a", "a/"), ("b", "a/b/")]
    assert is_public("x:y, .r:*")
    assert not is_public(".r:*.example.org")
