"""A form with files, however it is cut on its way, and one that is none."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.exceptions import HTTPException

from stacklab.console.multipart import Form

KIND = "multipart/form-data; boundary=mark"
FIELD = b'--mark\r\nContent-Disposition: form-data; name="prefix"\r\n\r\na/\xe5\x90\x8d/\r\n'
FILE = b'--mark\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n'
END = b"--mark--\r\n"
TRAP = b"line\r\n--mar\r\n--marc\r\n\r\n"
BODY = FIELD + FILE % (b"one %22quoted%22.txt", TRAP) + FILE % (b"", b"") + FILE % ("名.bin".encode(), b"") + END


async def cut(body: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]


async def read(form: Form) -> list[tuple[str, bytes]]:
    return [(name, b"".join([block async for block in stream])) async for name, stream in form.files()]


@pytest.mark.parametrize("size", [1, 2, 7, 64, len(BODY)])
def test_fields_and_files_are_the_same_however_they_are_cut(size: int) -> None:
    form = Form(KIND, cut(BODY, size))
    assert asyncio.run(read(form)) == [('one "quoted".txt', TRAP), ("名.bin", b"")]
    assert form.fields["prefix"] == "a/名/"


def test_the_fields_before_a_file_are_known_when_it_comes() -> None:
    async def first() -> str:
        form = Form(KIND, cut(BODY, 16))
        async for _name, _stream in form.files():
            return form.fields["prefix"]
        return ""

    assert asyncio.run(first()) == "a/名/"


def test_what_is_not_read_of_a_file_is_passed_over() -> None:
    async def names() -> list[str]:
        return [name async for name, _stream in Form(KIND, cut(BODY, 5)).files()]

    assert asyncio.run(names()) == ['one "quoted".txt', "名.bin"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (KIND, BODY[:-8]),
        (KIND, b"--other\r\n\r\n"),
        (KIND, b""),
        ("text/plain", BODY),
        ("", b"x=1"),
        (KIND, b"--mark\r\nX: " + b"x" * 100_000 + b"\r\n\r\n\r\n" + END),
        (KIND + "x" * 1000, BODY),
        (KIND, b"".join(FIELD.replace(b"prefix", b"%d" % number) for number in range(30)) + END),
    ],
)
def test_what_is_no_whole_form_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(HTTPException) as refused:
        asyncio.run(read(Form(kind, cut(body, 900))))
    assert refused.value.status_code == 400
