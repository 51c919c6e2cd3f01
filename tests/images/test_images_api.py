"""Every route of the image API: who gets what."""

from typing import Any

import pytest

from stacklab.core.ids import new_hex
from stacklab.images.api import ROUTES
from stacklab.images.metadefs.documents import DOCUMENTS
from tests.support.api import OTHER, PROJECT
from tests.support.images import ImageLab

PERSONAS = (None, "unscoped", "reader", "other", "member", "admin")
NONE = "00000000-0000-4000-8000-000000000000"
BYTES = {"content-type": "application/octet-stream"}
PATCH = {"content-type": "application/openstack-images-v2.1-json-patch"}

PUBLIC = (200,) * 6
ANYBODY = (401, 200, 200, 200, 200, 200)
READERS = (401, 404, 200, 200, 200, 200)  # metadata definitions: who has no role in a project finds nothing
OWNERS = (401, 404, 200, 404, 200, 200)  # a private namespace of `member`'s project
ADMINS = (401, 404, 403, 404, 403, 200)
MADE = (401, 404, 403, 404, 403, 201)
GONE = (401, 404, 403, 404, 403, 204)
PROPERTY = {"title": "P", "type": "string"}
# Each persona meets a fresh private image of `member`'s project, shared with nobody; {shared} is shared with `other`.
TABLE: list[tuple[str, str, Any, dict[str, str], tuple[int, ...]]] = [
    ("GET", "/", None, {}, (300,) * 6),
    ("GET", "/versions", None, {}, PUBLIC),
    ("GET", "/v2", None, {}, PUBLIC),
    ("GET", "/v2/images", None, {}, ANYBODY),
    ("POST", "/v2/images", {"name": "x"}, {}, (401, 403, 403, 201, 201, 201)),
    ("POST", "/v2/images", {"visibility": "public"}, {}, (401, 403, 403, 403, 403, 201)),
    ("GET", "/v2/images/{image}", None, {}, (401, 404, 200, 404, 200, 200)),
    ("GET", f"/v2/images/{NONE}", None, {}, (401, 404, 404, 404, 404, 404)),
    ("GET", "/v2/images/not-a-uuid", None, {}, (401, 404, 404, 404, 404, 404)),
    ("PATCH", "/v2/images/{image}", [], PATCH, (401, 404, 403, 404, 200, 200)),
    ("DELETE", "/v2/images/{image}", None, {}, (401, 404, 403, 404, 204, 204)),
    ("POST", "/v2/images/{active}/actions/deactivate", None, {}, (401, 404, 403, 404, 204, 204)),
    ("POST", "/v2/images/{active}/actions/reactivate", None, {}, (401, 404, 403, 404, 204, 204)),
    ("PUT", "/v2/images/{image}/file", b"data", BYTES, (401, 404, 403, 404, 204, 204)),
    ("GET", "/v2/images/{image}/file", None, {}, (401, 404, 403, 404, 204, 204)),
    ("GET", "/v2/images/{active}/file", None, {}, (401, 404, 403, 404, 200, 200)),
    ("PUT", "/v2/images/{image}/tags/t", None, {}, (401, 404, 403, 404, 204, 204)),
    ("DELETE", "/v2/images/{tagged}/tags/t", None, {}, (401, 404, 403, 404, 204, 204)),
    ("GET", "/v2/images/{shared}/members", None, {}, (401, 404, 200, 200, 200, 200)),
    ("POST", "/v2/images/{image}/members", {"member": "p"}, {}, (401, 404, 403, 404, 403, 403)),
    ("POST", "/v2/images/{shared}/members", {"member": "p"}, {}, (401, 404, 403, 403, 200, 200)),
    ("GET", "/v2/images/{shared}/members/{other}", None, {}, (401, 404, 200, 200, 200, 200)),
    ("GET", "/v2/images/{image}/members/p", None, {}, (401, 404, 404, 404, 404, 404)),
    ("PUT", "/v2/images/{image}/members/p", {"status": "accepted"}, {}, (401, 404, 403, 404, 403, 403)),
    ("PUT", "/v2/images/{shared}/members/{other}", {"status": "accepted"}, {}, (401, 404, 403, 200, 403, 200)),
    ("DELETE", "/v2/images/{shared}/members/{other}", None, {}, (401, 404, 403, 403, 204, 204)),
    ("GET", "/v2/schemas/image", None, {}, ANYBODY),
    ("GET", "/v2/schemas/images", None, {}, ANYBODY),
    ("GET", "/v2/schemas/member", None, {}, ANYBODY),
    ("GET", "/v2/schemas/members", None, {}, ANYBODY),
    ("GET", "/v2/schemas/task", None, {}, ANYBODY),
    ("GET", "/v2/schemas/tasks", None, {}, ANYBODY),
    *[("GET", f"/v2/schemas/metadefs/{name}", None, {}, ANYBODY) for name in DOCUMENTS],
    ("GET", "/v2/metadefs/namespaces", None, {}, READERS),
    ("POST", "/v2/metadefs/namespaces", {"namespace": "{fresh}"}, {}, (401, 404, 403, 403, 403, 201)),
    ("GET", "/v2/metadefs/namespaces/{space}", None, {}, OWNERS),
    ("GET", "/v2/metadefs/namespaces/{public}", None, {}, READERS),
    ("PUT", "/v2/metadefs/namespaces/{space}", {"namespace": "{fresh}"}, {}, ADMINS),
    ("PUT", "/v2/metadefs/namespaces/{public}", {"namespace": "{fresh}"}, {}, (401, 404, 403, 403, 403, 200)),
    ("DELETE", "/v2/metadefs/namespaces/{space}", None, {}, GONE),
    ("GET", "/v2/metadefs/namespaces/{space}/objects", None, {}, OWNERS),
    ("POST", "/v2/metadefs/namespaces/{space}/objects", {"name": "n"}, {}, MADE),
    ("DELETE", "/v2/metadefs/namespaces/{space}/objects", None, {}, GONE),
    ("GET", "/v2/metadefs/namespaces/{space}/objects/o", None, {}, OWNERS),
    ("PUT", "/v2/metadefs/namespaces/{space}/objects/o", {"name": "n"}, {}, ADMINS),
    ("DELETE", "/v2/metadefs/namespaces/{space}/objects/o", None, {}, GONE),
    ("GET", "/v2/metadefs/namespaces/{space}/properties", None, {}, OWNERS),
    ("POST", "/v2/metadefs/namespaces/{space}/properties", {"name": "n", **PROPERTY}, {}, MADE),
    ("DELETE", "/v2/metadefs/namespaces/{space}/properties", None, {}, GONE),
    ("GET", "/v2/metadefs/namespaces/{space}/properties/p", None, {}, OWNERS),
    ("PUT", "/v2/metadefs/namespaces/{space}/properties/p", {"name": "n", **PROPERTY}, {}, ADMINS),
    ("DELETE", "/v2/metadefs/namespaces/{space}/properties/p", None, {}, GONE),
    ("GET", "/v2/metadefs/namespaces/{space}/tags", None, {}, OWNERS),
    ("POST", "/v2/metadefs/namespaces/{space}/tags", {"tags": [{"name": "n"}]}, {}, MADE),
    ("DELETE", "/v2/metadefs/namespaces/{space}/tags", None, {}, GONE),
    ("GET", "/v2/metadefs/namespaces/{space}/tags/t", None, {}, OWNERS),
    ("POST", "/v2/metadefs/namespaces/{space}/tags/n", None, {}, MADE),
    ("PUT", "/v2/metadefs/namespaces/{space}/tags/t", {"name": "n"}, {}, ADMINS),
    ("DELETE", "/v2/metadefs/namespaces/{space}/tags/t", None, {}, GONE),
    ("GET", "/v2/metadefs/resource_types", None, {}, READERS),
    ("GET", "/v2/metadefs/namespaces/{space}/resource_types", None, {}, OWNERS),
    ("POST", "/v2/metadefs/namespaces/{space}/resource_types", {"name": "OS::Nova::Server"}, {}, MADE),
    ("DELETE", "/v2/metadefs/namespaces/{space}/resource_types/OS::Nova::Flavor", None, {}, GONE),
    ("GET", "/v2/info/import", None, {}, ANYBODY),
    ("GET", "/v2/info/usage", None, {}, ANYBODY),
    ("GET", "/v2/info/stores", None, {}, (401, 200, 200, 200, 200, 200)),
    ("GET", "/v2/info/stores/detail", None, {}, (401, 403, 403, 403, 403, 200)),
    ("DELETE", "/v2/stores/local/{active}", None, {}, (401, 404, 403, 404, 403, 403)),
    ("PUT", "/v2/images/{image}/stage", b"x", BYTES, (401, 404, 403, 404, 204, 204)),
    ("POST", "/v2/images/{image}/import", {"method": {"name": "glance-direct"}}, {}, (401, 404, 409, 404, 409, 409)),
    ("GET", "/v2/images/{image}/tasks", None, {}, (401, 404, 200, 404, 200, 200)),
    ("GET", "/v2/images/{image}/locations", None, {}, (401, 404, 403, 404, 403, 200)),
    ("POST", "/v2/images/{image}/locations", {"url": "http://web.test/x"}, {}, (401, 404, 403, 404, 202, 202)),
    ("GET", "/v2/tasks", None, {}, (401, 403, 403, 403, 403, 200)),
    ("POST", "/v2/tasks", {}, {}, (401, 403, 403, 403, 403, 400)),
    ("GET", f"/v2/tasks/{NONE}", None, {}, (401, 403, 403, 403, 403, 404)),
    ("GET", "/v2/cache", None, {}, (401, 403, 403, 403, 403, 200)),
    ("DELETE", "/v2/cache", None, {}, (401, 403, 403, 403, 403, 204)),
    ("POST", "/v2/cache/clean", None, {}, (401, 403, 403, 403, 403, 200)),
    ("POST", "/v2/cache/prune", None, {}, (401, 403, 403, 403, 403, 200)),
    ("PUT", "/v2/cache/{active}", None, {}, (401, 404, 403, 404, 403, 202)),
    ("DELETE", "/v2/cache/{active}", None, {}, (401, 404, 403, 404, 403, 204)),
    ("GET", "/v2/", None, {}, PUBLIC),
    ("GET", "/v2/images/", None, {}, (401, 404, 404, 404, 404, 404)),
    ("DELETE", "/v2/images/", None, {}, (401, 404, 404, 404, 404, 404)),
    ("PUT", "/v2/images", None, {}, (401, 405, 405, 405, 405, 405)),
    ("GET", "/v2/nothing", None, {}, (401, 404, 404, 404, 404, 404)),
    ("GET", "/v2.0/images", None, {}, ANYBODY),
    ("GET", "/v2.17/images/{image}", None, {}, (401, 404, 200, 404, 200, 200)),
    ("GET", "/v2.18/images", None, {}, (300,) * 6),
    ("GET", "/v1/images", None, {}, (300,) * 6),
]


