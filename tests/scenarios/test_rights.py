"""What a guest that breaks out finds: a user without rights, on a machine whose secrets it cannot read."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacklab.host.hypervisor.account import guest_account
from tests.support.client import until
from tests.support.node import Node

pytestmark = pytest.mark.host

OPEN_TO_ALL = {".": 0o1, "network": 0o1, "network/dnsmasq": 0o1}
"""What others may do: pass through. And read dnsmasq's files, which have no secrets."""

SECRETS = ("stacklab.db", "stacklab.db-wal", "clouds.yaml", "keys/token-signing.pem", "web/sessions.db")


class Rights:
    """rwx as a number of three bits, of an account; of nobody in particular where none is given."""

    def __init__(self, uid: int = -1, groups: tuple[int, ...] = ()) -> None:
        self._uid, self._groups = uid, groups

    def __call__(self, found: os.stat_result) -> int:
        shift = 6 if found.st_uid == self._uid else 3 if found.st_gid in self._groups else 0
        return found.st_mode >> shift & 7


def within_reach(folder: Path, rights_of: Rights) -> Iterator[tuple[Path, int]]:
    """(path, rights) of all that somebody with these rights can do anything with, found by passing through folders."""
    rights = rights_of(folder.lstat())
    if rights:
        yield folder, rights
    if rights & 1:
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                yield from within_reach(path, rights_of)
            elif found := rights_of(path.lstat()):
                yield path, found


@pytest.fixture(scope="module")
def server(cloud: Node) -> Iterator[str]:
    """A running guest with a config drive."""
    client = cloud.admin("2.37")
    body = {
        "name": "inmate",
        "imageRef": client.one("/image/v2/images", "images", "stacklab-guest"),
        "flavorRef": client.one("/compute/v2.1/flavors", "flavors", "lab.nano"),
        "networks": "auto",
        "config_drive": True,
    }
    made: str = client.post("/compute/v2.1/servers", {"server": body})["server"]["id"]
    path = f"/compute/v2.1/servers/{made}"
    until("the guest to run", lambda: client.get(path)["server"]["status"] == "ACTIVE", 60)
    yield made
    client.delete(path)
    until("the guest to be gone", lambda: client.raw("GET", path)[0] == 404, 60)


def test_others_reach_nothing_but_what_dnsmasq_reads(cloud: Node, server: str) -> None:
    assert (cloud.state / "disks" / "servers" / server / "config.iso").exists()
    found = {str(path.relative_to(cloud.state)): rights & 7 for path, rights in within_reach(cloud.state, Rights())}
    files = {path: rights for path, rights in found.items() if path not in OPEN_TO_ALL}
    assert {path: found[path] for path in found.keys() - files.keys()} == OPEN_TO_ALL
    assert {os.path.dirname(path) for path in files} == {"network/dnsmasq"}
    assert set(files.values()) == {stat.S_IROTH}


def test_the_guests_account_reaches_no_secret(cloud: Node, server: str) -> None:
    account = guest_account()
    found = within_reach(cloud.state, Rights(account.uid, account.groups))
    reached = {str(path.relative_to(cloud.state)) for path, _rights in found}
    assert f"disks/servers/{server}/root.qcow2" in reached
    assert not reached & set(SECRETS)
    assert all((cloud.state / secret).exists() for secret in SECRETS)
    assert {path.split("/")[0] for path in reached} <= {".", "disks", "libvirt", "network"}


def test_nothing_of_a_guest_or_a_network_runs_as_root(cloud: Node, server: str) -> None:
    account = guest_account()
    guests = processes(f"guest=sl-{server}")
    servers = processes(f"--pid-file={cloud.state}/network/dnsmasq/")
    assert len(guests) == 1
    assert servers
    assert account.uid != 0
    assert {user for process in guests for user in users(process)} == {account.uid}
    assert 0 not in {user for process in servers for user in users(process)}


def processes(word: str) -> list[Path]:
    """The /proc folders of the living processes with this text in their command line, ours aside."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if int(process.name) != os.getpid() and word in (process / "cmdline").read_text(errors="replace"):
                found.append(process)
        except OSError:
            continue
    return found


def users(process: Path) -> list[int]:
    """Real, effective, saved and file-system user ids."""
    [line] = [line for line in (process / "status").read_text().splitlines() if line.startswith("Uid:")]
    return [int(word) for word in line.split()[1:]]
