"""aws-chunked bodies, by Amazon's published example ("Signature Calculations: Transferring Payload in Multiple
Chunks"), however the bytes are cut on their way.
"""

import asyncio

import pytest

from stacklab.http import intake
from stacklab.http.body import Body, Message
from stacklab.objects.s3 import xml
from stacklab.objects.s3.chunks import Chunks, Seal
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.signatures import Signed
from stacklab.objects.s3.unwrapping import Unwrapped
from tests.support import aws_example as example


class Wire:
    """A server's inlet (http.body.Inlet) that has `cut` bytes at hand at a time."""

    def __init__(self, body: bytes, cut: int) -> None:
        self._body, self._cut = body, cut
        self._at = self._there = 0

    @property
    def left(self) -> int:
        return len(self._body) - self._at

    def open(self, left: int) -> bytes:
        assert left == len(self._body)
        self._at = self._there = min(self._cut, left)
        return self._body[: self._at]

    def fill(self, buffer: memoryview) -> int:
        some = self._body[self._at : min(self._there, self._at + len(buffer))]
        buffer[: len(some)] = some
        self._at += len(some)
        return len(some)

    async def ready(self) -> None:
        assert self._there < len(self._body)
        self._there += self._cut

    def close(self) -> None:
        self._there = len(self._body)


def read(body: bytes, cut: int, chunks: Chunks, past: bool) -> bytes:
    """What comes out of it, by messages or `past` the parser."""
    messages = [body[at : at + cut] for at in range(0, len(body), cut)] or [b""]

    async def receive() -> Message:
        return {"type": "http.request", "body": messages.pop(0), "more_body": bool(messages)}

    body_of = Body(receive, 1 << 30, len(body), Wire(body, cut) if past else None)
    taken, seen, ends = bytearray(), bytearray(), list[int]()

    async def whole() -> None:
        stream = Unwrapped(body_of, chunks)
        stream.watch(seen.extend, lambda: ends.append(len(seen)))
        assert intake.is_long(stream) == past
        await intake.pour(stream, lambda block: taken.extend(b"".join(block)), lambda _chunk: None)

    asyncio.run(whole())
    assert (seen, ends) == (taken, [len(taken)])
    return bytes(taken)


def signed(length: int = 66560) -> Chunks:
    """For the published example."""
    head = Signed("", example.SEED, b"", ("20130524", "us-east-1", "s3"), "20130524T000000Z")
    return Chunks(length, Seal(head, example.key()))