def _space(lab: ImageLab, visibility: str) -> str:
    """A fresh namespace of `member`'s project with one part of each kind."""
    body = {
        "namespace": new_hex(),
        "visibility": visibility,
        "owner": PROJECT,
        "objects": [{"name": "o"}],
        "properties": {"p": PROPERTY},
        "tags": [{"name": "t"}],
        "resource_type_associations": [{"name": "OS::Nova::Flavor"}],
    }
    made = lab.api.post("/image/v2/metadefs/namespaces", "admin", body)
    assert made.status == 201, made.raw
    return str(body["namespace"])


def _body(body: Any) -> Any:
    """A namespace that is to be made, or renamed, gets a name nobody has."""
    return {"namespace": new_hex()} if body == {"namespace": "{fresh}"} else body


def _path(lab: ImageLab, path: str) -> str:
    """A fresh image, or namespace, of the kind the path names."""
    if "{space}" in path or "{public}" in path:
        visibility = "private" if "{space}" in path else "public"
        name = _space(lab, visibility)
        return path.format(space=name, public=name)
    if "{active}" in path:
        return path.format(active=lab.active(visibility="private")["id"])
    if "{tagged}" in path:
        return path.format(tagged=lab.make(visibility="private", tags=["t"])["id"])
    if "{shared}" in path:
        image_id = lab.make(visibility="shared")["id"]
        assert lab.api.post(f"/image/v2/images/{image_id}/members", "member", {"member": OTHER}).status == 200
        return path.format(shared=image_id, other=OTHER)
    return path.format(image=lab.make(visibility="private")["id"]) if "{image}" in path else path


