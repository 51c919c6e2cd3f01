"""A real `stacklab up` of the tests' own: its own state directory and, with libvirt, its own network namespace."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self
from uuid import uuid4

from tests.support.client import Client, admin_password, until
from tests.support.ports import free_port


def run(*command: str, timeout: float = 60, check: bool = True) -> str:
    """Run a command and return what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0 or not check, f"{' '.join(command)}: {done.stderr or done.stdout}"
    return done.stdout + done.stderr


class Namespaces:
    """`node`, where the cloud lives, reached from here by a veth pair; `outside`, a host on its external network."""

    def __init__(self) -> None:
        tag = uuid4().hex[:6]
        self.node, self.outside = f"slt-n{tag}", f"slt-o{tag}"
        self._link = f"slt{tag}"
        number = int(tag[:4], 16)
        self._net = f"172.31.{number >> 8 & 255}.{number & 248}"
        base = number & 248
        self.here, self.address = f"172.31.{number >> 8 & 255}.{base + 1}", f"172.31.{number >> 8 & 255}.{base + 2}"

    def make(self) -> None:
        run("ip", "netns", "add", self.node)
        run("ip", "link", "add", self._link, "type", "veth", "peer", "name", "up0", "netns", self.node)
        run("ip", "addr", "add", f"{self.here}/29", "dev", self._link)
        run("ip", "link", "set", self._link, "up")
        for words in (f"addr add {self.address}/29 dev up0", "link set up0 up", "link set lo up"):
            run("ip", "-n", self.node, *words.split())
        run("ip", "-n", self.node, "route", "add", "default", "via", self.here)

    def make_outside(self, bridge: str, address: str) -> None:
        """A host on the cloud's external bridge, with an address such as 10.88.255.250/16."""
        run("ip", "netns", "add", self.outside)
        link = ["ip", "-n", self.node, "link"]
        run(*link, "add", "slt-out", "type", "veth", "peer", "name", "eth0", "netns", self.outside)
        run(*link, "set", "slt-out", "master", bridge, "up")
        for words in (f"addr add {address} dev eth0", "link set eth0 up", "link set lo up"):
            run("ip", "-n", self.outside, *words.split())

    def remove(self) -> None:
        for name in (self.node, self.outside):
            run("ip", "netns", "del", name, check=False)
        run("ip", "link", "del", self._link, check=False)


class NodeDied(Exception):
    """The process ended while it was waited for; the message is the end of its log."""


class Node:
    """Start it, kill it, start it again: the state directory stays."""

    def __init__(self, state: Path, hypervisor: str = "simulated", **environ: str) -> None:
        self.state, self.hypervisor = state, hypervisor
        self.environ = environ
        self.namespaces = Namespaces() if hypervisor == "libvirt" else None
        if self.namespaces:
            self.namespaces.make()
        self.host = self.namespaces.address if self.namespaces else "127.0.0.1"
        self.port = 8080 if self.namespaces else free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def command(self, *words: str) -> list[str]:
        """`stacklab WORDS`, inside the node's namespace if it has one."""
        inside = ["ip", "netns", "exec", self.namespaces.node] if self.namespaces else []
        return [*inside, sys.executable, "-m", "stacklab", *words]

    def start(self, wait: bool = True) -> Self:
        words = ["up", "--state", str(self.state), "--listen", f"{self.host}:{self.port}"]
        self.state.parent.mkdir(parents=True, exist_ok=True)
        with (self.state.parent / f"{self.state.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(*words, "--hypervisor", self.hypervisor),
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environ},
            )
        if wait:
            until("the node to be ready", self.ready, 60, 0.02)
        return self

    def ready(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise NodeDied(self.log()[-3000:])
        try:
            return Client(self.host, self.port).raw("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def log(self) -> str:
        return (self.state.parent / f"{self.state.name}.log").read_text(errors="replace")

    def admin_password(self) -> str:
        return admin_password(self.state)

    def admin(self, microversion: str = "2.1") -> Client:
        return Client(self.host, self.port, microversion).login_admin(self.state)

    def kill(self) -> None:
        """SIGKILL: the process is gone between two instructions."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        assert self.process
        self.process.send_signal(number)
        code = self.process.wait(60)
        self.process = None
        return code

    def purge(self) -> None:
        """Take everything away, whatever state the node is in."""
        if self.process and self.process.poll() is None:
            self.kill()
        if self.state.exists():
            run(*self.command("down", "--state", str(self.state), "--purge", "--yes"), timeout=120, check=False)
        if self.namespaces:
            self.namespaces.remove()
