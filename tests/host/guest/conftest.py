"""A guest under QEMU with user-mode networking: no network of the machine is touched, nothing outlives the test."""

import subprocess
from collections.abc import Iterator

import pytest

from stacklab.host.guest import build, cache_dir
from tests.support import guest_vm


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[guest_vm.Guest]:
    """One guest for the module, booted from a config drive; waits until it says that it has booted."""
    work = tmp_path_factory.mktemp("guest")
    key = work / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tester", "-f", key], check=True)
    disk = guest_vm.overlay(build.ensure(cache_dir(), print), work)
    drive = guest_vm.config_drive(work, key.with_suffix(".pub").read_text())
    port = guest_vm.free_port()
    monitor = work / "monitor"
    with subprocess.Popen(
        guest_vm.qemu(disk, drive, port, monitor), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as process:
        guest = guest_vm.Guest(process, port, key, monitor)
        try:
            guest.wait_for("boot finished", 120)
            yield guest
        finally:
            process.kill()
