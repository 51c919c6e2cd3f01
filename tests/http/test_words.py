"""From what msgspec says to what JSON Schema would: a table of types, bodies and words."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta, Struct

from stacklab.core.errors import BadRequest
from stacklab.http import schema
from stacklab.http.faults import GLANCE, KEYSTONE, NEUTRON, NOVA, PLACEMENT, Faults


class Thing(Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=3, pattern="^[a-z]+$")] | None = None
    size: Annotated[int, Meta(ge=2, le=9)] = 5
    color: Literal["blue", "red"] | None = None
    on: bool = True
    tags: Annotated[list[Literal["x"] | int], Meta(max_length=2)] = []
    notes: dict[str, str] = {}
    code: Annotated[str, Meta(min_length=2)] = "ab"
    password: str | None = None
    inner: "Thing | None" = None
    key: str | None = None

    def __post_init__(self) -> None:
        if self.key == "odd":
            raise ValueError("key is odd")


class Body(Struct):
    thing: Thing


def said(body: Any, faults: Faults = KEYSTONE) -> str:
    with pytest.raises(BadRequest) as refused:
        schema.decode(msgspec.json.encode(body), Body, faults)
    return refused.value.message


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        ({"name": 7}, "name. Value: 7. 7 is not of type 'string', 'null'"),
        ({"name": ""}, "name. Value: . '' should be non-empty"),
        ({"name": "abcd"}, "name. Value: abcd. 'abcd' is too long"),
        ({"name": "A"}, "name. Value: A. 'A' does not match '^[a-z]+$'"),
        ({"code": "a"}, "code. Value: a. 'a' is too short"),
        ({"size": 1}, "size. Value: 1. 1 is less than the minimum of 2"),
        ({"size": 10}, "size. Value: 10. 10 is greater than the maximum of 9"),
        ({"size": "1"}, "size. Value: 1. '1' is not of type 'integer'"),
        ({"size": 1.5}, "size. Value: 1.5. 1.5 is not of type 'integer'"),
        ({"color": "green"}, "color. Value: green. 'green' is not one of ['blue', 'red']"),
        ({"on": None}, "on. Value: None. None is not of type 'boolean'"),
        ({"tags": {}}, "tags. Value: {}. {} is not of type 'array'"),
        ({"tags": [1, 2, 3]}, "tags. Value: [1, 2, 3]. [1, 2, 3] is too long"),
        ({"tags": [1, "y"]}, "1. Value: y. 'y' is not one of ['x']"),
        ({"notes": {"a": 1}}, "a. Value: 1. 1 is not of type 'string'"),
        ({"notes": {"a": "b", "c": 1}}, "notes. it is not of type 'string'"),
        ({"inner": {"size": 0}}, "size. Value: 0. 0 is less than the minimum of 2"),
        ({"inner": {"z": 1}}, "inner. Value: {'z': 1}. Additional properties are not allowed ('z' was unexpected)"),
        ({"key": "odd"}, "thing. Value: {'key': 'odd'}. key is odd"),
        ([], "thing. Value: []. [] is not of type 'object'"),
    ],
)
@pytest.mark.parametrize("faults", [KEYSTONE, NOVA], ids=["keystone", "nova"])
def test_one_wrong_thing(thing: Any, words: str, faults: Faults) -> None:
    assert said({"thing": thing}, faults) == f"Invalid input for field/attribute {words}"


def test_the_whole_body_needs_no_name() -> None:
    assert said({}) == "'thing' is a required property"
    assert said([1]) == "[1] is not of type 'object'"


@pytest.mark.parametrize(
    "thing", [{"password": 12345}, {"password": "12345", "name": 7, "z": 1}, {"password": [12345]}]
)
def test_a_secret_is_not_repeated(thing: Any) -> None:
    assert "12345" not in said({"thing": thing})


def test_a_long_value_is_cut() -> None:
    assert len(said({"thing": {"name": "a" * 100_000}})) < 2200


@pytest.mark.parametrize("raw", [b'{"thing": {"name": 7}, "x": ', b'{"thing": {"name": 7, "inner": ' + b"[" * 100_000])
def test_what_is_broken_further_on_is_still_told(raw: bytes) -> None:
    with pytest.raises(BadRequest):
        schema.decode(raw, Body, KEYSTONE)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"thing": {"name": 7}}, "Invalid input for name. Reason: '7' is not a valid string."),
        ({"thing": {"on": "x"}}, "Invalid input for on. Reason: 'x' cannot be converted to boolean."),
        ({"thing": {"size": "x"}}, "Invalid input for size. Reason: 'x' is not an integer."),
        ({"thing": {"tags": "x"}}, "Invalid input for tags. Reason: 'x' is not a list."),
        ({"thing": {"notes": "x"}}, "Invalid input for notes. Reason: 'x' is not a dictionary."),
        ({"thing": {"color": "green"}}, "Invalid input for color. Reason: 'green' is not in ['blue', 'red']."),
        ({"thing": {"z": 1}}, "Unrecognized attribute(s) 'z'"),
        ({}, "Failed to parse request. Required attribute 'thing' not specified"),
    ],
)
def test_neutron_has_words_of_its_own(body: Any, words: str) -> None:
    assert said(body, NEUTRON) == words


def test_glance_and_placement_name_their_schema() -> None:
    body = {"thing": {"size": 1}}
    reason = "thing.size: 1 is less than the minimum of 2"
    assert said(body, GLANCE) == f"Provided object does not match schema 'image': {reason}"
    assert said(body, PLACEMENT) == f"JSON does not validate: {reason}"
