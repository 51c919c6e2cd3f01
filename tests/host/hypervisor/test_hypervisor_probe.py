"""Asking a machine whether guests really boot."""

import subprocess
from pathlib import Path

import pytest

from stacklab.host.hypervisor import boot_sector, probe
from tests.support import boot_guests
from tests.support.folders import passable_folder


def yes(_accelerator: str, _cpu: str) -> bool:
    return True


def no(_accelerator: str, _cpu: str) -> bool:
    return False


def test_without_the_device_guests_are_translated(tmp_path: Path) -> None:
    accelerator = probe.best_accelerator(yes, tmp_path / "kvm")
    assert accelerator.name == "tcg"
    assert "does not exist" in accelerator.why


@pytest.mark.parametrize(("boots", "name", "why"), [(yes, "kvm", "booted under KVM"), (no, "tcg", "did not boot")])
def test_with_the_device_a_guest_decides(boots: probe.TryBoot, name: str, why: str) -> None:
    with passable_folder() as folder:
        device = folder / "kvm"
        device.touch()
        device.chmod(0o666)
        accelerator = probe.best_accelerator(boots, device)
    assert accelerator.name == name
    assert why in accelerator.why


@pytest.mark.host
def test_a_device_that_only_root_may_open_is_named_as_the_reason(tmp_path: Path) -> None:
    device = tmp_path / "kvm"
    device.touch(mode=0o600)
    accelerator = probe.best_accelerator(no, device)
    assert "may not be opened by the user" in accelerator.why


@pytest.mark.host
def test_the_probe_boots_under_the_translator() -> None:
    assert probe.boots("tcg", "max", deadline=20)


@pytest.mark.host
def test_a_guest_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "probe_sector", lambda: boot_guests.disk("idle"))
    assert not probe.boots("tcg", "max", deadline=0.5)


def test_an_accelerator_that_is_not_there_does_not_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "EMULATOR", "no-such-emulator")
    assert not probe.boots("tcg", "max")


def test_a_boot_sector_has_its_size_and_signature() -> None:
    sector = boot_sector.probe_sector()
    assert (len(sector), sector[-2:]) == (512, b"\x55\xaa")


def test_code_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="510 bytes"):
        boot_sector.boot_sector(b"x" * 511)


@pytest.mark.host
def test_the_committed_bytes_are_those_of_the_commented_source(tmp_path: Path) -> None:
    """Wherever binutils are installed, as they are where libvirt-python was compiled."""
    source = Path(boot_sector.__file__).with_name("probe.S")
    subprocess.run(["as", "--32", "-o", tmp_path / "p.o", source], check=True)
    subprocess.run(["objcopy", "-O", "binary", "-j", ".text", tmp_path / "p.o", tmp_path / "p.bin"], check=True)
    assert (tmp_path / "p.bin").read_bytes() == boot_sector.probe_sector()
