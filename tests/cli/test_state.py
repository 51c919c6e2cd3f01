"""The state directory: whose it is, and that one process has it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from stacklab.cli.state import StateBusy, StateLock, holder


def test_others_pass_through_and_cannot_look_in(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o755)
    StateLock(state)
    assert stat.S_IMODE(state.stat().st_mode) == 0o711


def test_one_process_has_it(tmp_path: Path) -> None:
    lock = StateLock(tmp_path)
    lock.take()
    assert holder(lock.path) == os.getpid()
    with pytest.raises(StateBusy, match=str(os.getpid())):
        StateLock(tmp_path).take()


def test_it_is_held_until_the_process_has_ended(tmp_path: Path) -> None:
    """A node that has served is still there for a moment, with what libvirt locks."""
    code = f"""
from pathlib import Path
from stacklab.cli import up
from stacklab.cli.state import holder
up._serve = lambda settings: None
up.up.main(["--state", {str(tmp_path)!r}], standalone_mode=False)
print(holder(Path({str(tmp_path)!r}, "stacklab.lock")))
"""
    ended = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert ended.communicate(timeout=30)[0] == f"{ended.pid}\n"
    assert holder(tmp_path / "stacklab.lock") is None


def test_what_is_made_later_is_ours_alone(tmp_path: Path) -> None:
    """In a process of its own: the mask is a whole process's."""
    code = "from stacklab.cli.state import keep_to_ourselves as k; k(); open('secret', 'w').close()"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
