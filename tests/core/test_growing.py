"""What was written is what is there, by whichever way it went."""

import errno
import os
import random
from collections.abc import Iterator
from mmap import mmap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stacklab.core import growing, pagecache
from stacklab.core.growing import PAGE, Growing

_BLOCK = 1 << 20
_CONTENT = random.Random(1).randbytes(3 * _BLOCK + 1234)


def _pieces(sizes: list[int]) -> Iterator[memoryview]:
    """The content in such pieces, in memory as http.intake has them: at the offset of their block in the file."""
    at = 0
    for size in [*sizes, len(_CONTENT)]:
        while size and at < len(_CONTENT):
            some = min(size, _BLOCK - at % _BLOCK, len(_CONTENT) - at)
            block = memoryview(mmap(-1, _BLOCK))[at % _BLOCK :][:some]
            block[:] = _CONTENT[at : at + some]
            yield block
            at, size = at + some, size - some


def _write(path: Path, past: bool, sizes: list[int]) -> Growing:
    file = Growing(str(path), past)
    for piece in _pieces(sizes):
        file.write(piece)
    file.sync()
    file.close()
    return file


def _as_if(path: str) -> int:
    """On a file system that may know no such thing."""
    return os.open(path, os.O_WRONLY)


@pytest.mark.parametrize("past", [True, False])
@given(sizes=st.lists(st.integers(1, 2 * _BLOCK), max_size=6))
@settings(max_examples=30, deadline=None)
def test_all_of_it_is_there(tmp_path_factory: pytest.TempPathFactory, past: bool, sizes: list[int]) -> None:
    path = tmp_path_factory.mktemp("growing") / "file"
    file = _write(path, past, sizes)
    assert path.read_bytes() == _CONTENT
    assert (file.size, file.file) == (len(_CONTENT), -1)


def test_whole_blocks_go_past_the_page_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    monkeypatch.setattr(growing, "_opened_past", _as_if)

    def pwrite(_file: int, data: memoryview, at: int) -> int:
        written.append(len(data))
        return _pwrite(_file, data, at)

    _pwrite = os.pwrite
    monkeypatch.setattr(os, "pwrite", pwrite)
    _write(tmp_path / "file", True, [5000])
    assert written == [5000, 2 * PAGE - 5000, _BLOCK - 2 * PAGE, _BLOCK, _BLOCK, 1234]


def test_what_lies_elsewhere_in_memory_goes_through_it(tmp_path: Path) -> None:
    file = Growing(str(tmp_path / "file"), True)
    for at in range(0, len(_CONTENT), 300_000):
        file.write(_CONTENT[at : at + 300_000])
    file.close()
    assert (tmp_path / "file").read_bytes() == _CONTENT


def test_a_file_system_of_larger_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "_opened_past", _as_if)

    def pwrite(file: int, data: memoryview, at: int) -> int:
        if len(data) > pagecache.PIECE:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return _pwrite(file, data, at)

    _pwrite = os.pwrite
    monkeypatch.setattr(os, "pwrite", pwrite)
    _write(tmp_path / "file", True, [])
    assert (tmp_path / "file").read_bytes() == _CONTENT


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pwrite(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", pwrite)
    with pytest.raises(OSError, match="No space left"):
        _write(tmp_path / "file", True, [])


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"kept")
    with pytest.raises(FileExistsError):
        Growing(str(tmp_path / "file"))
    assert (tmp_path / "file").read_bytes() == b"kept"
