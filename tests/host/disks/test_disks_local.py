"""What real and simulated disks share."""

from pathlib import Path

import pytest

from stacklab.host.disks.local import GIB, link, replacing, safe_file_name, wanted_bytes
from stacklab.host.disks.spec import DiskError


@pytest.mark.parametrize(
    ("size_gb", "image", "wanted"), [(0, 5, 5), (1, 5, GIB), (1, GIB, GIB), (2, GIB + 1, 2 * GIB), (3, 0, 3 * GIB)]
)
def test_wanted_bytes(size_gb: int, image: int, wanted: int) -> None:
    assert wanted_bytes(size_gb, image) == wanted


def test_an_image_that_does_not_fit_says_what_it_needs() -> None:
    with pytest.raises(DiskError, match="needs a disk of 2 GB, the flavor has 1 GB"):
        wanted_bytes(1, GIB + 1)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "new" / "disk"
    with replacing(target) as part:
        part.write_text("one")
    with pytest.raises(RuntimeError), replacing(target) as part:
        part.write_text("two")
        raise RuntimeError("no")
    assert target.read_text() == "one"
    assert list(target.parent.iterdir()) == [target]


def test_a_write_that_fails_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match=r"could not be written: No space left on device\."), replacing(tmp_path / "x"):
        raise OSError(28, "No space left on device")


def test_a_link_shares_the_bytes(tmp_path: Path) -> None:
    source = tmp_path / "image"
    source.write_text("bytes")
    assert link(source, tmp_path / "bases" / "one").stat().st_ino == source.stat().st_ino


@pytest.mark.parametrize("name", ["a", "a/b.json", "./a", "a..b"])
def test_safe_file_names(name: str) -> None:
    assert not safe_file_name(name).is_absolute()
