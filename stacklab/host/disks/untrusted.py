"""qemu-img on bytes that others wrote: uploads, and disks that a guest's QEMU has written.

It runs as the guests' account, not as root, so that an image which breaks it gains what a guest that breaks out does.
We open each file and hand over the descriptor; folders stay closed. Opening /proc/self/fd/N asks for the file's own
rights once more (proc(5)), so the file is lent too. QEMU is told every layer in words and none beneath: what a header
says about other files is not followed.
"""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from stacklab.host.disks.run import LOOK, WORK, run
from stacklab.host.hypervisor.account import Account


def virtual_size(image: Path, format: str, account: Account) -> int:
    """In bytes, from a QEMU that has read all of the image's tables. `format` is QEMU's name for it."""
    with _opened(image, os.O_RDONLY, account) as file:
        answer = run(["qemu-img", "info", "-U", "--output=json", _only(file, format)], LOOK, account, [file])
    return int(json.loads(answer)["virtual-size"])


def convert(
    image: Path,
    format: str,
    target: Path,
    account: Account,
    wanted: str = "qcow2",
    most: int | None = None,
    backing: tuple[Path, str] | None = None,
) -> None:
    """Into a file of its own, of at most `most` bytes. `target` must not exist, and stays lent to be written.

    `backing` is the file (and its format) that shows where the image has nothing written.
    """
    with ExitStack() as files:
        handed = [files.enter_context(_opened(image, os.O_RDONLY, account))]
        layers = _layer(handed[0], format)
        if backing:
            handed.append(files.enter_context(_opened(backing[0], os.O_RDONLY, account)))
            layers["backing"] = _layer(handed[1], backing[1])
        made = files.enter_context(_opened(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, account))
        command = ["qemu-img", "convert", "-O", wanted, f"json:{json.dumps(layers)}", _name(made)]
        run(command, replace(WORK, file_bytes=most), account, [*handed, made])


def grow(disk: Path, size: int, account: Account) -> None:
    """A qcow2 to `size` bytes. What backs it stays named in its header; it ends before the part that is new."""
    with _opened(disk, os.O_RDWR, account) as file:
        run(["qemu-img", "resize", "-q", _only(file, "qcow2"), str(size)], LOOK, account, [file])


@contextmanager
def _opened(path: Path, flags: int, account: Account) -> Iterator[int]:
    """A descriptor to hand over. The file stays lent: to take it back could take it from a guest that has it too."""
    file = os.open(path, flags, 0o600)
    try:
        if account.uid != os.geteuid():
            account.lend(path, writable=flags & os.O_RDWR != 0)
        yield file
    finally:
        os.close(file)


def _only(file: int, format: str) -> str:
    """QEMU's name for this one file, of this format, with nothing behind it."""
    return f"json:{json.dumps(_layer(file, format))}"


def _layer(file: int, format: str) -> dict[str, Any]:
    return {"driver": format, "file": {"driver": "file", "filename": _name(file)}, "backing": None}


def _name(file: int) -> str:
    return f"/proc/self/fd/{file}"