@pytest.fixture(params=[False, True], ids=["by messages", "past the parser"])
def past(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr("stacklab.http.body.LONG", -1)
    return bool(request.param)


@pytest.mark.parametrize("cut", [7, 1000, 1 << 20])
def test_the_published_example(cut: int, past: bool) -> None:
    assert read(example.body(), cut, signed(), past) == b"a" * 66560


def refusal(body: bytes, cut: int, chunks: Chunks, past: bool) -> str:
    with pytest.raises(S3Error) as error:
        read(body, cut, chunks, past)
    return error.value.kind


@pytest.mark.parametrize("cut", [50, 4096, 1 << 20])
def test_what_is_altered_or_cut_off_is_refused(past: bool, cut: int) -> None:
    body = example.body()
    refusals = {
        "SignatureDoesNotMatch": [
            body.replace(b"aaa\r\n", b"aab\r\n", 1),
            body.replace(b"0;chunk-signature=b", b"0;chunk-signature=c"),
            body.replace(b"chunk-signature", b"signature", 1),
            body.replace(b"chunk-signature=ad80", "chunk-signature=ad8\xe9".encode("latin-1"), 1),
        ],
        "IncompleteBody": [
            body[:-3],
            body[:5000],
            body[:40],
            b"",
            body.replace(b";chunk-signature=", b";chunk-signature=;", 1),
            body.partition(b";")[0] + b"\r\n",
            body[:-2] + b"a:b\r\n\r\n",
        ],
    }
    for code, bodies in refusals.items():
        for wrong in bodies:
            assert refusal(wrong, cut, signed(), past) == code, wrong[:200]


SIZES = [b"zz", b"", b" ", b"-1", b"+1", b"0x1", b"1_0", b"\xb2", b"0" * 16 + b"1", b"f" * 16, b"f" * 17, b"9" * 5000,
         b"7" * 4096, b"1\n"]  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("cut", [1, 1 << 20])
def test_a_size_that_is_none_or_more_than_was_announced(size: bytes, cut: int, past: bool) -> None:
    assert refusal(size + b"\r\n1\r\n0\r\n\r\n", cut, Chunks(1, None), past) == "IncompleteBody"


@pytest.mark.parametrize("cut", [1, 3, 1 << 20])
def test_sizes_with_zeros_in_front_and_in_capitals(cut: int, past: bool) -> None:
    body = b"0000200A\r\n%b\r\n000C\r\n%b\r\n00\r\n\r\n" % (b"a" * 8202, b"b" * 12)
    assert read(body, cut, Chunks(8214, None), past) == b"a" * 8202 + b"b" * 12


def test_small_chunks_but_the_last_are_refused(past: bool) -> None:
    body = b"2000\r\n%b\r\n1\r\na\r\n" % (b"a" * 8192)
    assert refusal(body + b"1\r\na\r\n0\r\n\r\n", 100, Chunks(8194, None), past) == "InvalidChunkSizeError"
    assert len(read(body + b"0\r\n\r\n", 100, Chunks(8193, None), past)) == 8193


CRC = "x-amz-checksum-crc32"
SUM = b"x-amz-checksum-crc32: AAAAAA==\r\n"


@pytest.mark.parametrize("cut", [1, 1 << 20])
@pytest.mark.parametrize(
    ("behind", "announced", "signs", "code"),
    [
        (b"", "", False, ""),
        (b"\r\n", "", False, ""),
        (b"\r", "", False, "IncompleteBody"),
        (b"a:b\r\n\r\n", "", False, "IncompleteBody"),
        (SUM, CRC, False, ""),
        (SUM + b"\r\n", CRC, False, ""),
        (SUM + b"\r\n\xff whatever", CRC, False, ""),
        (SUM[:-1], CRC, False, "IncompleteBody"),
        (SUM[:-2] + b"\n", CRC, False, "IncompleteBody"),
        (b"", CRC, False, "MalformedTrailerError"),
        (b"\r\n" + SUM, CRC, False, "MalformedTrailerError"),
        (SUM + SUM, CRC, False, "MalformedTrailerError"),
        (b"x-amz-meta-a: b\r\n" * 1000, CRC, False, "MalformedTrailerError"),
        (SUM[:-4] + b"A" * 5000, CRC, False, "MalformedTrailerError"),
        (SUM + b"x-amz-trailer-signature:00\r\n", CRC, False, "MalformedTrailerError"),
        (SUM, CRC, True, "IncompleteBody"),
        (b"x-amz-trailer-signature:00\r\n", CRC, True, "MalformedTrailerError"),
        (b"x-amz-trailer-signature:00\r\n", "", True, "IncompleteBody"),
    ],
)
def test_what_follows_the_chunks(behind: bytes, announced: str, signs: bool, code: str, cut: int, past: bool) -> None:
    body, chunks = b"1\r\na\r\n0\r\n" + behind, Chunks(1, None, announced, signs)
    if code:
        assert refusal(body, cut, chunks, past) == code
    else:
        assert read(body, cut, chunks, past) == b"a"
        assert chunks.trailers == ({CRC: "AAAAAA=="} if announced else {})


@pytest.mark.parametrize("body", [b"<!DOCTYPE a><a/>", b"<a>", b"<b/>", b"<a>" * 99 + b"</a>" * 99, b"\xff"])
def test_xml_that_is_not_read(body: bytes) -> None:
    with pytest.raises(xml.Malformed):
        xml.parse(body, "a")


def test_what_is_no_character_of_xml_spoils_no_document() -> None:
    for odd in ("\x01", "\x0b", "\ufffe", "\uffff"):
        written = xml.document("Root", [("Key", f"a{odd}<b")])
        assert xml.parse(written, "Root").findtext("Key") == "a\ufffd<b"
