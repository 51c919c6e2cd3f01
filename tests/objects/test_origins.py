"""Pages of other sites over HTTP: preflights, and what is exposed of answers and refusals alike."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.object_lab import ObjectLab

HERE, THERE = "http://a.b", "http://x.y"


@pytest.fixture
def lab(database: Callable[..., None], tmp_path: Path) -> Iterator[ObjectLab]:
    database("stacklab.objects")
    made = ObjectLab(tmp_path)
    made.put("box", x_container_meta_access_control_allow_origin=HERE, x_container_meta_access_control_max_age="9")
    made.put("shut")
    made.put("box/thing", b"bytes", x_object_meta_colour="red")
    yield made
    made.require_whole()


@pytest.mark.parametrize("path", ["box", "box/thing", "box/missing"])
def test_a_preflight_by_nobody(lab: ObjectLab, path: str) -> None:
    asked = {"origin": HERE, "access_control_request_method": "GET", "access_control_request_headers": "x-auth-token"}
    answer = lab.ask("OPTIONS", path, b"", None, **asked)
    told = answer.headers
    assert (answer.status, answer.raw, told["access-control-allow-origin"]) == (200, b"", HERE)
    assert (told["access-control-allow-headers"], told["access-control-max-age"]) == ("x-auth-token", "9")
    assert set(told["access-control-allow-methods"].split(", ")) >= {"GET", "PUT", "POST", "DELETE", "HEAD"}
    assert lab.ask("OPTIONS", path, b"", None, **{**asked, "origin": THERE}).status == 401
    assert lab.ask("OPTIONS", path, b"", None, **{**asked, "access_control_request_method": "PATCH"}).status == 401


@pytest.mark.parametrize("path", ["shut", "missing", "missing/thing"])
def test_a_container_without_rules_lets_no_page_in(lab: ObjectLab, path: str) -> None:
    answer = lab.ask("OPTIONS", path, b"", None, origin=HERE, access_control_request_method="GET")
    assert answer.status == 401
    assert "www-authenticate" not in answer.headers
    assert lab.ask("OPTIONS", path, b"", None).status == 200


@pytest.mark.parametrize(
    ("method", "path", "persona", "status"),
    [
        ("GET", "box/thing", "member", 200),
        ("HEAD", "box/thing", "member", 200),
        ("PUT", "box/new", "member", 201),
        ("GET", "box", "member", 200),
        ("GET", "box/missing", "member", 404),
        ("GET", "box/thing", None, 401),
        ("GET", "box/thing", "other", 403),
    ],
)
def test_what_a_page_may_see(lab: ObjectLab, method: str, path: str, persona: str | None, status: int) -> None:
    answer = lab.ask(method, path, b"", persona, origin=HERE)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (status, HERE)
    assert answer.headers["vary"].endswith("Origin")
    exposed = answer.headers["access-control-expose-headers"].split(", ")
    assert {"etag", "x-trans-id", "x-openstack-request-id"} <= set(exposed)
    assert ("x-object-meta-colour" in exposed) == ("x-object-meta-colour" in answer.headers)
    strange = lab.ask(method, path, b"", persona, origin=THERE).headers
    assert not [name for name in strange if name.startswith("access-control")]


def test_accounts_have_no_rules(lab: ObjectLab) -> None:
    assert lab.ask("OPTIONS", "", b"", None, origin=HERE, access_control_request_method="GET").status == 200
    assert "access-control-allow-origin" not in lab.ask("GET", "", origin=HERE).headers
