"""aws-chunked uploads that are long enough to be read past the parser, on a node: those that are whole, and those that
are cut, wrong or without an end, of which nothing stays."""

import base64
import os
import re
import socket
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.aws_chunked import SIGNED, SIGNED_TRAILER, UNSIGNED, Upload
from tests.support.client import until

MIB = 1 << 20
DATA = os.urandom(3 * MIB + 17)
CRC = "x-amz-checksum-crc32"


def chunks(size: int, data: bytes = DATA) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def checksum(data: bytes = DATA) -> str:
    return f"{CRC}:{base64.b64encode(zlib.crc32(data).to_bytes(4)).decode()}"


class Wire:
    """A connection of one upload."""

    def __init__(self, site: Any, *sent: bytes) -> None:
        self._socket = socket.create_connection((site.node.host, site.node.port), timeout=30)
        self._stream = self._socket.makefile("rb")
        for part in sent:
            self.send(part)

    def send(self, part: bytes) -> None:
        self._socket.sendall(part)

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._socket.close()

    def answer(self) -> tuple[int, str]:
        """The status, and the code of what was refused."""
        status, length = int(self._stream.readline().split()[1]), 0
        while (line := self._stream.readline().lower()) != b"\r\n":
            length = int(line.split(b":")[1]) if line.startswith(b"content-length:") else length
        found = re.search(rb"<Code>(\w+)</Code>", self._stream.read(length))
        return status, found[1].decode() if found else ""


def sent(site: Any, upload: Upload, body: bytes, known: bool = True) -> tuple[int, str]:
    with Wire(site, upload.head(len(body) if known else None), body) as wire:
        return wire.answer()


@pytest.fixture(scope="module")
def bucket(site: Any) -> str:
    site.client().create_bucket(Bucket="streams")
    site.client().put_object(Bucket="streams", Key="k", Body=b"kept")
    return "streams"


def on_disk(site: Any) -> set[Path]:
    folder: Path = site.node.state / "objects"
    return {path for name in ("files", "incoming") for path in (folder / name).rglob("*") if path.is_file()}


@pytest.fixture
def kept(site: Any, bucket: str) -> Iterator[None]:
    """What "k" has is what it had, and nothing more is on the disk."""
    before = on_disk(site)
    yield
    until("the disk to be as it was", lambda: on_disk(site) <= before, 20)
    assert site.client().get_object(Bucket=bucket, Key="k")["Body"].read() == b"kept"
    assert "request failed" not in site.node.log()


@pytest.mark.parametrize("stated", [UNSIGNED, SIGNED, SIGNED_TRAILER])
@pytest.mark.parametrize("size", [8192, 65536, MIB, 4 * MIB])
@pytest.mark.parametrize("known", [True, False], ids=["of known length", "in HTTP's chunks"])
def test_what_is_whole_is_kept(site: Any, bucket: str, stated: str, size: int, known: bool) -> None:
    trailer = checksum() if stated != SIGNED else ""
    upload = Upload(site, f"{bucket}/whole", stated, len(DATA), **({"x_amz_trailer": CRC} if trailer else {}))
    parts = list(upload.body(chunks(size), trailer))
    if not known:
        parts = [*(b"%x\r\n%b\r\n" % (len(part), part) for part in parts), b"0\r\n\r\n"]
    assert sent(site, upload, b"".join(parts), known) == (200, "")
    found = site.client().get_object(Bucket=bucket, Key="whole", ChecksumMode="ENABLED")
    assert found["Body"].read() == DATA
    assert found.get("ChecksumCRC32", "") == trailer.partition(":")[2]


