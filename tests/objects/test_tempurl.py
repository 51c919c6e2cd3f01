"""Temporary URLs: what is signed, by whom, for how long, and what an answer says. Expected texts are a real Swift's."""

import hmac
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import urlencode

import pytest

from stacklab.core.errors import BadRequest, Unauthorized
from stacklab.http.request import Query
from stacklab.objects import tempurl
from stacklab.objects.tempurl import Target

NOW, LATER = 1_000, 2_000
ALLOWED = ("sha256", "sha512")
OBJECT = Target("GET", "AUTH_p", "c", "dir/o.txt", mount="/object-store", address="10.0.0.7")


def sign(message: str, key: str = "k", digest: str = "sha256") -> str:
    return hmac.new(key.encode(), message.encode(), digest).hexdigest()


def query(sig: str, expires: str = str(LATER), **more: str) -> Query:
    return Query(urlencode({"temp_url_sig": sig, "temp_url_expires": expires, **more}).encode())


def weigh(
    asked: Query, target: Target = OBJECT, account: tuple[str, ...] = ("k",), container: tuple[str, ...] = ()
) -> str:
    link = tempurl.read(asked, NOW, ALLOWED)
    assert link
    return tempurl.verify(link, target, account, container)


GOOD = sign(f"GET\n{LATER}\n/v1/AUTH_p/c/dir/o.txt")


def test_no_signature_is_no_link() -> None:
    assert tempurl.read(Query(b"format=json"), NOW, ALLOWED) is None


@pytest.mark.parametrize(
    "message", [f"GET\n{LATER}\n/v1/AUTH_p/c/dir/o.txt", f"GET\n{LATER}\n/object-store/v1/AUTH_p/c/dir/o.txt"]
)
def test_path_may_be_signed_with_and_without_the_mount(message: str) -> None:
    assert weigh(query(sign(message))) == "account"


def test_either_key_of_account_or_container_signs() -> None:
    assert weigh(query(GOOD), account=("other", "k")) == "account"
    assert weigh(query(GOOD), account=("other",), container=("x", "k")) == "container"


@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_base64_form_names_its_digest(encode: object) -> None:
    for digest in ALLOWED:
        raw = hmac.digest(b"k", f"GET\n{LATER}\n/v1/AUTH_p/c/dir/o.txt".encode(), digest)
        coded = (b64encode if encode is b64encode else urlsafe_b64encode)(raw).decode()
        assert weigh(query(f"{digest}:{coded}")) == "account"


@pytest.mark.parametrize(
    "asked",
    [
        query(sign(f"GET\n{LATER}\n/v1/AUTH_p/c/dir/o.txt", digest="sha1")),
        query(sign(f"GET\n{LATER}\n/v1/AUTH_p/c/dir/o.txt", key="wrong")),
        query(GOOD[:-1]),
        query(GOOD.upper()),
        query("sha256:*"),
        query("md5:" + "0" * 22),
        query(GOOD, expires="999"),
        query(GOOD, expires="soon"),
        Query(f"temp_url_sig={GOOD}".encode()),
        Query(b"temp_url_expires=2000"),
    ],
)
def test_refused_alike(asked: Query) -> None:
    with pytest.raises(Unauthorized, match="401 Unauthorized: Temp URL invalid"):
        weigh(asked)


def test_expiry_may_be_iso_8601() -> None:
    assert weigh(query(GOOD, expires="1970-01-01T00:33:20Z")) == "account"


@pytest.mark.parametrize(
    ("signed", "good"), [("HEAD", True), ("GET", True), ("PUT", True), ("POST", True), ("DELETE", False)]
)
def test_head_is_allowed_where_reading_or_writing_is(signed: str, good: bool) -> None:
    asked = query(sign(f"{signed}\n{LATER}\n/v1/AUTH_p/c/dir/o.txt"))
    target = Target("HEAD", "AUTH_p", "c", "dir/o.txt")
    if good:
        assert weigh(asked, target) == "account"
    else:
        with pytest.raises(Unauthorized):
            weigh(asked, target)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST", "COPY"])