@pytest.mark.parametrize(("method", "path", "body", "headers", "statuses"), TABLE)
def test_who_may_what(
    lab: ImageLab, method: str, path: str, body: object, headers: dict[str, str], statuses: tuple[int, ...]
) -> None:
    got = tuple(
        lab.api.call(method, f"/image{_path(lab, path)}", persona, _body(body), headers).status for persona in PERSONAS
    )
    assert got == statuses


def test_every_route_has_a_row() -> None:
    def shape(path: str) -> str:
        parts = path.strip("/").split("/")
        return "/".join("*" if part.startswith("{") else part for part in parts)

    def fits(route: str, row: str) -> bool:
        """Letters of a row stand for a name where the route has one."""
        pairs = list(zip(route.split("/"), row.split("/"), strict=False))
        return route.count("/") == row.count("/") and all(a in (b, "*") for a, b in pairs)

    rows = {(method, shape(path)) for method, path, *_ in TABLE}
    wanted = {(route.method, shape(route.path)) for route in ROUTES}
    assert not [(m, path) for m, path in wanted if not any(m == n and fits(path, row) for n, row in rows)]


def test_discovery_names_what_is_served(lab: ImageLab) -> None:
    versions = lab.api.get("/image/").json["versions"]
    assert [version["id"] for version in versions] == [f"v2.{minor}" for minor in range(17, -1, -1)]
    assert [version["status"] for version in versions] == ["CURRENT", *["SUPPORTED"] * 17]
    assert {version["links"][0]["href"] for version in versions} == {"http://cloud.test/image/v2/"}
    assert lab.api.get("/image/versions").json["versions"] == versions


