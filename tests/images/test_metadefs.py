"""Metadata definitions: what is shown, replaced, refused and listed."""

from typing import Any

import pytest

from stacklab.images.metadefs.documents import DOCUMENTS
from tests.support.api import OTHER, PERSONAS, Answer
from tests.support.images import ImageLab

SPACES = "/image/v2/metadefs/namespaces"
WHOLE: dict[str, Any] = {
    "namespace": "CPU",
    "display_name": "Processors",
    "description": "What a processor can be asked for",
    "visibility": "public",
    "resource_type_associations": [{"name": "OS::Nova::Flavor", "prefix": "hw:"}, {"name": "OS::Own::Thing"}],
    "properties": {"cores": {"title": "Cores", "type": "integer", "minimum": 1}},
    "objects": [
        {
            "name": "limits",
            "description": "Shares",
            "required": ["shares"],
            "properties": {"shares": {"title": "Shares", "type": "string", "enum": ["a", "b"]}},
        }
    ],
    "tags": [{"name": "fast"}],
}


def make(lab: ImageLab, persona: str = "admin", **body: Any) -> Answer:
    return lab.api.post(SPACES, persona, {"namespace": "CPU", "visibility": "public", **body})


def test_a_namespace_comes_with_all_that_is_in_it(lab: ImageLab) -> None:
    made = lab.api.post(SPACES, "admin", WHOLE)
    assert made.status == 201, made.raw
    assert made.headers["location"] == "http://cloud.test/image/v2/metadefs/namespaces/CPU"
    shown = lab.api.get(f"{SPACES}/CPU", "member").json
    assert shown == made.json
    assert {name: shown[name] for name in ("display_name", "description", "visibility", "properties", "tags")} == {
        name: WHOLE[name] for name in ("display_name", "description", "visibility", "properties", "tags")
    }
    assert (shown["protected"], shown["owner"]) == (False, PERSONAS["admin"].project_id)
    assert (shown["self"], shown["schema"]) == ("/v2/metadefs/namespaces/CPU", "/v2/schemas/metadefs/namespace")
    assert shown["objects"][0]["self"] == "/v2/metadefs/namespaces/CPU/objects/limits"
    assert [one["name"] for one in shown["resource_type_associations"]] == ["OS::Nova::Flavor", "OS::Own::Thing"]
    types = lab.api.get("/image/v2/metadefs/resource_types", "reader").json["resource_types"]
    assert {"OS::Own::Thing", "OS::Glance::Image"} <= {one["name"] for one in types}


def test_a_namespace_may_be_called_anything(lab: ImageLab) -> None:
    for name, quoted in (
        ("处理器", "%E5%A4%84%E7%90%86%E5%99%A8"),
        ("\N{ROCKET}\r\nx: y", "%F0%9F%9A%80%0D%0Ax:%20y"),
    ):
        made = make(lab, namespace=name)
        assert made.headers["location"] == f"http://cloud.test/image/v2/metadefs/namespaces/{quoted}"
        assert lab.api.get(f"{SPACES}/{quoted}", "member").json["namespace"] == name


def test_an_object_says_that_it_has_no_properties(lab: ImageLab) -> None:
    make(lab, objects=[{"name": "bare"}])
    shown = lab.api.get(f"{SPACES}/CPU/objects/bare", "member").json
    assert (shown["properties"], shown["required"]) == ({}, [])


def test_names_take_the_prefix_of_a_resource_type(lab: ImageLab) -> None:
    lab.api.post(SPACES, "admin", WHOLE)
    shown = lab.api.get(f"{SPACES}/CPU?resource_type=OS::Nova::Flavor", "member").json
    assert list(shown["properties"]) == ["hw:cores"]
    assert shown["objects"][0]["required"] == ["hw:shares"]
    assert list(shown["objects"][0]["properties"]) == ["hw:shares"]
    one = f"{SPACES}/CPU/properties/hw:cores"
    assert lab.api.get(f"{one}?resource_type=OS::Nova::Flavor", "member").json["name"] == "cores"
    assert lab.api.get(one, "member").status == 404
    assert lab.api.get(f"{SPACES}/CPU/properties/cores?resource_type=OS::Nova::Flavor", "member").status == 404


