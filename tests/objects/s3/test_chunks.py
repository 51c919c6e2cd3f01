"""aws-chunked bodies, by Amazon's published example ("Signature Calculations: Transferring Payload in Multiple
Chunks"), however the bytes are cut on their way.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from stacklab.objects.s3 import xml
from stacklab.objects.s3.body import Chunks, Seal
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.signatures import Signed
from tests.support import aws_example as example


def read(body: bytes, cut: int, length: int = 66560) -> bytes:
    async def arriving() -> AsyncIterator[bytes]:
        for at in range(0, len(body), cut):
            yield body[at : at + cut]

    signed = Signed("", example.SEED, b"", ("20130524", "us-east-1", "s3"), "20130524T000000Z")
    chunks = Chunks(arriving(), length, Seal(signed, example.key()), "", {})

    async def whole() -> bytes:
        return b"".join([piece async for piece in chunks.read()])

    return asyncio.run(whole())


@pytest.mark.parametrize("cut", [7, 1000, 1 << 20])
def test_the_published_example(cut: int) -> None:
    assert read(example.body(), cut) == b"a" * 66560


def test_what_is_altered_or_cut_off_is_refused() -> None:
    body = example.body()
    refusals = {
        "SignatureDoesNotMatch": [body.replace(b"aaa\r\n", b"aab\r\n", 1)],
        "IncompleteBody": [body[:-3], body[:5000], b"", b"zz\r\n", b"-1\r\n"],
    }
    for code, bodies in refusals.items():
        for wrong in bodies:
            with pytest.raises(S3Error) as error:
                read(wrong, 4096)
            assert error.value.kind == code


@pytest.mark.parametrize("body", [b"<!DOCTYPE a><a/>", b"<a>", b"<b/>", b"<a>" * 99 + b"</a>" * 99, b"\xff"])
def test_xml_that_is_not_read(body: bytes) -> None:
    with pytest.raises(xml.Malformed):
        xml.parse(body, "a")


def test_what_is_no_character_of_xml_spoils_no_document() -> None:
    for odd in ("\x01", "\x0b", "\ufffe", "\uffff"):
        written = xml.document("Root", [("Key", f"a{odd}<b")])
        assert xml.parse(written, "Root").findtext("Key") == "a\ufffd<b"
