"""Forms of pages over HTTP: what is stored, and how every other form is answered, as a Swift 2.38 answers it."""

import hmac
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.api import Answer
from tests.support.object_lab import ACCOUNT, ObjectLab

KEY, OWN = "key of the account", "key of the container"
FAR = 1_999_999_999


@pytest.fixture
def lab(database: Callable[..., None], tmp_path: Path) -> Iterator[ObjectLab]:
    database("stacklab.objects")
    made = ObjectLab(tmp_path)
    made.put("box", x_container_meta_temp_url_key=OWN, x_container_meta_access_control_allow_origin="http://a.b")
    assert made.ask("POST", "", x_account_meta_temp_url_key_2=KEY).status == 204
    yield made
    made.require_whole()


def form(fields: dict[str, object], *files: tuple[str, bytes]) -> bytes:
    parts = [f'--mark\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode() for n, v in fields.items()]
    for name, body in files:
        head = f'--mark\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\nContent-Type: text/x\r\n\r\n'
        parts.append(head.encode() + body + b"\r\n")
    return b"".join(parts) + b"--mark--\r\n"


def signed(path: str, key: str = KEY, digest: str = "sha256", mount: str = "", **fields: object) -> dict[str, object]:
    """The fields of a form for this path, the signature among them."""
    said = {"redirect": "", "max_file_size": 100, "max_file_count": 2, "expires": FAR, **fields}
    message = "\n".join([f"{mount}/v1/{ACCOUNT}/{path}", *(str(said[name]) for name in list(said)[:4])])
    return {**said, "signature": hmac.new(key.encode(), message.encode(), digest).hexdigest()}


def post(lab: ObjectLab, path: str, body: bytes, persona: str | None = None, **headers: str) -> Answer:
    return lab.ask("POST", path, body, persona, content_type="multipart/form-data; boundary=mark", **headers)


@pytest.mark.parametrize("key", [KEY, OWN])
@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha512"])
@pytest.mark.parametrize("mount", ["", "/object-store"])
def test_its_files_are_stored_behind_its_address(lab: ObjectLab, key: str, digest: str, mount: str) -> None:
    body = form(signed("box/pre/", key, digest, mount), ("a.txt", b"hello"), ("b.txt", b"there"))
    answer = post(lab, "box/pre/", body)
    assert (answer.status, answer.raw, answer.headers["content-type"]) == (201, b"201 Created", "text/plain")
    assert (lab.get("box/pre/a.txt"), lab.get("box/pre/b.txt")) == (b"hello", b"there")
    assert lab.head("box/pre/a.txt")["content-type"] == "text/x"


def test_a_form_of_the_container_itself(lab: ObjectLab) -> None:
    assert post(lab, "box", form(signed("box"), ("é", b"x"))).status == 201
    assert lab.listed("box")[0]["name"] == "é"


def test_files_that_end_by_themselves(lab: ObjectLab) -> None:
    assert post(lab, "box/", form(signed("box/") | {"x_delete_at": FAR}, ("a", b"x"))).status == 201
    assert lab.head("box/a")["x-delete-at"] == str(FAR)
    late = post(lab, "box/", form(signed("box/") | {"x_delete_at": 1}, ("b", b"x")))
    assert late.status == 400


def test_on_to_another_page(lab: ObjectLab) -> None:
    answer = post(lab, "box/", form(signed("box/", redirect="http://x.y/?a=1"), ("a", b"x")))
    assert (answer.status, answer.headers["location"]) == (303, "http://x.y/?a=1&status=201&message=")


def test_a_page_elsewhere_may_read_the_answer(lab: ObjectLab) -> None:
    answer = post(lab, "box/", form(signed("box/"), ("a", b"x")), origin="http://a.b")
    assert answer.headers["access-control-allow-origin"] == "http://a.b"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (signed("box/", expires=11), b"FormPost: Form Expired"),
        (signed("box/", "wrong"), b"FormPost: Invalid Signature"),
        (signed("box/x"), b"FormPost: Invalid Signature"),
        (signed("box/") | {"max_file_size": 1000}, b"FormPost: Invalid Signature"),
        (signed("box/") | {"signature": "0" * 64}, b"FormPost: Invalid Signature"),
        (signed("box/") | {"signature": ""}, b"FormPost: Invalid Signature"),
    ],
)
@pytest.mark.parametrize("persona", [None, "member"])
def test_unsigned(lab: ObjectLab, fields: dict[str, object], words: bytes, persona: str | None) -> None:
    answer = post(lab, "box/", form(fields, ("a", b"hello")), persona)
    assert (answer.status, answer.raw) == (401, words)
    assert answer.headers["www-authenticate"] == 'Swift realm="unknown"'
    assert lab.listed("box") == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (form(signed("box/", max_file_size=3), ("a", b"hello")), b"FormPost: max_file_size exceeded"),
        (form(signed("box/")), b"400 Bad Request\r\nFormPost: No Files To Process"),
        (b"nonsense", b"FormPost: invalid starting boundary"),
        (form(signed("box/"), ("a", b"hello"))[:-12], b"FormPost: the form ends within a part"),
    ],
)
def test_not_a_form_or_too_much(lab: ObjectLab, body: bytes, words: bytes) -> None:
    answer = post(lab, "box/", body)
    assert (answer.status, answer.raw, answer.headers["content-type"]) == (400, words, "text/plain")
    assert lab.listed("box") == []


def test_the_files_before_the_one_too_many_stay(lab: ObjectLab) -> None:
    answer = post(lab, "box/", form(signed("box/", max_file_count=1), ("a", b"x"), ("b", b"x")))
    assert answer.raw == b"400 Bad Request\r\nFormPost: Max File Count Exceeded"
    assert [one["name"] for one in lab.listed("box")] == ["a"]


def test_a_quota_holds_for_forms(lab: ObjectLab) -> None:
    assert lab.ask("POST", "box", x_container_meta_quota_bytes="3").status == 204
    assert post(lab, "box/", form(signed("box/"), ("a", b"hello"))).status == 413
    assert post(lab, "missing/", form(signed("missing/"), ("a", b"hello"))).status == 404


def test_another_post_is_no_form(lab: ObjectLab) -> None:
    assert lab.ask("POST", "box", b"", None, content_type="multipart/form-data").status == 401
    assert lab.ask("POST", "box", b"", "member", content_type="multipart/mixed; boundary=mark").status == 204


@pytest.mark.parametrize("field", ["content-type", "content-encoding"])
def test_what_no_header_can_carry_is_no_field(lab: ObjectLab, field: str) -> None:
    """Nobody signed it, and everybody who downloads would get it."""
    for value in ("text/plain\r\nx-evil: 1", "text/plain\nx-evil: 1", "text/plain\x7f"):
        answer = post(lab, "box/", form(signed("box/") | {field: value}, ("a", b"x")))
        assert answer.status == 400, value
    assert post(lab, "box/", form(signed("box/") | {"content-type": "a/b; swift_x=1"}, ("a", b"x"))).status == 400
    assert lab.listed("box") == []


def test_a_type_beyond_ascii_comes_back_as_its_bytes(lab: ObjectLab) -> None:
    assert post(lab, "box/", form(signed("box/") | {"content-type": "text/caf\xe9 \u4e2d"}, ("a", b"x"))).status == 201
    assert lab.head("box/a")["content-type"] == "text/caf\xe9 \u4e2d"