def test_put_replaces_what_is_said_of_a_namespace(lab: ImageLab) -> None:
    lab.api.post(SPACES, "admin", WHOLE)
    put = lab.api.put(f"{SPACES}/CPU", "admin", {"namespace": "Processor"})
    assert put.status == 200
    assert "display_name" not in put.json
    assert put.json["visibility"] == "private"
    assert lab.api.get(f"{SPACES}/CPU", "admin").status == 404
    assert lab.api.get(f"{SPACES}/Processor", "admin").json["tags"] == [{"name": "fast"}]
    assert make(lab).status == 201
    assert lab.api.put(f"{SPACES}/CPU", "admin", {"namespace": "Processor"}).status == 409


def test_a_namespace_is_unique_and_private_ones_are_their_owners(lab: ImageLab) -> None:
    assert make(lab).status == 201
    assert make(lab).status == 409
    mine = PERSONAS["member"].project_id
    assert make(lab, namespace="Own", visibility="private", owner=mine).status == 201
    assert make(lab, namespace="Theirs", visibility="private", owner=OTHER).status == 201

    def seen(persona: str, query: str = "") -> list[str]:
        page = lab.api.get(f"{SPACES}{query}", persona).json
        return sorted(one["namespace"] for one in page["namespaces"])

    assert seen("member") == ["CPU", "Own"]
    assert seen("other") == ["CPU", "Theirs"]
    assert seen("admin") == ["CPU", "Own", "Theirs"]
    assert seen("admin", "?visibility=private") == ["Own", "Theirs"]
    assert lab.api.get(f"{SPACES}/Theirs", "member").status == 404
    assert lab.api.delete(f"{SPACES}/Theirs", "member").status == 404
    assert lab.api.delete(f"{SPACES}/Own", "member").status == 403


def test_protected_means_nothing_in_it_goes(lab: ImageLab) -> None:
    lab.api.post(SPACES, "admin", {**WHOLE, "protected": True})
    space = f"{SPACES}/CPU"
    for path in ("", "/objects", "/objects/limits", "/properties", "/properties/cores", "/tags", "/tags/fast",
                 "/resource_types/OS::Nova::Flavor"):  # fmt: skip
        assert lab.api.delete(space + path, "admin").status == 403, path
    lab.api.put(space, "admin", {"namespace": "CPU"})
    for path in ("/objects/limits", "/properties/cores", "/tags/fast", "/resource_types/OS::Nova::Flavor", ""):
        assert lab.api.delete(space + path, "admin").status == 204, path
        assert lab.api.delete(space + path, "admin").status == 404, path


PARTS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("objects", "objects", {"name": "a", "description": "d", "required": ["x"]}, {"name": "b"}),
    ("properties", "properties", {"name": "a", "title": "A", "type": "string"},
     {"name": "b", "title": "B", "type": "array", "items": {"type": "integer"}}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "key", "first", "second"), PARTS)
def test_the_life_of_a_part(lab: ImageLab, path: str, key: str, first: dict[str, Any], second: dict[str, Any]) -> None:
    make(lab)
    all_of = f"{SPACES}/CPU/{path}"
    made = lab.api.post(all_of, "admin", first)
    assert made.status == 201
    assert made.json.items() >= first.items()
    assert lab.api.post(all_of, "admin", first).status == 409
    assert lab.api.post(all_of, "admin", second).status == 201
    assert len(lab.api.get(all_of, "reader").json[key]) == 2
    assert lab.api.put(f"{all_of}/a", "admin", second).status == 409
    renamed = lab.api.put(f"{all_of}/a", "admin", {**first, "name": "c"})
    assert (renamed.status, renamed.json["name"]) == (200, "c")
    assert lab.api.get(f"{all_of}/a", "reader").status == 404
    assert lab.api.get(f"{all_of}/c", "reader").json.items() >= renamed.json.items()
    assert lab.api.delete(all_of, "admin").status == 204
    assert not lab.api.get(all_of, "reader").json[key]