def test_schemas_describe_what_is_shown(lab: ImageLab) -> None:
    image = lab.api.get("/image/v2/schemas/image", "member").json
    assert set(image["properties"]) - set(lab.make()) == {"stores", "locations", "direct_url"}
    assert image["additionalProperties"] == {"type": "string"}
    assert lab.api.get("/image/v2/schemas/images", "member").json["properties"]["images"]["items"] == image
    shared = lab.make()["id"]
    member = lab.api.post(f"/image/v2/images/{shared}/members", "member", {"member": OTHER}).json
    assert set(lab.api.get("/image/v2/schemas/member", "member").json["properties"]) == set(member)
    task = lab.api.get("/image/v2/schemas/task", "member").json["properties"]
    assert task["status"]["enum"] == ["pending", "processing", "success", "failure"]
    listed = lab.api.get("/image/v2/schemas/tasks", "member").json["properties"]["tasks"]["items"]["properties"]
    assert set(task) - set(listed) == {"input", "result", "message"}
    methods = lab.api.get("/image/v2/info/import", "member").json["import-methods"]["value"]
    assert methods == ["glance-direct", "web-download", "glance-download"]


def test_faults_look_like_glances(lab: ImageLab) -> None:
    path = f"/image/v2/images/{NONE}"
    asked = lab.api.get(path, "member")
    assert asked.json["code"] == "404 Not Found"
    assert asked.json["title"] == "Not Found"
    assert asked.json["message"].startswith(f"No image found with ID {NONE}")
