"""What can be said of an image when it is made and when it is changed."""

from typing import Any

import pytest

from tests.support.api import OTHER, PROJECT
from tests.support.images import ImageLab

MANY = {f"p{n}": "v" for n in range(129)}


def test_a_new_image_is_queued_and_shared(lab: ImageLab) -> None:
    answer = lab.api.post(
        "/image/v2/images", "member", {"name": "new", "hw_disk_bus": "virtio", "tags": ["b", "a", "b"]}
    )
    image = answer.json
    assert answer.status == 201
    assert answer.headers["location"] == f"http://cloud.test/image/v2/images/{image['id']}"
    expected = {
        "name": "new", "status": "queued", "visibility": "shared", "protected": False, "os_hidden": False,
        "owner": PROJECT,
        "min_disk": 0, "min_ram": 0, "size": None, "virtual_size": None, "checksum": None, "os_hash_value": None,
        "disk_format": None, "container_format": None, "tags": ["b", "a"], "hw_disk_bus": "virtio",
        "self": f"/v2/images/{image['id']}", "file": f"/v2/images/{image['id']}/file", "schema": "/v2/schemas/image",
    }  # fmt: skip
    assert {name: image[name] for name in expected} == expected
    assert lab.show(image["id"]) == image


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 201),
        ({"name": None}, 201),
        ({"name": "x" * 255}, 201),
        ({"id": "0F0F0F0F-0000-4000-8000-000000000000"}, 201),
        ({"id": "not-a-uuid"}, 400),
        ({"name": "x" * 256}, 400),
        ({"name": 7}, 400),
        ({"visibility": "secret"}, 400),
        ({"disk_format": "floppy"}, 400),
        ({"container_format": "box"}, 400),
        ({"min_disk": -1}, 400),
        ({"min_ram": "1"}, 400),
        ({"min_ram": 1 << 40}, 400),
        ({"protected": "yes"}, 400),
        ({"tags": "a"}, 400),
        ({"tags": ["x" * 256]}, 400),
        ({"custom": 7}, 400),
        ({"": "empty"}, 400),
        ({"x" * 256: "long"}, 400),
        ([], 400),
        (b"{", 400),
        (b"", 400),
        (MANY, 413),
        ({"p": "v" * 65535}, 201),
        ({"pp": "v" * 65535}, 413),
        ({f"p{n}": "é" * 8191 for n in range(4)}, 201),
        ({f"p{n}": "é" * 8192 for n in range(4)}, 413),
        ({"tags": [str(n) for n in range(129)]}, 413),
        ({"status": "active"}, 403),
        ({"checksum": "x"}, 403),
        ({"size": 5}, 403),
        ({"location": "http://x"}, 403),
        ({"locations": []}, 403),
        ({"locations": [{"url": "http://x", "metadata": {}}]}, 403),
        ({"owner": None}, 403),
        ({"owner": ""}, 403),
        ({"os_glance_secret": "x"}, 403),
        ({"visibility": "public"}, 403),
        ({"owner": OTHER}, 403),
    ],
)
def test_what_can_be_created(lab: ImageLab, body: Any, status: int) -> None:
    answer = lab.api.post("/image/v2/images", "member", body)
    assert answer.status == status, answer.raw
    listed = lab.api.get("/image/v2/images", "member").json["images"]
    assert len(listed) == (status == 201)


def test_an_id_is_taken_once_and_an_admin_may_give_an_owner(lab: ImageLab) -> None:
    body = {"id": "0f0f0f0f-0000-4000-8000-000000000000", "owner": OTHER}
    assert lab.api.post("/image/v2/images", "admin", body).json["owner"] == OTHER
    assert lab.api.post("/image/v2/images", "admin", body).status == 409
    assert lab.api.post("/image/v2/images", "system", {"name": "nobody's"}).status == 403
    assert lab.api.post("/image/v2/images", "admin", {"owner": None}).json["owner"] is None


def test_an_id_stays_as_its_maker_wrote_it(lab: ImageLab) -> None:
    given = "0F0F0F0F-0000-4000-8000-00000000000A"
    assert lab.make(id=given)["id"] == given
    assert lab.show(given)["id"] == given
    assert lab.api.post("/image/v2/images", "member", {"id": given.lower()}).status == 409


def test_the_id_of_a_deleted_image_is_given_to_no_other(lab: ImageLab) -> None:
    gone = lab.make()["id"]
    assert lab.api.delete(f"/image/v2/images/{gone}", "member").status == 204
    for persona in ("member", "admin"):
        answer = lab.api.post("/image/v2/images", persona, {"id": gone.upper()})
        assert (answer.status, b"already exists" in answer.raw) == (409, True)


