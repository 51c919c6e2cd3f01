"""The accelerator is probed once a boot of the machine, not once a start of the process."""

from pathlib import Path

from stacklab.host.hypervisor.probe import Accelerator
from stacklab.host.hypervisor.remembered import accelerator


class Probe:
    def __init__(self, name: str) -> None:
        self.name, self.asked = name, 0

    def __call__(self) -> Accelerator:
        self.asked += 1
        return Accelerator(self.name, "it was tried")


def test_the_same_machine_is_not_asked_twice(tmp_path: Path) -> None:
    probe = Probe("kvm")
    first = accelerator(tmp_path / "a", probe, lambda: "boot 1")
    assert accelerator(tmp_path / "a", probe, lambda: "boot 1") == first
    assert probe.asked == 1


def test_a_machine_that_was_restarted_is_asked_again(tmp_path: Path) -> None:
    accelerator(tmp_path / "a", Probe("kvm"), lambda: "boot 1")
    assert accelerator(tmp_path / "a", Probe("tcg"), lambda: "boot 2").name == "tcg"


def test_a_spoilt_file_is_no_answer(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("{")
    assert accelerator(tmp_path / "a", Probe("tcg")).name == "tcg"
