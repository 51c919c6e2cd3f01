"""The checks, one machine after the other: each machine is made up by replacing what the check asks."""

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacklab.host.doctor import CHECKS, Check, State, Subject, diagnose, guests, networks, node
from stacklab.host.doctor.finding import Finding, broken, missing, present
from stacklab.host.hypervisor import account, probe
from stacklab.host.hypervisor.account import Account
from stacklab.host.hypervisor.probe import Accelerator
from stacklab.host.network import sysctl
from tests.support.folders import passable_folder


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    return Subject(tmp_path / "not" / "yet", "127.0.0.1:0", tmp_path / "guest.qcow2")


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    for module in (guests, networks):
        monkeypatch.setattr(module, "find", lambda _program: None)
        monkeypatch.setattr(module.importlib.util, "find_spec", lambda _name: None)


@pytest.mark.usefixtures("nothing_installed")
def test_ordinary_user_is_told_the_command_with_sudo(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert networks.dnsmasq(subject).mend == "sudo apt-get install dnsmasq-base"
    assert node.port(Subject(subject.state, "8080", subject.guest_image)).mend == ""


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.parametrize(
    ("look", "mend"),
    [
        (guests.qemu, "apt-get install qemu-system-x86 qemu-utils"),
        (guests.kvm, "apt-get install qemu-system-x86 qemu-utils"),
        (guests.libvirt_embed, "make install"),
        (guests.guest_image, "make install"),
        (networks.nftables, "apt-get install nftables"),
        (networks.netlink, "make install"),
        (networks.dnsmasq, "apt-get install dnsmasq-base"),
    ],
)
def test_bare_machine_is_told_the_command(subject: Subject, look: object, mend: str) -> None:
    assert callable(look)
    finding = look(subject)
    assert (finding.state, finding.mend) == (State.MISSING, mend)


def test_kvm_that_boots_nothing_is_broken(subject: Subject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    device = tmp_path / "kvm"
    device.touch()
    monkeypatch.setattr(guests, "find", lambda program: program)
    monkeypatch.setattr(account, "KVM_DEVICE", device)
    monkeypatch.setattr(probe, "best_accelerator", lambda: Accelerator("tcg", "no guest booted"))
    assert guests.kvm(subject) == broken("no guest booted")
    monkeypatch.setattr(probe, "best_accelerator", lambda: Accelerator("kvm", "a guest booted"))
    assert guests.kvm(subject) == present("a guest booted")


@pytest.mark.parametrize(("content", "state"), [(b"QFI\xfb and more", State.PRESENT), (b"<html>", State.BROKEN)])
def test_guest_image_is_looked_into(subject: Subject, content: bytes, state: State) -> None:
    subject.guest_image.write_bytes(content)
    assert guests.guest_image(subject).state is state


def test_firewall_feature_the_kernel_lacks_is_named(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    def kernel(*command: str, feed: str | None = None) -> tuple[bool, str]:
        return ("masquerade" not in (feed or ""), "Error: Could not process rule" if feed else command[0])

    monkeypatch.setattr(networks, "find", lambda program: program)
    monkeypatch.setattr(networks, "ask", kernel)
    assert networks.nftables(subject) == broken("no masquerading: Error: Could not process rule")


@pytest.mark.parametrize(
    ("switch", "module", "state"),
    [("1", True, State.PRESENT), (None, True, State.MISSING), (None, False, State.BROKEN)],
)
def test_bridge_filter_loaded_loadable_or_absent(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, switch: str | None, module: bool, state: State
) -> None:
    monkeypatch.setattr(sysctl, "read", lambda _name: switch)
    monkeypatch.setattr(networks, "find", lambda program: program)
    monkeypatch.setattr(networks, "ask", lambda *_command: (module, ""))
    assert networks.br_netfilter(subject).state is state


def test_ordinary_user_is_told_that_guests_would_be_simulated(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert node.privileges(subject).state is State.MISSING


def test_disk_space_is_that_of_the_nearest_directory(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    assert node.disk_space(subject).detail.endswith(f"free for {subject.state}")
    monkeypatch.setattr(node, "ROOM_GIB", 1e12)
    assert node.disk_space(subject).state is State.BROKEN


class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Quiet: pytest's output is for failures."""


@pytest.fixture
def stacklab_running() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Healthy) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_port_of_a_running_stacklab_is_no_fault(stacklab_running: str, tmp_path: Path) -> None:
    finding = node.port(Subject(tmp_path, stacklab_running, tmp_path))
    assert finding == present(f"{stacklab_running} is served by a running StackLab")


def test_port_of_a_stranger_is_broken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        listen = f"127.0.0.1:{stranger.getsockname()[1]}"
        assert node.port(Subject(tmp_path, listen, tmp_path)).state is State.BROKEN
    assert node.port(Subject(tmp_path, listen, tmp_path)) == present(f"{listen} is free")


@pytest.mark.parametrize("listen", ["8080", "host:port", ":8080", "127.0.0.1:99999"])
def test_port_that_is_none_is_broken(tmp_path: Path, listen: str) -> None:
    assert node.port(Subject(tmp_path, listen, tmp_path)).state is State.BROKEN


def test_only_what_is_needed_fails(subject: Subject) -> None:
    def trips(_subject: Subject) -> Finding:
        raise PermissionError(13, "Permission denied")

    checks = [
        Check("fine", lambda _: present("here")),
        Check("spare", lambda _: missing("not here", "get it"), needed=False),
        Check("needed", lambda _: missing("not here", "get it")),
        Check("trips", trips),
    ]
    found = diagnose(subject, checks)
    assert [diagnosis.check.name for diagnosis in found if diagnosis.fails] == ["needed", "trips"]
    assert "Permission denied" in found[-1].finding.detail


@pytest.mark.host
def test_this_machine_can_run_real_guests() -> None:
    """The machine the suite runs on was set up by `make install`, so every check that tries something succeeds."""
    machine = [check for check in CHECKS if check.name not in ("port", "guest image")]
    with passable_folder() as folder:
        subject = Subject(folder / "not" / "yet", "127.0.0.1:0", folder / "guest.qcow2")
        assert [d for d in diagnose(subject, machine) if d.fails] == []


@pytest.mark.host
def test_a_state_directory_that_guests_cannot_reach_is_broken(subject: Subject) -> None:
    """pytest's folders are root's only, and guests are not root's."""
    finding = guests.guest_account(subject)
    assert finding.state is State.BROKEN
    assert finding.mend == f"chmod o+x {finding.detail.rpartition(' ')[2]}"


@pytest.mark.usefixtures("nothing_installed")
def test_without_an_account_guests_would_be_roots(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "guest_account", lambda: Account("root", 0, 0, 0, (0,)))
    assert guests.guest_account(subject) == missing(
        "guests run as root, which is unsafe: none of the users libvirt-qemu, qemu exists here",
        "apt-get install libvirt-daemon-system",
    )
