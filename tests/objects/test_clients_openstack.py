"""The `openstack` command's nouns of the object store, unmodified, against a node."""

import json
from pathlib import Path
from typing import Any

from tests.support.commands import Run


def test_a_container_and_its_objects(openstack: Run, tmp_path: Path) -> None:
    def told(*words: str) -> Any:
        return json.loads(openstack(*words, "-f", "json"))

    (tmp_path / "one.txt").write_bytes(b"one")
    (made,) = told("container", "create", "by-command", "--public")
    assert made["container"] == "by-command"
    (put,) = told("object", "create", "by-command", "one.txt", "--name", "deep/one.txt")
    assert put == {"object": "deep/one.txt", "container": "by-command", "etag": "f97c5d29941bfb1b2fdab0874906ab82"}
    openstack("object", "set", "by-command", "deep/one.txt", "--property", "Colour=red")
    shown = told("object", "show", "by-command", "deep/one.txt")
    assert shown["properties"] == {"Colour": "red"}
    assert (shown["content-length"], shown["content-type"]) == ("3", "text/plain")
    openstack("object", "unset", "by-command", "deep/one.txt", "--property", "Colour")
    assert "properties" not in told("object", "show", "by-command", "deep/one.txt")
    assert [row["Name"] for row in told("object", "list", "by-command", "--prefix", "deep/")] == ["deep/one.txt"]
    openstack("object", "save", "by-command", "deep/one.txt", "--file", "back")
    assert (tmp_path / "back").read_bytes() == b"one"
    openstack("container", "set", "by-command", "--property", "Owner=me")
    shown = told("container", "show", "by-command")
    assert (shown["object_count"], shown["bytes_used"], shown["read_acl"]) == ("1", "3", ".r:*,.rlistings")
    assert shown["properties"] == {"Owner": "me"}
    (row,) = [row for row in told("container", "list", "--long") if row["Name"] == "by-command"]
    assert (row["Count"], row["Bytes"]) == (1, 3)
    openstack("container", "save", "by-command")
    assert (tmp_path / "deep" / "one.txt").read_bytes() == b"one"
    openstack("object", "store", "account", "set", "--property", "Place=here")
    account = told("object", "store", "account", "show")
    assert account["properties"]["Place"] == "here"
    assert account["Containers"] == "1"
    openstack("object", "delete", "by-command", "deep/one.txt")
    openstack("container", "delete", "by-command")
    assert told("container", "list") == []
