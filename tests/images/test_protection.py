"""Properties that only some roles may touch."""

import pytest

from stacklab.core.settings import PropertyRule
from stacklab.images.protection import Protection
from tests.support.images import ImageLab


@pytest.fixture
def guarded(lab: ImageLab) -> ImageLab:
    admin, member, everybody, nobody = ["admin"], ["member"], ["@"], ["!"]
    rules = [
        PropertyRule(pattern="secret_", create=admin, read=admin, update=admin, delete=admin),
        PropertyRule(pattern="fixed_", create=member, read=everybody, update=nobody, delete=nobody),
        PropertyRule(pattern="free_", create=everybody, read=everybody, update=everybody, delete=everybody),
    ]
    lab.service.protection = Protection(rules)
    return lab


def test_who_creates_what(guarded: ImageLab) -> None:
    for name, status in (("secret_a", 403), ("fixed_a", 201), ("free_a", 201), ("unheard_of", 403)):
        assert guarded.api.post("/image/v2/images", "member", {name: "x"}).status == status, name
    assert guarded.api.post("/image/v2/images", "admin", {"secret_a": "x"}).status == 201


def test_what_one_must_not_read_is_not_there_and_stays(guarded: ImageLab) -> None:
    image = guarded.make(free_a="1", fixed_a="1")["id"]
    change = {"op": "add", "path": "/secret_a", "value": "s"}
    assert guarded.patch(image, change, persona="admin").json["secret_a"] == "s"
    assert "secret_a" not in guarded.show(image)
    assert "secret_a" not in guarded.api.get("/image/v2/images", "member").json["images"][0]
    assert guarded.patch(image, {"op": "replace", "path": "/secret_a", "value": "t"}).status == 409
    assert guarded.patch(image, {"op": "remove", "path": "/secret_a"}).status == 409
    assert guarded.patch(image, {**change, "value": "t"}).status == 403
    assert guarded.patch(image, {"op": "replace", "path": "/name", "value": "renamed"}).status == 200
    assert guarded.show(image, "admin")["secret_a"] == "s"


def test_a_list_does_not_tell_what_one_must_not_read(guarded: ImageLab) -> None:
    image = guarded.make(free_a="1")["id"]
    guarded.patch(image, {"op": "add", "path": "/secret_a", "value": "s"}, persona="admin")

    def found(query: str, persona: str) -> list[str]:
        answer = guarded.api.get(f"/image/v2/images?{query}", persona)
        return [one["id"] for one in answer.json["images"]]

    assert found("secret_a=s", "member") == []
    assert found("secret_a=s", "admin") == [image]
    assert found("free_a=1", "member") == [image]


def test_what_one_must_not_change_is_refused(guarded: ImageLab) -> None:
    image = guarded.make(free_a="1", fixed_a="1")["id"]
    for persona in ("member", "admin"):
        assert guarded.patch(image, {"op": "replace", "path": "/fixed_a", "value": "2"}, persona=persona).status == 403
        assert guarded.patch(image, {"op": "remove", "path": "/fixed_a"}, persona=persona).status == 403
    assert guarded.patch(image, {"op": "replace", "path": "/free_a", "value": "2"}).json["free_a"] == "2"
    assert "free_a" not in guarded.patch(image, {"op": "remove", "path": "/free_a"}).json


def test_a_rule_for_everybody_and_nobody_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at once"):
        PropertyRule(pattern="x", create=["@", "!"], read=[], update=[], delete=[])
