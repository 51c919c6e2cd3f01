"""Disks of guests that are simulated: sparse files of the right size, made without any disk tool.

Images are looked at as closely as for real ones: what is refused does not depend on the driver.
"""
# ruff: noqa: ARG002 - the contract names what only real disks need.

import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

from stacklab.host.disks.headers import find_all
from stacklab.host.disks.local import LocalDisks, link, replacing, safe_file_name, wanted_bytes
from stacklab.host.disks.spec import DiskError


class SimulatedDisks(LocalDisks):
    """Keeps the contract of `Disks`; a base is the image itself, unconverted, a config drive a tar file."""

    def convert(self, source: Path, format: str, wanted: str, target: Path, most: int) -> bool:
        return False

    def ensure_base(self, source: Path, format: str, name: str) -> Path:
        base = self._base(name, self._base_format(source, format))
        return base if base.exists() else link(source, base)

    def ensure_root(self, domain_id: str, base: Path, base_format: str, size_gb: int) -> Path:
        root = self._server(domain_id) / "root.qcow2"
        if root.exists():
            if root.stat().st_size < wanted_bytes(size_gb, 0):
                os.truncate(root, wanted_bytes(size_gb, 0))
            return root
        size = wanted_bytes(size_gb, _virtual_size(base))
        with replacing(root) as part:
            part.touch()
            os.truncate(part, size)
        return root

    def copy_root(self, domain_id: str) -> None:
        """Nothing to copy: a guest that is simulated writes nothing."""
        if not (self._server(domain_id) / "root.qcow2").exists():
            raise DiskError("The server has no disk.")

    def flatten_copy(self, domain_id: str, base: str, target: Path, most: int) -> str:
        """What it was started from is still what is on its disk."""
        source = self._standing_base(base)
        if source.stat().st_size > most:
            raise DiskError("The disk is larger than an image may be.")
        link(source, target)
        found = find_all(target)
        return found[0].format if found else "raw"

    def ensure_config_drive(self, domain_id: str, files: Mapping[str, bytes]) -> Path:
        path = self._server(domain_id) / "config.tar"
        with replacing(path) as part, tarfile.open(part, "w") as archive:
            for name, content in files.items():
                entry = tarfile.TarInfo(str(safe_file_name(name)))
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        return path


def _virtual_size(image: Path) -> int:
    """In bytes: what the header says, or the length of a file without one."""
    found = find_all(image)
    return found[0].virtual_size if found else image.stat().st_size
