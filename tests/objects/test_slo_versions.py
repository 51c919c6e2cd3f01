"""Manifests in a container that keeps versions: each version is deleted with the segments it names, and no others."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.object_lab import ObjectLab


@pytest.fixture
def lab(database: Callable[..., None], tmp_path: Path) -> Iterator[ObjectLab]:
    database("stacklab.objects")
    made = ObjectLab(tmp_path)
    made.put("parts")
    made.put("v", x_versions_enabled="true")
    yield made
    made.require_whole()


def large(lab: ObjectLab, *parts: str) -> str:
    """The version's id."""
    for part in parts:
        lab.put(f"parts/{part}", part.encode())
    manifest = json.dumps([{"path": f"/parts/{part}"} for part in parts]).encode()
    return lab.put("v/large?multipart-manifest=put", manifest).headers["x-object-version-id"]


def names(lab: ObjectLab, container: str) -> list[str]:
    return [row["name"] for row in lab.listed(container)]


def test_an_older_version_goes_with_its_own_segments(lab: ObjectLab) -> None:
    old, new = large(lab, "a", "b"), large(lab, "c", "d")
    answer = lab.ask(
        "DELETE", f"v/large?multipart-manifest=delete&version-id={old}", b"", "member", accept="application/json"
    )
    assert answer.json["Number Deleted"] == 3
    assert names(lab, "parts") == ["c", "d"]
    assert [row["version_id"] for row in lab.listed("v?versions")] == [new]
    assert lab.get("v/large") == b"cd"
    assert lab.ask("GET", f"v/large?version-id={old}").status == 404


def test_later_too(lab: ObjectLab) -> None:
    old = large(lab, "a", "b")
    lab.put("v/large", b"plain")
    answer = lab.ask("DELETE", f"v/large?multipart-manifest=delete&async=on&version-id={old}")
    assert answer.status == 204
    assert names(lab, "parts") == []
    assert lab.get("v/large") == b"plain"


@pytest.mark.parametrize(
    ("version_id", "told"),
    [
        ("1000000000.00000", {"Number Not Found": 1, "Errors": []}),
        ("null", {"Number Not Found": 1, "Errors": []}),
    ],
)
def test_a_version_there_is_not(lab: ObjectLab, version_id: str, told: dict[str, object]) -> None:
    large(lab, "a")
    path = f"v/large?multipart-manifest=delete&version-id={version_id}"
    answer = lab.ask("DELETE", path, b"", "member", accept="application/json")
    assert {name: answer.json[name] for name in told} == told
    assert names(lab, "parts") == ["a"]


def test_a_manifest_is_no_version_where_there_are_none(lab: ObjectLab) -> None:
    lab.put("c")
    lab.put("parts/a", b"a")
    answer = lab.ask("PUT", "c/large?multipart-manifest=put&version-id=x", b'[{"path": "/parts/a"}]')
    assert (answer.status, answer.raw) == (400, b"version-aware operations require that the container is versioned")
