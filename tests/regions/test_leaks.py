"""A region's node holds no password hash, no key that signs tokens, and nothing of another region: its database, its
files and its memory are dumped and looked through.
"""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.client import until
from tests.support.regions import PASSWORD, Site, status
from tests.support.usage import query


def secrets_of(site: Site) -> dict[str, bytes]:
    """What must be nowhere, by name."""
    keys = site.home.state / "keys"
    found = {f"file {path.name}": path.read_bytes() for path in keys.iterdir()}
    hashes = query(site.home.state, "SELECT password FROM identity_users WHERE password IS NOT NULL")
    assert len(hashes) > 2
    found |= {f"hash {number}": row[0].encode() for number, row in enumerate(hashes)}
    nodes = query(site.home.state, "SELECT id, name, address, public_key FROM regions_nodes WHERE name <> 'Lent'")
    assert nodes
    for row in nodes:
        found |= {
            f"{row[1]}'s {what}": value.encode()
            for what, value in zip(("id", "name", "address", "key"), row, strict=True)
        }
    found["the password"] = PASSWORD.encode()
    return found


def dump(state: Path) -> bytes:
    with closing(sqlite3.connect(state / "stacklab.db")) as database:
        return "\n".join(database.iterdump()).encode()


def files(state: Path) -> bytes:
    return b"\n".join(
        path.read_bytes() for path in sorted(state.rglob("*")) if path.is_file() and path.name != "blank.img"
    )


def memory(process: int) -> bytes:
    """Every writable page of a process."""
    found = []
    with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", 0) as mem:
        for line in maps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if match:
                start, end = (int(text, 16) for text in match.groups())
                mem.seek(start)
                try:
                    found.append(mem.read(end - start))
                except OSError:
                    continue  # [vvar] and its like
    return b"".join(found)


def test_a_region_holds_nothing_it_could_leak(three: Site) -> None:
    lent, trusted = three.members["Lent"], three.members["Northwind"]
    project = three.newcomer("ana@example.org")
    other = three.newcomer("bob@example.org")
    token, _ = three.login("ana@example.org", project, "Lent")
    elsewhere, body = three.login("bob@example.org", other)
    assert status(lent.client(token), "GET", "/compute/v2.1/servers") == 200
    assert status(lent.client(elsewhere), "GET", "/compute/v2.1/servers") == 401
    assert status(trusted.client(elsewhere), "GET", "/compute/v2.1/servers") == 200
    three.admin.call("PATCH", f"/identity/v3/users/{body['user']['id']}", {"user": {"enabled": False}})
    until("the feed to be read", lambda: lent.health()["feed"]["entry"] == trusted.health()["feed"]["entry"] > 0)
    forbidden = secrets_of(three)
    held = {"database": dump(lent.state), "files": files(lent.state)}
    held["memory"] = memory(lent.process.pid) if lent.process else b""
    assert len(held["memory"]) > 10 << 20
    for place, content in held.items():
        for what, secret in forbidden.items():
            assert secret not in content, f"{what} is in the {place} of a region"
    # Whom the feed spoke of is told to nobody who has not met them. (Memory: the token itself was shown to it.)
    for who in (body["user"]["id"], other):
        assert who.encode() not in held["database"] + held["files"]
        assert who.encode() in dump(trusted.state)
    tables = {name for (name,) in query(lent.state, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert not {name for name in tables if name.startswith("identity_")}
    assert sorted(path.name for path in (lent.state / "keys").iterdir()) == ["node.key"]


@pytest.mark.parametrize("region", ["Lent", "Northwind"])
def test_the_nodes_own_key_is_its_owners_only(three: Site, region: str) -> None:
    file = three.members[region].state / "keys" / "node.key"
    assert file.stat().st_mode & 0o777 == 0o600