def test_tags_one_by_one_many_at_once_and_in_pages(lab: ImageLab) -> None:
    make(lab)
    tags = f"{SPACES}/CPU/tags"
    assert lab.api.post(f"{tags}/one", "admin").status == 201
    again = lab.api.post(f"{tags}/One", "admin")
    assert again.status == 409
    assert "A metadata tag with name=One already exists in namespace=CPU. (Please note" in again.json["message"]
    assert lab.api.post(f"{tags}/{'x' * 81}", "admin").status == 400
    assert lab.api.put(f"{tags}/ONE", "admin", {"name": "One"}).json["name"] == "One"
    assert lab.api.put(f"{tags}/one", "admin", {"name": "uno"}).json["name"] == "uno"

    def named(query: str = "?sort_key=name&sort_dir=asc") -> list[str]:
        return [tag["name"] for tag in lab.api.get(tags + query, "reader").json["tags"]]

    many = {"tags": [{"name": name} for name in "cab"]}
    assert lab.api.post(tags, "admin", many, headers={"x-openstack-append": "True"}).json == many
    assert named() == ["a", "b", "c", "uno"]
    assert lab.api.post(tags, "admin", many, headers={"x-openstack-append": "True"}).status == 409
    assert lab.api.post(tags, "admin", many).status == 201
    assert named() == ["a", "b", "c"]
    assert named("?sort_key=name&sort_dir=asc&limit=1&marker=a") == ["b"]
    assert lab.api.get(f"{tags}?marker=nothing", "reader").status == 404
    assert lab.api.delete(tags, "admin").status == 204
    assert named() == []


def test_pages_of_namespaces_join_to_the_whole(lab: ImageLab) -> None:
    for name in "abcde":
        make(lab, namespace=name, resource_type_associations=[{"name": "OS::Nova::Flavor"}] if name < "d" else [])
    for order, whole in (("sort_key=namespace&sort_dir=asc", "abcde"), ("resource_types=OS::Nova::Flavor", "cba")):
        following, found = f"/v2/metadefs/namespaces?limit=2&{order}", ""
        while following:
            page = lab.api.get(f"/image{following}", "member").json
            found += "".join(one["namespace"] for one in page["namespaces"])
            following = page.get("next", "")
        assert sorted(found) == sorted(whole)
        assert found == whole or "sort_key" not in order


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("", {"namespace": "x" * 81}, 400),
        ("", {"display_name": "no name"}, 400),
        ("", {"namespace": "n", "visibility": "shared"}, 400),
        ("", {"namespace": "n", "unheard": "of"}, 400),
        ("", {"namespace": "n", "created_at": "now"}, 403),
        ("", {"namespace": "n", "display_name": None}, 400),
        ("", {"namespace": "n", "owner": None}, 400),
        ("/CPU/properties", {"name": "p", "title": "t", "type": "string", "default": None}, 201),
        ("/CPU/properties", {"name": "p", "title": "t", "type": "array", "required": ["a", "a"]}, 400),
        ("/CPU/objects", {"name": "o", "required": ["a", "a"]}, 400),
        ("/CPU/objects", {"name": "o", "self": "/"}, 403),
        ("/CPU/objects", {"name": "o", "properties": {"p": {"title": "no type"}}}, 400),
        ("/CPU/properties", {"title": "t", "type": "string"}, 400),
        ("/CPU/properties", {"name": "p", "title": "t", "type": "colour"}, 400),
        ("/CPU/tags", {"tags": [{"name": "a", "more": 1}]}, 400),
        ("/CPU/resource_types", {"prefix": "p"}, 400),
        ("/nothing/resource_types", {"name": "OS::Nova::Flavor"}, 404),
    ],
)
def test_what_is_refused(lab: ImageLab, path: str, body: dict[str, Any], status: int) -> None:
    make(lab)
    assert lab.api.post(SPACES + path, "admin", body).status == status


@pytest.mark.parametrize("query", ["limit=x", "limit=-1", "sort_dir=up", "sort_key=colour", "visibility=shared"])
def test_bad_queries(lab: ImageLab, query: str) -> None:
    assert lab.api.get(f"{SPACES}?{query}", "member").status == 400


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schemas(lab: ImageLab, name: str) -> None:
    document = lab.api.get(f"/image/v2/schemas/metadefs/{name}", "member").json
    assert document["name"] == name.replace("resource_type", "resource_type_association")
