"""What only the simulated driver does: its files, and its cost at ten thousand guests."""

import time
import uuid
from pathlib import Path

import pytest

from stacklab.host.hypervisor.simulated import SimulatedHypervisor
from stacklab.host.hypervisor.simulated_store import Domain, DomainStore
from stacklab.host.hypervisor.spec import DiskSpec, DomainFact, DomainSpec, HypervisorError, NicSpec, Power


def spec(state: Path, domain_id: str = "") -> DomainSpec:
    domain_id = domain_id or str(uuid.uuid4())
    nic = NicSpec("sl-t0123456789", "52:54:00:00:00:01", "sl-b0123456789")
    return DomainSpec(domain_id, 1, 128, (DiskSpec(state / "disk", "vda"),), (nic,), state / "logs" / domain_id)


def test_a_domain_comes_back_from_disk_as_it_was(tmp_path: Path) -> None:
    domain = Domain(spec(tmp_path), Power.PAUSED, ("sl-t0123456789",))
    DomainStore(tmp_path / "s").save(domain)
    assert list(DomainStore(tmp_path / "s").load()) == [domain]


def test_half_a_file_is_swept(tmp_path: Path) -> None:
    store = DomainStore(tmp_path)
    (tmp_path / "x.part").write_text("{")
    assert list(store.load()) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("domain_id", ["../escape", "a/b", ""])
def test_an_id_that_is_no_file_name_is_refused(tmp_path: Path, domain_id: str) -> None:
    driver = SimulatedHypervisor(tmp_path, why="a test")
    bad = DomainSpec(domain_id, 1, 1, (), (), tmp_path / "log")
    with pytest.raises(HypervisorError):
        driver.define(bad)


def test_capacity_is_a_setting(tmp_path: Path) -> None:
    info = SimulatedHypervisor(tmp_path, why="a test", vcpus=7, memory_mb=9).info()
    assert (info.vcpus, info.memory_mb) == (7, 9)


def test_facts_about_ten_thousand_guests_are_cheap(tmp_path: Path) -> None:
    """Measured at 0.1 to 0.4 ms on a 2-core machine; a hundred times that would still be no file access."""
    driver = SimulatedHypervisor(tmp_path / "s", why="a test")
    for number in range(10_000):
        driver._facts[str(number)] = DomainFact(str(number), Power.RUNNING, ("sl-t0123456789",))
    started = time.perf_counter()
    assert len(driver.facts()) == 10_000
    assert time.perf_counter() - started < 0.05
