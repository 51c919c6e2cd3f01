"""The guest image booted by QEMU alone, without the project's own drivers: what the image tests look at."""

import json
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stacklab.host.guest import build, cache_dir
from tests.support.ports import free_port

TRACE = re.compile(r"stacklab-guest: \[(?P<seconds>[\d.]+)\] (?P<step>\S+) ?(?P<detail>.*)")
USER_DATA = "#!/bin/sh\necho seen by $(id -un) >/var/lib/user-data-ran\necho hello from user-data\n"


class Guest:
    """A running guest: its console as it is written, and commands in it by SSH."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, key: Path, monitor: Path) -> None:
        self.process, self._port, self._key, self._monitor = process, port, key, monitor
        self.console = ""

    def wait_for(self, pattern: str, seconds: float) -> re.Match[str]:
        """Read the console until the pattern appears in it; AssertionError with the console when it never does."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ)
            while not (found := re.search(pattern, self.console)):
                left = deadline - time.monotonic()
                assert left > 0, f"no {pattern!r} on the console:\n{self.console}"
                if ready.select(left):
                    chunk = self.process.stdout.read1(65536)  # type: ignore[attr-defined]  # stdout is a BufferedReader
                    assert chunk, f"the guest is gone:\n{self.console}"
                    self.console += chunk.decode(errors="replace").replace("\r", "")
        return found

    def trace(self) -> dict[str, tuple[float, str]]:
        """The boot trace so far: step → (seconds, detail)."""
        return {m["step"]: (float(m["seconds"]), m["detail"]) for m in TRACE.finditer(self.console)}

    def monitor(self, *commands: str) -> None:
        """Tell QEMU something, as a person at its monitor would."""
        with socket.socket(socket.AF_UNIX) as line, line.makefile("rwb", buffering=0) as talk:
            line.connect(str(self._monitor))
            talk.write("".join(f"{command}\n" for command in commands).encode())
            said = b""
            while said.count(b"(qemu)") <= len(commands):
                said += talk.read(4096) or b"(qemu)"
        assert b"Error" not in said, said.decode()

    def ssh(self, command: str) -> str:
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"]
        words = ["ssh", "-p", str(self._port), "-i", str(self._key), *(f"-o{option}" for option in options)]
        done = subprocess.run(
            [*words, "lab@127.0.0.1", command], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stderr}\n{self.console}"
        return done.stdout.strip()


@contextmanager
def booted(work: Path, key: Path, *extra: str, network: str = "") -> Iterator[Guest]:
    """A guest of 128 MB and 1 GB that has booted; `extra` are more words for QEMU, `network` more of its -netdev."""
    disk, monitor, port = _overlay(work), work / "monitor", free_port()
    command = [
        *("qemu-system-x86_64", "-machine", "pc", "-accel", "tcg,tb-size=64", "-m", "128", "-display", "none"),
        *("-nodefaults", "-serial", "stdio", "-device", "virtio-rng-pci"),
        *("-monitor", f"unix:{monitor},server=on,wait=off"),
        *("-drive", f"file={disk},if=virtio,format=qcow2,cache=unsafe"),
        *("-netdev", f"user,id=n,hostfwd=tcp:127.0.0.1:{port}-:22{network}"),
        *("-device", "virtio-net-pci,netdev=n,romfile=", *extra),
    ]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        guest = Guest(process, port, key, monitor)
        try:
            guest.wait_for("boot finished", 120)
            yield guest
        finally:
            process.kill()


def make_key(work: Path) -> Path:
    """A key pair: the private file is returned, the public one lies beside it with `.pub`."""
    key = work / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tester", "-f", key], check=True)
    return key


def meta_data(key: Path) -> bytes:
    """meta_data.json as OpenStack writes it, with what has misled simpler readers."""
    public = key.with_suffix(".pub").read_text()
    document = {
        "uuid": "7d6f2c1e-0000-4000-8000-000000000001",
        "meta": {"hostname": 'not "this" one', "list": "a,b"},
        "hostname": "first-guest.stacklab.test",
        "public_keys": {"tester": public},
        "keys": [{"name": "tester", "type": "ssh", "data": public}],
    }
    return json.dumps(document).encode()


def config_drive(work: Path, key: Path) -> tuple[str, ...]:
    """The words that give QEMU a config drive."""
    latest = work / "drive/openstack/latest"
    latest.mkdir(parents=True)
    (latest / "meta_data.json").write_bytes(meta_data(key))
    (latest / "user_data").write_text(USER_DATA)
    image = work / "drive.iso"
    subprocess.run(["genisoimage", "-quiet", "-J", "-R", "-V", "config-2", "-o", image, work / "drive"], check=True)
    return "-drive", f"file={image},if=ide,media=cdrom,format=raw,readonly=on"


def metadata_network(port: int) -> str:
    """The end of a -netdev: a range with 169.254.169.254 in it, whose port 80 is our loopback's `port`."""
    relay = Path(__file__).with_name("relay.py")
    return f",net=169.254.169.0/24,guestfwd=tcp:169.254.169.254:80-cmd:{sys.executable} {relay} {port}"


def _overlay(work: Path) -> Path:
    disk, image = work / "disk.qcow2", build.ensure(cache_dir(), print)
    command = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(image), "-F", "qcow2", str(disk), "1G"]
    subprocess.run(command, check=True)
    return disk
