"""Which disks go with which guests."""

from pathlib import Path

import pytest

from stacklab.host.disks import choose
from stacklab.host.disks.qcow import QcowDisks
from stacklab.host.disks.simulated import SimulatedDisks
from stacklab.host.disks.spec import DiskError


def test_simulated_guests_have_simulated_disks(tmp_path: Path) -> None:
    assert isinstance(choose.choose(False, tmp_path), SimulatedDisks)


def test_real_guests_have_real_disks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "TOOLS", ())
    assert isinstance(choose.choose(True, tmp_path), QcowDisks)


def test_missing_tools_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "TOOLS", ("no-such-tool", "nor-this"))
    with pytest.raises(DiskError, match="no-such-tool, nor-this"):
        choose.choose(True, tmp_path)