def test_a_part(site: Any, bucket: str) -> None:
    at, s3 = {"Bucket": bucket, "Key": "parts"}, site.client()
    begun = s3.create_multipart_upload(**at, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")["UploadId"]
    path = f"{bucket}/parts?partNumber=1&uploadId={begun}"
    for trailer, answer in ((checksum(b"other"), (400, "BadDigest")), (checksum(), (200, ""))):
        assert "Parts" not in s3.list_parts(**at, UploadId=begun)
        upload = Upload(site, path, SIGNED_TRAILER, len(DATA), x_amz_trailer=CRC)
        assert sent(site, upload, b"".join(upload.body(chunks(MIB), trailer))) == answer
    (part,) = s3.list_parts(**at, UploadId=begun)["Parts"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    told = s3.complete_multipart_upload(**at, UploadId=begun, MultipartUpload=parts)
    assert told["ChecksumCRC32"] == checksum().partition(":")[2]
    assert s3.get_object(**at)["Body"].read() == DATA


@pytest.mark.parametrize(
    "size", [b"fffffffffffffff0", b"f" * 17, b"-100000", b"0x100000", b"0" * 16 + b"1", b"0" * 5000]
)
@pytest.mark.parametrize("before", [0, MIB], ids=["at first", "in the middle"])
def test_a_size_that_is_none(site: Any, bucket: str, kept: None, size: bytes, before: int) -> None:
    upload = Upload(site, f"{bucket}/k", UNSIGNED, len(DATA), x_amz_trailer=CRC)
    first = b"%x\r\n%b\r\n" % (before, DATA[:before]) if before else b""
    assert sent(site, upload, first + size + b"\r\n" + DATA) == (400, "IncompleteBody")


def test_a_size_with_zeros_in_front(site: Any, bucket: str) -> None:
    upload = Upload(site, f"{bucket}/padded", UNSIGNED, len(DATA))
    body = b"%016X\r\n%b\r\n00\r\n\r\n" % (len(DATA), DATA)
    assert sent(site, upload, body) == (200, "")
    assert site.client().get_object(Bucket=bucket, Key="padded")["Body"].read() == DATA


def test_what_comes_behind_the_end_belongs_to_nothing(site: Any, bucket: str) -> None:
    """Neither to the object nor to the request that follows on the connection."""
    upload = Upload(site, f"{bucket}/behind", UNSIGNED, len(DATA), x_amz_trailer=CRC)
    body = b"".join(upload.body(chunks(MIB), checksum())) + os.urandom(MIB)
    with Wire(site) as wire:
        for _ in range(2):
            wire.send(upload.head(len(body)) + body)
            assert wire.answer() == (200, "")
    assert site.client().get_object(Bucket=bucket, Key="behind")["Body"].read() == DATA


def test_small_chunks(site: Any, bucket: str, kept: None) -> None:
    upload = Upload(site, f"{bucket}/k", UNSIGNED, len(DATA))
    assert sent(site, upload, b"".join(upload.body(chunks(8191)))) == (403, "InvalidChunkSizeError")


@pytest.mark.parametrize("stated", [SIGNED, SIGNED_TRAILER])
def test_a_chunk_that_was_altered(site: Any, bucket: str, kept: None, stated: str) -> None:
    upload = Upload(site, f"{bucket}/k", stated, len(DATA), **({"x_amz_trailer": CRC} if stated != SIGNED else {}))
    body = bytearray(b"".join(upload.body(chunks(65536), checksum() if stated != SIGNED else "")))
    body[2 * MIB] ^= 1
    assert sent(site, upload, bytes(body)) == (403, "SignatureDoesNotMatch")


def test_a_trailer_that_was_altered(site: Any, bucket: str, kept: None) -> None:
    upload = Upload(site, f"{bucket}/k", SIGNED_TRAILER, len(DATA), x_amz_trailer=CRC)
    body = b"".join(upload.body(chunks(65536), checksum()))
    other = checksum(b"other").encode()
    assert sent(site, upload, body.replace(checksum().encode(), other)) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("trailer", "code"),
    [
        (checksum(b"other"), "BadDigest"),
        (f"{CRC}:none", "InvalidRequest"),
        ("x-amz-checksum-crc32c:AAAAAA==", "MalformedTrailerError"),
        ("", "MalformedTrailerError"),
        (f"{CRC}:" + "A" * 2 * MIB, "MalformedTrailerError"),
        ("\r\n".join(["x-amz-meta-a:b"] * 100_000), "MalformedTrailerError"),
        ("A" * 2 * MIB, "MalformedTrailerError"),
    ],
    ids=["another", "no checksum", "not announced", "none", "one without end", "trailers without end", "no line"],
)
def test_a_trailer_that_does_not_fit(site: Any, bucket: str, kept: None, trailer: str, code: str) -> None:
    upload = Upload(site, f"{bucket}/k", UNSIGNED, len(DATA), x_amz_trailer=CRC)
    assert sent(site, upload, b"".join(upload.body(chunks(MIB), trailer))) == (400, code)


@pytest.mark.parametrize("length", [len(DATA) - 1, len(DATA) + 1])
def test_another_length_than_was_announced(site: Any, bucket: str, kept: None, length: int) -> None:
    upload = Upload(site, f"{bucket}/k", UNSIGNED, length)
    assert sent(site, upload, b"".join(upload.body(chunks(MIB)))) == (400, "IncompleteBody")


def test_a_body_that_ends_within_a_head(site: Any, bucket: str, kept: None) -> None:
    """All that was announced came: it is refused. A client that leaves there is not told."""
    upload = Upload(site, f"{bucket}/k", SIGNED, len(DATA))
    whole = b"".join(upload.body(chunks(MIB)))
    within = whole.index(b";chunk-signature=", MIB) + 30
    assert sent(site, upload, whole[:within]) == (400, "IncompleteBody")
    with Wire(site, upload.head(len(whole)), whole[:within]):
        until("bytes to come", lambda: list((site.node.state / "objects/incoming").iterdir()), 20, 0.001)


def test_a_slow_and_a_fast_stream_to_one_name(site: Any, bucket: str) -> None:
    """The one that ends last has the name, and nothing of the other is left."""
    slow_data = os.urandom(2 * MIB)
    slow = Upload(site, f"{bucket}/both", SIGNED_TRAILER, len(slow_data), x_amz_trailer=CRC)
    fast = Upload(site, f"{bucket}/both", UNSIGNED, len(DATA), x_amz_trailer=CRC)
    before = on_disk(site)
    body = b"".join(slow.body(chunks(65536, slow_data), checksum(slow_data)))
    s3 = site.client()
    with Wire(site, slow.head(len(body)), body[: MIB + 7]) as wire:
        until("the slow one to arrive", lambda: on_disk(site) - before, 20, 0.001)
        assert sent(site, fast, b"".join(fast.body(chunks(MIB), checksum()))) == (200, "")
        assert s3.get_object(Bucket=bucket, Key="both")["Body"].read() == DATA
        for at in range(MIB + 7, len(body), 100_003):
            wire.send(body[at : at + 100_003])
        assert wire.answer() == (200, "")
    assert s3.get_object(Bucket=bucket, Key="both")["Body"].read() == slow_data
    until("the fast one's file to go", lambda: len(on_disk(site) - before) == 1, 20)
