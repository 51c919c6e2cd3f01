"""Machines made of network namespaces: a "host" to run the network driver in, guests on its bridges, the outside.

A thread can be in another namespace than its process, and a socket stays in the one where it was made. So a test does
everything itself: it opens a guest's sockets from a thread that steps into the guest for a moment.
"""

import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

CLONE_NEWNET = 0x40000000
ETH_P_ALL = 3
PATIENCE = 5.0  # seconds for what must happen
DENIAL = 0.4  # seconds for what must not: a dropped packet can only be seen by its absence

_libc = ctypes.CDLL(None, use_errno=True)
_serial = count()


def run(*command: str, check: bool = True) -> str:
    """The output of a command in the calling thread's namespace."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert not check or done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout


def _enter(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


@dataclass
class Machine:
    """One network namespace."""

    name: str = field(default_factory=lambda: f"sltest-{os.getpid()}-{next(_serial)}")

    def __post_init__(self) -> None:
        run("ip", "netns", "add", self.name)
        self.run("ip", "link", "set", "lo", "up")

    def destroy(self) -> None:
        run("ip", "netns", "delete", self.name)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """The calling thread is in this machine."""
        home, there = os.open("/proc/thread-self/ns/net", os.O_RDONLY), os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            _enter(there)
            yield
        finally:
            _enter(home)
            os.close(home)
            os.close(there)

    def do(self, action: Callable[[], T]) -> T:
        with self.entered():
            return action()

    def run(self, *command: str, check: bool = True) -> str:
        return self.do(lambda: run(*command, check=check))

    def listen(self, port: int, address: str = "0.0.0.0") -> "Listener":
        return Listener(self.do(lambda: socket.create_server((address, port))))

    def reaches(self, address: str, port: int, timeout: float = DENIAL) -> bool:
        """Whether a TCP connection from here comes about."""
        try:
            self.do(lambda: socket.create_connection((address, port), timeout)).close()
        except OSError:
            return False
        return True

    def pings(self, address: str) -> bool:
        """Whether an echo request from here is answered within a second."""
        command = ("busybox", "ping", "-c1", "-W1", address)
        return self.do(lambda: subprocess.run(command, capture_output=True, check=False)).returncode == 0

    def wire(self, link: str = "eth0") -> socket.socket:
        """A socket for whole Ethernet frames of a link."""
        return self.do(lambda: _packet_socket(link))


def _packet_socket(link: str) -> socket.socket:
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.bind((link, 0))
    wire.settimeout(PATIENCE)
    return wire


class Listener:
    """Accepts TCP connections, remembers who called, says nothing."""

    def __init__(self, server: socket.socket) -> None:
        self._server = server
        self.callers: list[str] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                caller, address = self._server.accept()
            except OSError:
                return
            self.callers.append(address[0])
            caller.sendall(b"hello\n")
            caller.close()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def greeting(caller: Machine, address: str, port: int) -> bytes:
    """What a Listener says: having read it, the caller knows that it is among `callers`."""

    def call() -> bytes:
        with socket.create_connection((address, port), PATIENCE) as line:
            return line.recv(100)

    return caller.do(call)


class Guest(Machine):
    """A pretend instance: eth0 inside, its other end on the host named as the tap and plugged into a bridge."""

    def __init__(self, host: Machine, tap: str, bridge: str, mac: str) -> None:
        super().__init__()
        self.tap, self.mac = tap, mac
        host.run("ip", "link", "add", tap, "type", "veth", "peer", "name", "eth0", "netns", self.name, "address", mac)
        host.run("ip", "link", "set", tap, "master", bridge, "up")
        self.run("ip", "link", "set", "eth0", "up")

    def configure(self, address: str, gateway: str) -> None:
        """What DHCP would do, by hand: "10.0.0.5/24" and the default route."""
        self.run("ip", "address", "replace", address, "dev", "eth0")
        self.run("ip", "route", "replace", "default", "via", gateway)

    def dhcp(self, folder: Path) -> dict[str, str]:
        """The variables that udhcpc hands its script, once bound; empty when nobody offered an address."""
        script, result = folder / "bound.sh", folder / f"{self.tap}.env"
        result.unlink(missing_ok=True)
        script.write_text(f'#!/bin/sh\n[ "$1" = bound ] && env > {result}\nexit 0\n')
        script.chmod(0o755)
        options = ("-O", "staticroutes", "-O", "mtu", "-O", "hostname")
        self.run(
            "busybox", "udhcpc", "-fqn", "-i", "eth0", "-t", "4", "-T", "1", "-s", str(script), *options, check=False
        )
        lines = result.read_text().splitlines() if result.exists() else []
        return dict(line.split("=", 1) for line in lines if "=" in line)