def test_get_signs_nothing_else(method: str) -> None:
    with pytest.raises(Unauthorized):
        weigh(query(GOOD), Target(method, "AUTH_p", "c", "dir/o.txt"))


def test_prefix_covers_what_begins_with_it() -> None:
    asked = query(sign(f"GET\n{LATER}\nprefix:/v1/AUTH_p/c/dir/"), temp_url_prefix="dir/")
    assert weigh(asked) == "account"
    with pytest.raises(Unauthorized):
        weigh(asked, Target("GET", "AUTH_p", "c", "other"))
    with pytest.raises(Unauthorized):
        weigh(query(GOOD, temp_url_prefix="dir/o.txt"))  # one for an object is none for a prefix


def test_container_root_needs_the_empty_prefix() -> None:
    root = Target("GET", "AUTH_p", "c", "")
    assert weigh(query(sign(f"GET\n{LATER}\nprefix:/v1/AUTH_p/c/"), temp_url_prefix=""), root) == "account"
    with pytest.raises(Unauthorized):
        weigh(query(sign(f"GET\n{LATER}\n/v1/AUTH_p/c/")), root)


@pytest.mark.parametrize(
    ("ranged", "good"), [("10.0.0.7", True), ("10.0.0.0/24", True), ("10.0.1.0/24", False), ("x", False)]
)
def test_ip_range(ranged: str, good: bool) -> None:
    asked = query(sign(f"ip={ranged}\nGET\n{LATER}\n/v1/AUTH_p/c/dir/o.txt"), temp_url_ip_range=ranged)
    if good:
        assert weigh(asked) == "account"
    else:
        with pytest.raises(Unauthorized):
            weigh(asked)
    with pytest.raises(Unauthorized):
        weigh(query(GOOD, temp_url_ip_range=ranged))  # a range that was not signed


@pytest.mark.parametrize("header", ["X-Object-Manifest", "X-Symlink-Target", "X-Copy-From"])
def test_upload_may_not_become_a_pointer(header: str) -> None:
    with pytest.raises(BadRequest, match=f"The header '{header}' is not allowed in this tempurl"):
        tempurl.admit("PUT", {header.lower(): "a/b"}, Query(b""))
    tempurl.admit("GET", {header.lower(): "a/b"}, Query(b""))


def test_what_was_not_signed_is_taken_out() -> None:
    headers, asked = (
        {"x-timestamp": "1", "content-type": "a/b"},
        query(GOOD, **{"multipart-manifest": "put", "inline": ""}),
    )
    tempurl.admit("PUT", headers, asked)
    assert headers == {"content-type": "a/b"}
    assert asked.names() == ["temp_url_sig", "temp_url_expires", "inline"]


@pytest.mark.parametrize(
    ("more", "given", "expected"),
    [
        ({}, "", "attachment; filename=\"o.txt\"; filename*=UTF-8''o.txt"),
        ({}, "attachment; filename=x", "attachment; filename=x"),
        ({"inline": ""}, "attachment; filename=x", "inline"),
        ({"inline": "", "filename": "a b.txt"}, "", "inline; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt"),
        ({"filename": "a bé.txt"}, "", "attachment; filename=\"a b%C3%A9.txt\"; filename*=UTF-8''a%20b%C3%A9.txt"),
    ],
)
def test_answer_says_how_to_save_it(more: dict[str, str], given: str, expected: str) -> None:
    link = tempurl.read(query(GOOD, expires="1895480304", **more), NOW, ALLOWED)
    assert link
    headers = {"etag": "e", "x-object-meta-a": "1", "x-object-meta-public-z": "2"}
    shown = tempurl.outgoing(link, "dir/o.txt", {**headers, **({"content-disposition": given} if given else {})})
    assert shown == {
        "etag": "e",
        "x-object-meta-public-z": "2",
        "content-disposition": expected,
        "expires": "Thu, 24 Jan 2030 10:18:24 GMT",
    }
