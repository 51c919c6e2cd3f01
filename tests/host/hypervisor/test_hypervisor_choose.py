"""Which driver a machine gets, and that the reason is said."""

from pathlib import Path

import pytest

from stacklab.host.hypervisor import choose
from stacklab.host.hypervisor.simulated import SimulatedHypervisor
from stacklab.host.hypervisor.spec import HypervisorError


def test_simulated_on_demand(tmp_path: Path) -> None:
    driver, why = choose.choose("simulated", tmp_path)
    assert isinstance(driver, SimulatedHypervisor)
    assert driver.info().why == why == "the setting asks for the simulated hypervisor"


def test_auto_simulates_where_real_guests_cannot_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "lacking", lambda: ["stacklab does not run as root", "QEMU is not installed"])
    driver, why = choose.choose("auto", tmp_path)
    assert isinstance(driver, SimulatedHypervisor)
    assert why == "guests are simulated because stacklab does not run as root and QEMU is not installed"


def test_libvirt_on_demand_is_an_error_where_it_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "lacking", lambda: ["this is not Linux"])
    with pytest.raises(HypervisorError, match="this is not Linux"):
        choose.choose("libvirt", tmp_path)


def test_an_unknown_setting_is_an_error_with_the_choices(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="auto, libvirt, simulated, not 'xen'"):
        choose.choose("xen", tmp_path)


def refusing(_state: Path, _why: str, _wishes: choose.Wishes) -> tuple[SimulatedHypervisor, str]:
    raise HypervisorError("no.")


def test_auto_simulates_when_libvirt_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "lacking", list)
    monkeypatch.setitem(choose.DRIVERS, "libvirt", refusing)
    assert choose.choose("auto", tmp_path)[1] == "guests are simulated because libvirt refused: no."


def test_auto_never_simulates_over_real_guests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "lacking", list)
    monkeypatch.setitem(choose.DRIVERS, "libvirt", refusing)
    definitions = tmp_path / "libvirt" / "etc" / "qemu"
    definitions.mkdir(parents=True)
    (definitions / "sl-x.xml").touch()
    with pytest.raises(HypervisorError):
        choose.choose("auto", tmp_path)
