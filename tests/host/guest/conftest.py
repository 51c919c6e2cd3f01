"""A guest under QEMU with user-mode networking: no network of the machine is touched, nothing outlives the test."""

from collections.abc import Iterator

import pytest

from tests.support import guest_vm


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[guest_vm.Guest]:
    """One guest for the module, booted from a config drive."""
    work = tmp_path_factory.mktemp("guest")
    key = guest_vm.make_key(work)
    with guest_vm.booted(work, key, *guest_vm.config_drive(work, key)) as guest:
        yield guest
