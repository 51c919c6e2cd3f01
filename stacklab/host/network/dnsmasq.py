"""One dnsmasq a network: started once, told of new ports by SIGHUP, adopted when this process died and it did not.

It is found in /proc by the pid file that its command line names, so nothing is lost with a pid file. It lives as long
as its command line and its bridge are the wanted ones.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
from pathlib import Path

from stacklab.host.network import dhcp
from stacklab.host.network.links import links_by_name
from stacklab.host.network.plan import Drift, NetworkError, NetworkNeed, NetworkPlan, PortNeed

PROC = Path("/proc")
ACCOUNT = "nobody"
START_SECONDS = 10
STOP_SECONDS = 5
INDEX_VARIABLE = "STACKLAB_BRIDGE_INDEX"  # dnsmasq binds to the bridge's index: a bridge made anew needs it anew


class Dnsmasqs:
    """Every dnsmasq below one state folder. Not thread-safe: the driver's lock is held around every call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pids: dict[str, list[int]] = {}
        self._told: set[int] = set()  # those that surely read their files since we wrote them

    def apply(self, plan: NetworkPlan) -> None:
        """Run one for each network, with its files up to date; stop the others."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for way in (self._folder.parent, self._folder):
            way.chmod(0o711)  # it reads its files as nobody; they have no secrets
        if not self._all_well(plan):
            self._look_again()
        for bridge in self._pids.keys() - {need.bridge for need in plan.networks}:
            self._stop(self._pids.pop(bridge))
        for need in plan.networks:
            changed = self._write(need, _ports_of(plan, need))
            self._serve(need, self._pids.get(need.bridge, []), changed)

    def drift(self, plan: NetworkPlan) -> list[Drift]:
        """Dead ones, ones with other arguments, and files that were changed."""
        running = self._running()
        found = []
        for need in plan.networks:
            pids = running.get(need.bridge, [])
            if not any(self._wanted(pid, need) for pid in pids):
                found.append(Drift(f"dnsmasq: none runs as planned on {need.bridge}"))
            for path, content in self._files(need, _ports_of(plan, need)).items():
                if _content(path) != content:
                    found.append(Drift(f"dnsmasq: {path.name} is not as planned"))
        extra = running.keys() - {need.bridge for need in plan.networks}
        return found + [Drift(f"dnsmasq: one runs on {bridge}, which is not planned") for bridge in sorted(extra)]

    def purge(self) -> None:
        """Stop all and remove the folder."""
        for pids in self._running().values():
            self._stop(pids)
        self._pids = {}
        shutil.rmtree(self._folder, ignore_errors=True)

    def _all_well(self, plan: NetworkPlan) -> bool:
        """Whether those we know of are just the wanted ones: then /proc need not be searched."""
        wanted = {need.bridge: need for need in plan.networks}
        return self._pids.keys() == wanted.keys() and all(
            len(pids) == 1 and self._wanted(pids[0], wanted[bridge]) for bridge, pids in self._pids.items()
        )

    def _look_again(self) -> None:
        for pids in self._pids.values():
            for pid in pids:
                _collect(pid)
        self._pids = self._running()

    def _files(self, need: NetworkNeed, ports: list[PortNeed]) -> dict[Path, str]:
        base = self._folder / need.bridge
        return {
            base.with_suffix(".hosts"): dhcp.hosts_file(need, ports),
            base.with_suffix(".names"): dhcp.names_file(ports),
        }

    def _write(self, need: NetworkNeed, ports: list[PortNeed]) -> bool:
        changed = False
        for path, content in self._files(need, ports).items():
            if _content(path) != content:
                fresh = path.with_suffix(path.suffix + ".new")
                fresh.write_text(content)
                fresh.chmod(0o644)
                fresh.replace(path)
                changed = True
        return changed

    def _serve(self, need: NetworkNeed, pids: list[int], changed: bool) -> None:
        keep = [pid for pid in pids if self._wanted(pid, need)][:1]
        self._stop([pid for pid in pids if pid not in keep])
        if not keep:
            keep = [self._start(need)]
        elif changed or keep[0] not in self._told:
            _signal(keep[0], signal.SIGHUP)
        self._pids[need.bridge] = keep
        self._told.update(keep)

    def _arguments(self, need: NetworkNeed) -> list[str]:
        return dhcp.arguments(need, self._folder, _account(self._folder))

    def _wanted(self, pid: int, need: NetworkNeed) -> bool:
        index = links_by_name().get(need.bridge)
        return _command(pid) == self._arguments(need) and f"{INDEX_VARIABLE}={index}" in _environment(pid)

    def _start(self, need: NetworkNeed) -> int:
        """Its pid. It goes to the background by itself once its sockets are bound: when this returns, it serves."""
        path = shutil.which("dnsmasq", path="/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin")
        if path is None:
            raise NetworkError("dnsmasq is not installed")
        environment = {INDEX_VARIABLE: str(links_by_name().get(need.bridge))}
        try:
            done = subprocess.run(
                self._arguments(need),
                executable=path,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=START_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise NetworkError(f"dnsmasq on {need.bridge} did not come up in {START_SECONDS} s") from error
        if done.returncode:
            raise NetworkError(f"dnsmasq on {need.bridge}: {done.stderr.strip()}")
        started = self._running().get(need.bridge, [])
        if not started:
            raise NetworkError(f"dnsmasq on {need.bridge} died as soon as it was up")
        _collect(os.getsid(started[0]))  # the one between it and us, which led its session and is gone
        return started[0]

    def _stop(self, pids: list[int]) -> None:
        for pid in pids:
            _terminate(pid)
            self._told.discard(pid)

    def _running(self) -> dict[str, list[int]]:
        """Bridge → the living processes whose command line names a pid file in our folder."""
        found: dict[str, list[int]] = {}
        prefix = f"--pid-file={self._folder}/"
        for entry in PROC.iterdir():
            if not entry.name.isdigit():
                continue
            for argument in _command(int(entry.name)):
                if argument.startswith(prefix) and argument.endswith(".pid"):
                    found.setdefault(argument[len(prefix) : -len(".pid")], []).append(int(entry.name))
        return found


def _ports_of(plan: NetworkPlan, need: NetworkNeed) -> list[PortNeed]:
    return [port for port in plan.ports if port.network_id == need.id]


def _content(path: Path) -> str | None:
    try:
        return path.read_text()
    except OSError:
        return None


def _command(pid: int) -> list[str]:
    """The command line of a process; empty for one that is gone, or a zombie."""
    return _split(PROC / str(pid) / "cmdline")


def _environment(pid: int) -> list[str]:
    return _split(PROC / str(pid) / "environ")


def _split(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except OSError:
        return []


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _terminate(pid: int) -> None:
    """Ask, wait, insist; its exit is awaited on a pidfd."""
    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        for number in (signal.SIGTERM, signal.SIGKILL):
            _signal(pid, number)
            if select.select([watch], [], [], STOP_SECONDS)[0]:
                break
    finally:
        os.close(watch)
    _collect(pid)


def _collect(pid: int) -> None:
    """Where this process is a subreaper, orphans of its children are its own to bury."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _account(folder: Path) -> str:
    """An account without rights where it can read its files; root where a closed state directory hides them from it."""
    reachable = all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))
    return ACCOUNT if reachable else "root"
