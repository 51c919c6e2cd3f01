"""Forms of browsers: read in pieces of any size, stored within what was signed."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from urllib.parse import unquote

import pytest

from stacklab.core.errors import BadRequest, Failure, TooLarge, Unauthorized
from stacklab.objects import formpost, multipart_form
from stacklab.objects.formpost import Answer, Signed

PATH, KEY, MARK = "/v1/AUTH_p/c/pre", "Meta", "--boundary--"
SIGNED = Signed((PATH, f"/object-store{PATH}"), ("other", KEY), ("sha256", "sha512"), now=1_000)
Files = list[tuple[str, bytes, dict[str, str]]]


def fields(path: str = PATH, digest: str = "sha256", **more: str) -> dict[str, str]:
    found = {"redirect": "", "max_file_size": "100", "max_file_count": "2", "expires": "2000", **more}
    signed = "\n".join((path, *(found[name] for name in ("redirect", "max_file_size", "max_file_count", "expires"))))
    return {"signature": hmac.new(KEY.encode(), signed.encode(), digest).hexdigest(), **found}


def body(values: dict[str, str], *files: tuple[str, bytes], mark: str = MARK) -> bytes:
    parts = [f'Content-Disposition: form-data; name="{k}"\r\n\r\n{v}'.encode() for k, v in values.items()]
    head = 'Content-Disposition: form-data; name="f"; filename="{}"\r\nContent-Type: text/x-own\r\n\r\n'
    parts += [head.format(name).encode() + content for name, content in files]
    return b"".join(f"--{mark}\r\n".encode() + part + b"\r\n" for part in parts) + f"--{mark}--\r\n".encode()


def post(data: bytes, size: int = 1 << 16, refused: Failure | None = None) -> tuple[Answer, Files]:
    stored: Files = []

    async def stream() -> AsyncIterator[bytes]:
        for at in range(0, len(data), size):
            yield data[at : at + size]

    async def put(name: str, content: AsyncIterator[bytes], headers: dict[str, str]) -> None:
        if refused:
            raise refused
        stored.append((name, b"".join([chunk async for chunk in content]), headers))

    return asyncio.run(formpost.receive(stream(), MARK, SIGNED, put)), stored


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1 << 16])
@pytest.mark.parametrize("content", [b"", b"hello world", b"\r\n--\r\n--bound\r\n", b"x--" + MARK.encode() + b"\r\n"])
def test_files_arrive_whole_however_they_are_cut(size: int, content: bytes) -> None:
    answer, stored = post(body(fields(), ("a.txt", content), ("b", b"2")), size)
    assert answer == Answer(201, "201 Created")
    own = {"content-type": "text/x-own"}
    assert stored == [("a.txt", content, own), ("b", b"2", own)]


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
@pytest.mark.parametrize("path", SIGNED.paths)
def test_signed_with_either_digest_and_path(digest: str, path: str) -> None:
    assert post(body(fields(path, digest), ("a", b"1")))[0].status == 201


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (fields(expires="999"), "FormPost: Form Expired"),
        (fields(digest="sha1"), "FormPost: Invalid Signature"),
        (fields("/v1/AUTH_p/other"), "FormPost: Invalid Signature"),
        (fields() | {"max_file_size": "101"}, "FormPost: Invalid Signature"),
        (fields() | {"signature": "nonsense"}, "FormPost: Invalid Signature"),
        ({"max_file_count": "1", "expires": "2000"}, "FormPost: Invalid Signature"),
    ],
)
def test_unsigned(values: dict[str, str], words: str) -> None:
    with pytest.raises(Unauthorized) as refused:
        post(body(values, ("a", b"1")))
    assert refused.value.message == words


def test_too_long_a_file_is_refused() -> None:
    assert post(body(fields(), ("a", b"x" * 100)))[0].status == 201
    with pytest.raises(BadRequest, match="FormPost: max_file_size exceeded"):
        post(body(fields(), ("a", b"x" * 101)), 16)


def test_too_many_files() -> None:
    answer, stored = post(body(fields(), ("a", b"1"), ("b", b"2"), ("c", b"3")))
    assert answer == Answer(400, "400 Bad Request\r\nFormPost: Max File Count Exceeded")
    assert [name for name, _content, _headers in stored] == ["a", "b"]


def test_no_file() -> None:
    assert post(body(fields()))[0] == Answer(400, "400 Bad Request\r\nFormPost: No Files To Process")


@pytest.mark.parametrize("name", ["max_file_size", "max_file_count", "x_delete_at", "x_delete_after"])
def test_not_a_number(name: str) -> None:
    with pytest.raises(BadRequest, match=f"FormPost: {name} not an integer"):
        post(body(fields() | {name: "x"}, ("a", b"1")))


def test_fields_say_what_the_files_are() -> None:
    more = {"content-type": "image/png", "content-encoding": "gzip", "x_delete_after": "60"}
    _answer, stored = post(body(fields() | more, ("a", b"1")))
    assert stored[0][2] == {"content-type": "image/png", "content-encoding": "gzip", "x-delete-after": "60"}


@pytest.mark.parametrize(("page", "joint"), [("https://a.b/c", "?"), ("https://a.b/c?d=e", "&")])
def test_redirect(page: str, joint: str) -> None:
    answer, _stored = post(body(fields(redirect=page), ("a", b"1")))
    assert (answer.status, answer.location) == (303, f"{page}{joint}status=201&message=")


def test_what_storing_says_is_told() -> None:
    answer, _stored = post(body(fields(), ("a", b"1")), refused=TooLarge("Upload exceeds quota."))
    assert answer.status == 413


@pytest.mark.parametrize("data", [b"", b"nonsense", body(fields(), ("a", b"1"), mark="other")])
def test_not_a_form(data: bytes) -> None:
    with pytest.raises(BadRequest, match="FormPost: invalid starting boundary"):
        post(data)


def test_cut_off() -> None:
    with pytest.raises(BadRequest, match="the form ends within a part"):
        post(body(fields(), ("a", b"1" * 50))[:-60])


@pytest.mark.parametrize(
    ("said", "mark"),
    [
        ("multipart/form-data; boundary=--boundary--", "--boundary--"),
        ('multipart/form-data; charset=utf-8; boundary="a b"', "a b"),
        ("multipart/mixed; boundary=x", ""),
        ("multipart/form-data", ""),
        ("", ""),
    ],
)
def test_boundary(said: str, mark: str) -> None:
    assert multipart_form.boundary(said) == mark


@pytest.mark.parametrize("page", ["https://a.b/é", "https://a.b/\r\nset-cookie: x", "https://a.b/\0 c"])
def test_a_redirect_is_a_header_s_letters(page: str) -> None:
    answer, _stored = post(body(fields(redirect=page), ("a", b"1")))
    assert answer.location.isascii()
    assert answer.location.isprintable()
    assert unquote(answer.location).startswith(page)
