"""Temporary URLs over HTTP, signed by Swift's own client: what they open, for how long, and what stays shut."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from swiftclient.utils import generate_temp_url

from tests.support.api import Answer
from tests.support.object_lab import ACCOUNT, ObjectLab

KEY, OWN = "key of the account", "key of the container"
INVALID = b"401 Unauthorized: Temp URL invalid\n"


@pytest.fixture
def lab(database: Callable[..., None], tmp_path: Path) -> Iterator[ObjectLab]:
    database("stacklab.objects")
    made = ObjectLab(tmp_path)
    made.put("box", x_container_meta_temp_url_key_2=OWN)
    made.put("other")
    made.put("box/dir/thing.txt", b"hello world", content_type="text/plain", x_object_meta_private="p",
             x_object_meta_public_note="n")  # fmt: skip
    assert made.ask("POST", "", x_account_meta_temp_url_key=KEY).status == 204
    yield made
    made.require_whole()


def link(path: str, method: str = "GET", key: str = KEY, seconds: int = 60, mount: str = "", **more: object) -> str:
    """What stands behind the account in the signed URL, its query included."""
    digest = more.pop("digest", "sha256")
    query = more.pop("query", "")
    url = generate_temp_url(f"{mount}/v1/{ACCOUNT}/{path}", seconds, key, method, digest=digest, **more)
    parts = urlsplit(url)
    return f"{parts.path.partition(ACCOUNT + '/')[2]}?{parts.query}{query}"


def ask(lab: ObjectLab, signed: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
    return lab.ask(method, signed, body, None, **headers)


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
@pytest.mark.parametrize("key", [KEY, OWN])
@pytest.mark.parametrize("mount", ["", "/object-store"])
def test_a_download(lab: ObjectLab, key: str, digest: str, mount: str) -> None:
    answer = ask(lab, link("box/dir/thing.txt", key=key, digest=digest, mount=mount))
    assert (answer.status, answer.raw) == (200, b"hello world")
    assert answer.headers["content-disposition"] == "attachment; filename=\"thing.txt\"; filename*=UTF-8''thing.txt"
    assert "expires" in answer.headers
    assert answer.headers["x-object-meta-public-note"] == "n"
    assert "x-object-meta-private" not in answer.headers


def test_part_of_it_and_what_is_known_already(lab: ObjectLab) -> None:
    signed = link("box/dir/thing.txt")
    part = ask(lab, signed, range="bytes=0-4")
    assert (part.status, part.raw) == (206, b"hello")
    known = ask(lab, signed, if_none_match=part.headers["etag"])
    assert known.status == 304
    assert "x-object-meta-private" not in known.headers


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("&inline", "inline"),
        ("&filename=a%20b.txt", "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt"),
        ("&inline&filename=%C3%A9", "inline; filename=\"%C3%A9\"; filename*=UTF-8''%C3%A9"),
    ],
)
def test_how_a_browser_saves_it(lab: ObjectLab, query: str, told: str) -> None:
    assert ask(lab, link("box/dir/thing.txt", query=query)).headers["content-disposition"] == told


def test_head_by_whatever_the_link_is_for(lab: ObjectLab) -> None:
    for method in ("HEAD", "GET", "PUT", "POST"):
        assert ask(lab, link("box/dir/thing.txt", method), "HEAD").status == 200
    assert ask(lab, link("box/dir/thing.txt", "DELETE"), "HEAD").status == 401


def test_put_post_delete(lab: ObjectLab) -> None:
    signed = link("box/new", "PUT")
    assert ask(lab, signed, "PUT", b"up", x_object_meta_a="1", x_timestamp="7").status == 201
    assert lab.head("box/new")["x-object-meta-a"] == "1"
    assert ask(lab, link("box/new", "POST"), "POST", x_object_meta_b="2").status == 202
    assert "x-object-meta-a" not in lab.head("box/new")
    assert ask(lab, signed, "DELETE").status == 401
    assert ask(lab, link("box/new", "DELETE"), "DELETE").status == 204
    assert lab.ask("HEAD", "box/new").status == 404
    assert ask(lab, link("missing/new", "PUT"), "PUT", b"x").status == 404


def test_a_prefix_opens_what_begins_with_it(lab: ObjectLab) -> None:
    signed = link("box/dir/", prefix=True)
    query = signed.partition("?")[2]
    assert ask(lab, f"box/dir/thing.txt?{query}").raw == b"hello world"
    assert ask(lab, f"box/dir/missing?{query}").status == 404
    for outside in ("box/di", "box/other", "other/dir/x", "box"):
        assert ask(lab, f"{outside}?{query}").status == 401


def test_an_address_range(lab: ObjectLab) -> None:
    near, far = (link("box/dir/thing.txt", ip_range=network) for network in ("127.0.0.0/8", "192.0.2.0/24"))
    assert ask(lab, near).status == 200
    assert ask(lab, far).status == 401
    assert ask(lab, far, x_forwarded_for="192.0.2.7").status == 200
    assert ask(lab, near.replace("127.0.0.0", "127.0.0.1")).status == 401


@pytest.mark.parametrize("persona", [None, "member", "admin"])
def test_a_bad_link_is_refused_whoever_asks(lab: ObjectLab, persona: str | None) -> None:
    good = link("box/dir/thing.txt")
    query = dict(parse_qsl(good.partition("?")[2]))
    bad = [
        link("box/dir/thing.txt", seconds=0, absolute=True),
        link("box/dir/thing.txt", digest="sha1"),
        link("box/dir/thing.txt", key="wrong"),
        link("box/dir/thing.tx").replace("thing.tx?", "thing.txt?"),
        link("other/dir/thing.txt", key=OWN),
        "box/dir/thing.txt?temp_url_expires=" + query["temp_url_expires"],
        "box/dir/thing.txt?" + urlencode(query | {"temp_url_expires": str(int(query["temp_url_expires"]) + 1)}),
        f"box?{urlencode(query)}",
        f"?{urlencode(query)}",
    ]
    for signed in bad:
        answer = lab.ask("GET", signed, b"", persona)
        assert (answer.status, answer.raw) == (401, INVALID), signed
    assert lab.ask("COPY", good, b"", persona, destination="other/x").status == 401
    assert lab.ask("OPTIONS", good, b"", persona).status == 200


@pytest.mark.parametrize("header", ["x_object_manifest", "x_symlink_target", "x_copy_from"])
def test_no_pointer_is_put_by_a_link(lab: ObjectLab, header: str) -> None:
    answer = ask(lab, link("box/new", "PUT"), "PUT", b"", **{header: "other/secret"})
    assert answer.status == 400
    assert b"is not allowed in this tempurl" in answer.raw
    assert lab.ask("HEAD", "box/new").status == 404


def test_no_manifest_is_put_by_a_link(lab: ObjectLab) -> None:
    body = json.dumps([{"path": "/box/dir/thing.txt"}]).encode()
    assert ask(lab, link("box/new", "PUT", query="&multipart-manifest=put"), "PUT", body).status == 201
    assert lab.get("box/new") == body


def test_what_a_link_touches_on_its_way_is_within_its_keys_reach(lab: ObjectLab) -> None:
    lab.put("other/secret", b"secret")
    lab.put("box/link", x_symlink_target="other/secret")
    lab.put("box/dyn", x_object_manifest="other/sec")
    lab.put("box/slo?multipart-manifest=put", json.dumps([{"path": "/other/secret"}]).encode())
    lab.put("box/near", x_symlink_target="box/dir/thing.txt")
    for name in ("link", "dyn", "slo"):
        assert ask(lab, link(f"box/{name}")).raw == b"secret"
        assert ask(lab, link(f"box/{name}", key=OWN)).status in (401, 409), name
    assert ask(lab, link("box/near", key=OWN)).raw == b"hello world"


def test_a_link_does_not_change_many_things_at_once(lab: ObjectLab) -> None:
    signed = link("box/dir/thing.txt", "POST", query="&bulk-delete")
    report = ask(lab, signed, "POST", b"box/dir/thing.txt\n", accept="application/json").json
    assert report["Number Deleted"] == 0
    assert lab.get("box/dir/thing.txt") == b"hello world"


def test_a_key_that_was_changed_opens_nothing(lab: ObjectLab) -> None:
    signed = link("box/dir/thing.txt")
    assert lab.ask("POST", "", x_account_meta_temp_url_key="another").status == 204
    assert ask(lab, signed).status == 401


def test_nothing_of_a_signature_is_logged(lab: ObjectLab, capfd: pytest.CaptureFixture[str]) -> None:
    signed = link("box/new", "PUT")
    assert ask(lab, signed, "PUT", b"x").status == 201
    assert ask(lab, signed, "DELETE").status == 401
    said = "".join(capfd.readouterr())
    assert dict(parse_qsl(signed.partition("?")[2]))["temp_url_sig"] not in said
    assert KEY not in said
