"""What the image tests fetch from elsewhere: small images in several formats, served on an address of this machine."""

import functools
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SIZE = "4M"
FORMATS = {"raw": "raw", "qcow2": "qcow2", "vmdk": "vmdk", "vdi": "vdi", "vhd": "vpc", "vhdx": "vhdx"}
"""Glance's name of a format → qemu-img's."""


def make(folder: Path) -> None:
    """One image of each format, one that nobody may use, and the manifest of both that Tempest reads."""
    folder.mkdir()
    lines = ["images:"]
    for name, format in FORMATS.items():
        _qemu_img("create", "-f", format, folder / f"image.{name}", SIZE)
        lines.append(_entry(name, f"image.{name}", usable=True))
    with (folder / "image.raw").open("r+b") as disk:  # some bytes: a hash of zeros alone would prove little
        disk.write(bytes(range(1, 256)) * 4096)
    backed: list[str | Path] = ["-F", "raw", "-b", "image.raw", folder / "backed.qcow2"]
    _qemu_img("create", "-f", "qcow2", *backed)
    lines.append(_entry("qcow2", "backed.qcow2", usable=False))
    (folder / "manifest.yml").write_text("\n".join(lines) + "\n")


def _entry(format: str, file: str, usable: bool) -> str:
    return f"- {{name: {file}, format: {format}, filename: {file}, usable: {str(usable).lower()}}}"


def _qemu_img(*words: str | Path) -> None:
    subprocess.run(["qemu-img", *map(str, words)], check=True, stdout=subprocess.DEVNULL, timeout=60)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what Tempest fetched is in its own log."""


@contextmanager
def served(folder: Path, address: str) -> Iterator[str]:
    """The files of a folder under a URL, until the block ends."""
    server = ThreadingHTTPServer((address, 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{address}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
