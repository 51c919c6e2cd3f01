"""libvirt inside this process: its event loop, its configuration, and the connection to its embedded driver.

A root directory serves one process at a time, and a process one root directory for life: libvirt refuses a second.
"""

import threading
from pathlib import Path

import libvirt

from stacklab.core import log
from stacklab.host.hypervisor.account import Account, guest_account
from stacklab.host.hypervisor.embed.leftovers import end_questioned
from stacklab.host.hypervisor.spec import HypervisorError

_log = log.get(__name__)

_CONFIGURATION = """\
# Written by StackLab at every start.
stdio_handler = "file"
remember_owner = 0
security_driver = "none"
dynamic_ownership = 0
user = "+{uid}"
group = "+{gid}"
namespaces = []
vnc_listen = "127.0.0.1"
"""

_loop_lock = threading.Lock()
_loop_runs = False


def ensure_event_loop() -> None:
    """Start libvirt's event loop in a thread of its own, once a process: it can neither be stopped nor replaced."""
    global _loop_runs
    with _loop_lock:
        if _loop_runs:
            return
        libvirt.virEventRegisterDefaultImpl()
        libvirt.registerErrorHandler(_silence, None)
        threading.Thread(target=_run_event_loop, name="libvirt-events", daemon=True).start()
        _loop_runs = True


def open_embedded(root: Path, uri: str | None = None, account: Account | None = None) -> libvirt.virConnect:
    """Open `qemu:///embed` on this root (or `uri`). HypervisorError when another process has it, or libvirt cannot.

    QEMU runs as `account`: the one this machine has for it, unless given.
    """
    ensure_event_loop()
    _prepare(root, account or guest_account())
    try:
        connection = libvirt.open(uri or f"qemu:///embed?root={root}")
        connection.getCapabilities()  # makes libvirt ask the QEMU binaries now; it keeps the answers on disk
    except libvirt.libvirtError as error:
        message = error.get_error_message() or str(error)
        if "driver.pid" in message:
            raise HypervisorError("Another stacklab process is running on this state directory.") from error
        raise HypervisorError(f"libvirt's embedded QEMU driver cannot be opened: {message}") from error
    end_questioned(root)
    return connection


def _prepare(root: Path, account: Account) -> None:
    """The configuration, and a way for QEMU to its monitor sockets, which libvirt keeps below `lib/qemu`."""
    for way in (root, root / "lib", root / "lib" / "qemu"):
        way.mkdir(parents=True, exist_ok=True)
        account.lend_way(way)
    configuration = root / "etc" / "qemu.conf"
    configuration.parent.mkdir(exist_ok=True)
    configuration.write_text(_CONFIGURATION.format(uid=account.uid, gid=account.process_gid))


def _run_event_loop() -> None:
    while True:
        try:
            libvirt.virEventRunDefaultImpl()
        except libvirt.libvirtError:
            _log.exception("libvirt's event loop stumbled")


def _silence(_context: object, _error: object) -> None:
    """libvirt prints every error to stderr unless told otherwise; each is raised as an exception anyway."""