@pytest.mark.parametrize("persona", ["member", "admin"])
def test_a_project_has_so_many_images(lab: ImageLab, persona: str) -> None:
    lab.settings.quota.images = 2
    first = lab.make(persona)["id"]
    lab.make(persona)
    answer = lab.api.post("/image/v2/images", persona, {})
    assert (answer.status, b"image_count_total" in answer.raw) == (413, True)
    lab.make("other")
    assert lab.api.delete(f"/image/v2/images/{first}", persona).status == 204
    lab.make(persona)
    lab.settings.quota.images = -1
    lab.make(persona)


def test_tags_and_properties_have_a_most_however_they_come(lab: ImageLab) -> None:
    image = lab.make(tags=[str(n) for n in range(128)], long="v" * 65000)
    assert lab.api.put(f"/image/v2/images/{image['id']}/tags/more", "member").status == 413
    assert lab.patch(image["id"], {"op": "add", "path": "/more", "value": "v" * 600}).status == 413
    assert lab.show(image["id"]) == image
    many = [{"op": "add", "path": f"/{name}", "value": value} for name, value in MANY.items()]
    assert lab.patch(lab.make()["id"], *many).status == 413


def test_an_image_has_128_members(lab: ImageLab) -> None:
    path = f"/image/v2/images/{lab.make()['id']}/members"
    answers = [lab.api.post(path, "member", {"member": f"project-{n}"}).status for n in range(129)]
    assert answers == [200] * 128 + [413]


CASES: list[tuple[dict[str, Any], int, dict[str, Any]]] = [
    ({"op": "replace", "path": "/name", "value": "new"}, 200, {"name": "new"}),
    ({"op": "add", "path": "/name", "value": None}, 200, {"name": None}),
    ({"op": "replace", "path": "/tags", "value": ["x", "y"]}, 200, {"tags": ["x", "y"]}),
    ({"op": "replace", "path": "/protected", "value": True}, 200, {"protected": True}),
    ({"op": "replace", "path": "/os_hidden", "value": True}, 200, {"os_hidden": True}),
    ({"op": "replace", "path": "/visibility", "value": "community"}, 200, {"visibility": "community"}),
    ({"op": "replace", "path": "/min_disk", "value": 3}, 200, {"min_disk": 3}),
    ({"op": "replace", "path": "/disk_format", "value": "qcow2"}, 200, {"disk_format": "qcow2"}),
    ({"op": "add", "path": "/fresh", "value": "1"}, 200, {"fresh": "1"}),
    ({"op": "add", "path": "/a~1b~0c", "value": "1"}, 200, {"a/b~c": "1"}),
    ({"op": "replace", "path": "/custom", "value": "2"}, 200, {"custom": "2"}),
    ({"op": "remove", "path": "/custom"}, 200, {"custom": None}),
    ({"op": "replace", "path": "/absent", "value": "2"}, 409, {}),
    ({"op": "remove", "path": "/absent"}, 409, {}),
    ({"op": "remove", "path": "/name"}, 403, {}),
    ({"op": "replace", "path": "/id", "value": "x"}, 403, {}),
    ({"op": "replace", "path": "/status", "value": "active"}, 403, {}),
    ({"op": "add", "path": "/size", "value": 1}, 403, {}),
    ({"op": "remove", "path": "/checksum"}, 403, {}),
    ({"op": "add", "path": "/deleted", "value": "1"}, 403, {}),
    ({"op": "add", "path": "/os_glance_x", "value": "1"}, 403, {}),
    ({"op": "add", "path": "/locations/-", "value": {}}, 403, {}),
    ({"op": "replace", "path": "/visibility", "value": "public"}, 403, {}),
    ({"op": "replace", "path": "/owner", "value": OTHER}, 403, {}),
    ({"op": "replace", "path": "/owner", "value": PROJECT}, 403, {}),
    ({"op": "replace", "path": "/owner", "value": None}, 403, {}),
    ({"op": "add", "path": "/owner", "value": PROJECT}, 200, {"owner": PROJECT}),
    ({"op": "add", "path": "/owner", "value": OTHER}, 403, {}),
    ({"op": "add", "path": "/a~2b", "value": "1"}, 400, {}),
    ({"op": "add", "path": "/a~", "value": "1"}, 400, {}),
    ({"op": "add", "path": "/a~01", "value": "1"}, 200, {"a~1": "1"}),
    ({"op": "replace", "path": "/name", "value": 7}, 400, {}),
    ({"op": "replace", "path": "/name"}, 400, {}),
    ({"op": "move", "path": "/name", "value": "x"}, 400, {}),
    ({"op": "replace", "path": "name", "value": "x"}, 400, {}),
    ({"op": "replace", "path": "/", "value": "x"}, 400, {}),
    ({"op": "replace", "path": "/tags/0", "value": "x"}, 400, {}),
    ({"op": "replace", "path": 7, "value": "x"}, 400, {}),
    ({"path": "/name", "value": "x"}, 400, {}),
]


