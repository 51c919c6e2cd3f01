"""Kernel modules: found, unpacked whatever they are packed with, and put in an order in which each can be inserted."""

import lzma
import re
from collections.abc import Iterable
from pathlib import Path

from stacklab.host.guest.shell import BuildError, run


class Modules:
    """The modules of one kernel tree, `lib/modules/VERSION`."""

    def __init__(self, tree: Path) -> None:
        self.version = tree.name
        self._files = {_canonical(path.name): path for path in tree.rglob("*.ko*")}
        built_in = (tree / "modules.builtin").read_text().split()
        self._built_in = {_canonical(Path(line).name) for line in built_in}

    def install(self, wanted: Iterable[str], into: Path, optional: Iterable[str] = ()) -> None:
        """Put the modules and what they depend on in `into`, with a file `order` to insert them by.

        A module that is built into the kernel needs nothing. Raises BuildError when a wanted one does not exist.
        """
        into.mkdir(parents=True, exist_ok=True)
        order: dict[str, None] = {}
        for name in wanted:
            self._add(_canonical(name), order, into)
        for name in (_canonical(name) for name in optional):
            if name in self._files:
                self._add(name, order, into)
        (into / "order").write_text("".join(f"{name}\n" for name in order))

    def _add(self, name: str, order: dict[str, None], into: Path) -> None:
        if name in order or name in self._built_in:
            return
        if name not in self._files:
            raise BuildError(f"kernel {self.version} has no module {name}")
        code = _unpacked(self._files[name])
        for needed in _depends(code):
            self._add(needed, order, into)
        (into / f"{name}.ko").write_bytes(code)
        order[name] = None


def _canonical(name: str) -> str:
    """The kernel's own spelling: file names use `-` and `_` as they please, and end in .ko or .ko.xz."""
    return name.split(".ko")[0].replace("-", "_")


def _unpacked(path: Path) -> bytes:
    if path.suffix == ".xz":
        return lzma.decompress(path.read_bytes())
    if path.suffix == ".zst":
        plain = path.with_suffix("")
        run("zstd", "--decompress", "--quiet", "--force", path, "-o", plain)
        return plain.read_bytes()
    return path.read_bytes()


def _depends(code: bytes) -> list[str]:
    """Read the `depends=` entry of the module's .modinfo section: zero-ended strings, as modinfo(8) prints them."""
    found = re.search(rb"\0depends=([^\0]*)\0", code)
    return [_canonical(name) for name in found.group(1).decode().split(",") if name] if found else []
