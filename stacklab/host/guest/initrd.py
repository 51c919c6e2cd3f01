"""The small archive the kernel unpacks into memory before it has a disk."""

import subprocess
from pathlib import Path


def pack_initrd(tree: Path, output: Path) -> None:
    """Pack a directory as a compressed cpio archive, the format of Linux's early user space."""
    names = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*")))
    cpio = subprocess.run(
        ["cpio", "--create", "--format=newc", "--owner=+0:+0", "--quiet"],
        cwd=tree,
        input=names.encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    with output.open("wb") as packed:
        subprocess.run(["gzip", "-9", "--no-name"], input=cpio.stdout, stdout=packed, check=True)
