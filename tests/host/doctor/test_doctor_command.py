"""What a person sees of `stacklab doctor`."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stacklab.cli import doctor as command
from stacklab.host.doctor import Check, Diagnosis, Finding, Subject
from stacklab.host.doctor.finding import broken, missing, present


def never_called(_subject: Subject) -> Finding:
    raise AssertionError("the diagnosis is given ready-made")


@pytest.fixture(autouse=True)
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)


def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *findings: tuple[Finding, bool]) -> Result:
    def look(subject: Subject) -> list[Diagnosis]:
        assert (subject.state, subject.listen) == (tmp_path, "127.0.0.1:7")
        return [Diagnosis(Check("thing", never_called, needed), finding) for finding, needed in findings]

    monkeypatch.setattr(command, "diagnose", look)
    return CliRunner().invoke(command.doctor, ["--state", str(tmp_path), "--listen", "127.0.0.1:7"])


def test_ready_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    result = run(monkeypatch, tmp_path, (present("works"), True), (broken("does not boot"), False))
    assert result.exit_code == 0
    assert "thing          present  works\n" in result.output
    assert "thing          broken   does not boot (optional)\n" in result.output
    assert result.output.endswith("This machine can run real guests.\n")


def test_machine_that_lacks_something(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    result = run(monkeypatch, tmp_path, (missing("no dnsmasq", "apt-get install dnsmasq-base"), True))
    assert result.exit_code == 1
    assert "mend: apt-get install dnsmasq-base\n" in result.output
    assert "Not ready for real guests: thing." in result.output
