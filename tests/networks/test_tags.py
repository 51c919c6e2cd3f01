"""Tags on every kind of resource that has them, and the lists filtered by them."""

from typing import Any

import pytest

from stacklab.core.db.database import rows

V = "/network/v2.0"


@pytest.mark.parametrize("collection", ["ports", "security-groups", "floatingips", "networks", "subnets"])
def test_put_show_remove(cloud: Any, refused: Any, collection: str) -> None:
    persona = "admin" if collection in ("networks", "subnets") else "member"
    one = cloud.list(collection)[0] if persona == "admin" else cloud.make(collection, **_named(collection))
    url = f"{V}/{collection}/{one['id']}/tags"
    assert cloud.api.put(url, persona, {"tags": ["red", "blue", "red"]}).json == {"tags": ["blue", "red"]}
    assert cloud.api.put(f"{url}/green", persona).status == 201
    assert cloud.api.get(url, persona).json == {"tags": ["blue", "green", "red"]}
    assert cloud.list(collection, f"id={one['id']}", persona)[0]["tags"] == ["blue", "green", "red"]
    assert cloud.list(collection, f"id={one['id']}", persona)[0]["revision_number"] == 3
    assert cloud.api.get(f"{url}/red", persona).status == 204
    assert cloud.api.delete(f"{url}/red", persona).status == 204
    refused(cloud.api.get(f"{url}/red", persona), 404, "TagNotFound")
    refused(cloud.api.delete(f"{url}/red", persona), 404, "TagNotFound")
    assert cloud.api.delete(url, persona).status == 204
    assert cloud.api.get(url, persona).json == {"tags": []}


def _named(collection: str) -> dict[str, str]:
    return {"name": "g"} if collection == "security-groups" else {}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tags=red", ["a", "b"]),
        ("tags=red,blue", ["a"]),
        ("tags-any=red,blue", ["a", "b", "c"]),
        ("not-tags=red,blue", ["b", "c", "d"]),
        ("not-tags-any=red,blue", ["d"]),
        ("tags=red&not-tags=blue", ["b"]),
    ],
)
def test_filters(cloud: Any, query: str, found: list[str]) -> None:
    for name, tags in {"a": ["red", "blue"], "b": ["red"], "c": ["blue"], "d": []}.items():
        cloud.api.put(f"{V}/ports/{cloud.make('ports', name=name)['id']}/tags", "member", {"tags": tags})
    assert sorted(each["name"] for each in cloud.list("ports", query)) == found


def test_bad_tags(cloud: Any, refused: Any) -> None:
    url = f"{V}/ports/{cloud.make('ports')['id']}/tags"
    refused(cloud.api.put(url, "member", {"tags": ["t" * 61]}), 400, "HTTPBadRequest")
    refused(cloud.api.put(url, "member", {"tags": ["a,b"]}), 400, "HTTPBadRequest")
    refused(cloud.api.put(f"{url}/{'t' * 61}", "member"), 400, "HTTPBadRequest")
    refused(cloud.api.put(url, "member", {"tags": [str(n) for n in range(51)]}), 400, "HTTPBadRequest")
    assert cloud.api.get(url, "member").json == {"tags": []}


def test_rules_have_no_tags(cloud: Any, refused: Any) -> None:
    rule = cloud.list("security-groups")[0]["security_group_rules"][0]["id"]
    refused(cloud.api.get(f"{V}/security-group-rules/{rule}/tags", "member"), 404, "HTTPNotFound")


def test_a_deleted_resource_leaves_no_tags(cloud: Any) -> None:
    port = cloud.make("ports")["id"]
    cloud.api.put(f"{V}/ports/{port}/tags/red", "member")
    cloud.api.delete(f"{V}/ports/{port}", "member")
    assert rows("SELECT tag FROM network_tags") == []
