"""A process with a reaper, a watched orphan, a stray QEMU and an orphan of another kind: exits 0 if all is well."""

import os
import subprocess
import sys
import time
from pathlib import Path

from stacklab.host.hypervisor.embed.reaper import Reaper

ORPHAN = """
import os, sys
if os.fork():
    os._exit(0)
os.setsid()
open("/proc/self/comm", "w").write(sys.argv[2])
print(os.getpid(), flush=True)
if sys.argv[1] == "wait":
    sys.stdin.read()
"""


def orphan(behaviour: str, name: str) -> tuple[subprocess.Popen[str], int]:
    """A daemonized grandchild of this name; it ends at once or when its input does."""
    command = [sys.executable, "-c", ORPHAN, behaviour, name]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, int(process.stdout.readline())


def gone(pid: int) -> bool:
    """Within five seconds: collected, not just dead."""
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > deadline:
            return False
        os.sched_yield()
    return True


def main() -> int:
    reaper = Reaper()
    watched, watched_pid = orphan("wait", "some-guest")
    reaper.watch(watched_pid)
    watched.communicate()
    stray, stray_pid = orphan("end", "qemu-system-x86")
    stray.communicate()
    other, other_pid = orphan("end", "dnsmasq")
    other.communicate()
    with reaper.alert():
        fine = gone(watched_pid) and gone(stray_pid) and Path(f"/proc/{other_pid}").exists()
    os.waitpid(other_pid, 0)
    reaper.close()
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
