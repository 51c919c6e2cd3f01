"""Archives as tarfile writes them, and as somebody does who means no good."""

import asyncio
import bz2
import gzip
import io
import tarfile
import zlib
from collections.abc import AsyncIterator, Callable

import pytest

from stacklab.core.errors import BadRequest
from stacklab.objects import archives
from stacklab.objects.archives import Archive, BadArchive

FILES = {"c/one": b"1" * 700, "c/deep/two": b"", "c/" + "n" * 200: b"x" * 512, "c/\N{SNOWMAN}": b"snow"}


def packed(files: dict[str, bytes], pax: dict[str, str] | None = None, kind: int = tarfile.PAX_FORMAT) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=kind) as tar:
        folder = tarfile.TarInfo("c")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.pax_headers = len(data), pax or {}
            tar.addfile(info, io.BytesIO(data))
    return written.getvalue()


async def chunks(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def read(data: bytes, compression: str = "", size: int = 1000) -> dict[str, bytes]:
    async def collect() -> dict[str, bytes]:
        archive = Archive(chunks(data, size), compression)
        found = {}
        async for member in archive.members():
            if member.is_file:
                found[member.name] = b"".join([part async for part in archive.data()])
        return found

    return asyncio.run(collect())


@pytest.mark.parametrize("size", [1, 7, 512, 100_000])
@pytest.mark.parametrize("kind", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_files_come_out_as_they_went_in(size: int, kind: int) -> None:
    assert read(packed(FILES, kind=kind), size=size) == FILES


@pytest.mark.parametrize(("compression", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress)], ids=["gzip", "bzip2"])
def test_packed_archives_in_one_or_two_streams(compression: str, pack: Callable[[bytes], bytes]) -> None:
    data = packed({**FILES, "c/large": b"0123456789" * 300_000})
    whole = {**FILES, "c/large": b"0123456789" * 300_000}
    assert read(pack(data), compression) == whole
    assert read(pack(data[:5000]) + pack(data[5000:]), compression) == whole


def test_what_is_not_read_is_skipped() -> None:
    async def names() -> list[str]:
        return [member.name async for member in Archive(chunks(packed(FILES), 100), "").members()]

    assert asyncio.run(names()) == ["c", *FILES]


def test_extended_attributes_are_headers() -> None:
    pax = {"SCHILY.xattr.user.mime_type": "image/png", "SCHILY.xattr.user.meta.Colour": "bl\xfce", "atime": "1"}

    async def headers() -> list[dict[str, str]]:
        archive = Archive(chunks(packed({"c/o": b"1"}, pax), 100), "")
        return [member.headers async for member in archive.members() if member.is_file]

    assert asyncio.run(headers()) == [{"content-type": "image/png", "x-object-meta-colour": "bl\xfce"}]


@pytest.mark.parametrize(
    ("data", "compression"),
    [
        (b"", ""),
        (b"no archive at all" * 100, ""),
        (packed(FILES)[:1300], ""),
        (packed(FILES), "gz"),
        (gzip.compress(packed(FILES))[:-20], "gz"),
        (zlib.compress(packed(FILES)), "gz"),
        (packed(FILES), "bz2"),
    ],
    ids=["empty", "no tar", "cut", "not gzip", "gzip cut", "zlib", "not bzip2"],
)
def test_what_is_no_archive_is_refused(data: bytes, compression: str) -> None:
    with pytest.raises(BadArchive, match="Invalid Tar File"):
        read(data, compression)


def test_links_devices_and_sparse_files_are_no_files() -> None:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo("c/x")
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
    assert read(written.getvalue()) == {}


def test_a_header_of_endless_text_is_refused() -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 1 << 40
    with pytest.raises(BadArchive, match="too long"):
        read(info.tobuf(tarfile.GNU_FORMAT) + b"0" * 512)


def test_an_archive_that_only_unpacks_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MOST_SKIPPED", 1 << 20)
    folder = tarfile.TarInfo("d")
    folder.type = tarfile.DIRTYPE
    with pytest.raises(BadRequest, match="belong to no object"):
        read(gzip.compress(folder.tobuf() * 5000), "gz")


def test_many_headers_of_one_member_are_refused_together() -> None:
    text = b"".join(b"200010 k%d=" % n + b"v" * (200_010 - 10 - len(str(n))) + b"\n" for n in range(1, 4))
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, len(text)
    block = info.tobuf(tarfile.GNU_FORMAT) + text + b"\0" * (-len(text) % 512)
    assert read(block + packed({"c/o": b"1"})) == {"c/o": b"1"}
    with pytest.raises(BadArchive, match="too long"):
        read(block * 2 + packed({"c/o": b"1"}))