@pytest.mark.parametrize(("operation", "status", "shown"), CASES)
def test_a_patch(lab: ImageLab, operation: dict[str, Any], status: int, shown: dict[str, Any]) -> None:
    before = lab.make(custom="1", visibility="private")
    answer = lab.patch(before["id"], operation)
    assert answer.status == status, answer.raw
    after = lab.show(before["id"])
    if status == 200:
        assert answer.json == after
        assert {name: after.get(name) for name in shown} == shown
    else:
        assert after == before


def test_the_older_notation(lab: ImageLab) -> None:
    image = lab.make(custom="1")
    answer = lab.patch(image["id"], {"replace": "/name", "value": "old style"}, {"remove": "/custom"}, media="2.0")
    assert (answer.json["name"], "custom" in answer.json) == ("old style", False)


@pytest.mark.parametrize("kind", ["", "application/json", "application/openstack-images-v2.2-json-patch"])
def test_other_media_types_are_refused(lab: ImageLab, kind: str) -> None:
    image = lab.make()
    answer = lab.api.patch(f"/image/v2/images/{image['id']}", "member", [], headers={"content-type": kind})
    assert answer.status == 415
    assert answer.headers["accept-patch"].count("json-patch") == 2


@pytest.mark.parametrize("body", [b"{", b"{}", b"[1]", b'"x"', b"\xff"])
def test_a_patch_that_is_none(lab: ImageLab, body: bytes) -> None:
    image = lab.make()
    kind = {"content-type": "application/openstack-images-v2.1-json-patch"}
    assert lab.api.patch(f"/image/v2/images/{image['id']}", "member", body, headers=kind).status == 400


def test_all_of_a_patch_or_nothing(lab: ImageLab) -> None:
    image = lab.make()
    bad = [{"op": "replace", "path": "/name", "value": "x"}, {"op": "remove", "path": "/absent"}]
    assert lab.patch(image["id"], *bad).status == 409
    assert lab.show(image["id"]) == image


def test_the_format_of_bytes_that_are_there_stays(lab: ImageLab) -> None:
    image = lab.active()
    assert lab.patch(image["id"], {"op": "replace", "path": "/disk_format", "value": "qcow2"}).status == 403
    assert lab.patch(image["id"], {"op": "replace", "path": "/disk_format", "value": "raw"}).status == 403


def test_an_admin_publishes_and_gives_away(lab: ImageLab) -> None:
    image = lab.make()
    changes = [{"op": "replace", "path": f"/{name}", "value": value} for name, value in
               (("visibility", "public"), ("owner", OTHER))]  # fmt: skip
    assert lab.patch(image["id"], *changes, persona="admin").status == 200
    assert lab.show(image["id"], "other")["owner"] == OTHER
    assert lab.patch(image["id"], {"op": "replace", "path": "/name", "value": "x"}).status == 403


def test_tags_one_at_a_time(lab: ImageLab) -> None:
    path = f"/image/v2/images/{lab.make()['id']}"
    for _ in range(2):
        assert lab.api.put(f"{path}/tags/a%2Fb", "member").status == 204
    assert lab.api.get(path, "member").json["tags"] == ["a/b"]
    assert [lab.api.delete(f"{path}/tags/a%2Fb", "member").status for _ in range(2)] == [204, 404]
    assert lab.api.put(f"{path}/tags/{'x' * 256}", "member").status == 400


def test_a_protected_image_stays(lab: ImageLab) -> None:
    image = lab.make(protected=True)
    assert lab.api.delete(f"/image/v2/images/{image['id']}", "member").status == 403
    lab.patch(image["id"], {"op": "replace", "path": "/protected", "value": False})
    assert lab.api.delete(f"/image/v2/images/{image['id']}", "member").status == 204
    assert [event.kind for event in lab.events] == ["image.deleted"]


def test_the_older_notation_adds_only_what_is_not_there(lab: ImageLab) -> None:
    image = lab.make(colour="red")["id"]
    for name in ("colour", "name"):
        assert lab.patch(image, {"add": f"/{name}", "value": "x"}, media="2.0").status == 409
        assert lab.patch(image, {"op": "add", "path": f"/{name}", "value": "x"}).status == 200
    assert lab.patch(image, {"add": "/shape", "value": "round"}, media="2.0").json["shape"] == "round"
