"""The image service over a fresh database, store and simulated disks; files that lie."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.images import ImageLab


@pytest.fixture
def lab(database: Callable[..., None], tmp_path: Path) -> ImageLab:
    database("stacklab.images")
    return ImageLab(tmp_path)


@pytest.fixture
def qcow2() -> Callable[..., bytes]:
    """A qcow2 header by hand (version 3, QEMU's docs/interop/qcow2.txt), with an empty L1 table and refcounts."""

    def make(size: int = 1 << 30, backing: str = "", external_data: bool = False) -> bytes:
        cluster = 1 << 16
        incompatible = 4 if external_data else 0
        name = backing.encode()
        header = struct.pack(
            ">4sIQIIQIIQQIIQQQQII",
            *(b"QFI\xfb", 3, 112 if name else 0, len(name), 16, size, 0, 1, 3 * cluster, cluster, 1, 0, 0),
            *(incompatible, 0, 0, 4, 104),
        )
        clusters = [bytearray(cluster) for _ in range(4)]
        clusters[0][: len(header)] = header
        clusters[0][112 : 112 + len(name)] = name
        clusters[1][:8] = struct.pack(">Q", 2 * cluster)
        for number in range(4):
            struct.pack_into(">H", clusters[2], 2 * number, 1)
        return b"".join(clusters)

    return make
