"""Registered limits and limits: what refers to what, who sees which, and how a domain's bear on its projects'."""

from typing import Any

import msgspec
import pytest

from stacklab.core.settings import Identity as IdentitySettings
from tests.support.identity_cloud import Cloud

DEFAULTS, LIMITS = "/v3/registered_limits", "/v3/limits"


def _service(cloud: Cloud) -> str:
    return str(cloud.call("GET", "/v3/services?type=compute", "admin").json["services"][0]["id"])


def _register(cloud: Cloud, *names: str, **more: Any) -> list[dict[str, Any]]:
    base = {"service_id": _service(cloud), "default_limit": 10, **more}
    answer = cloud.call("POST", DEFAULTS, "admin", {"registered_limits": [{**base, "resource_name": n} for n in names]})
    assert answer.status == 201, answer.raw
    made: list[dict[str, Any]] = answer.json["registered_limits"]
    return made


def _limit(cloud: Cloud, amount: int, name: str = "cores", **owner: Any) -> Any:
    asked = {"service_id": _service(cloud), "resource_name": name, "resource_limit": amount, **owner}
    return cloud.call("POST", LIMITS, "admin", {"limits": [asked]})


def test_registered_limits(cloud: Cloud) -> None:
    cores, _ = _register(cloud, "cores", "ram")
    (there,) = _register(cloud, "cores", region_id="RegionOne", description="here")
    path = f"{DEFAULTS}/{cores['id']}"
    assert cloud.call("GET", path, "unscoped").json["registered_limit"] == cores
    assert cores["links"]["self"].endswith(path)

    def listed(query: str) -> int:
        return len(cloud.call("GET", f"{DEFAULTS}?{query}", "member").json["registered_limits"])

    assert (listed("resource_name=cores"), listed("region_id=RegionOne"), listed("resource_name__contains=r")) == (
        2,
        1,
        3,
    )
    changed = cloud.call("PATCH", path, "admin", {"registered_limit": {"default_limit": -1}})
    assert changed.json["registered_limit"]["default_limit"] == -1
    moved = {"registered_limit": {"region_id": "RegionOne"}}
    assert cloud.call("PATCH", path, "admin", moved).status == 409
    assert cloud.call("DELETE", f"{DEFAULTS}/{there['id']}", "admin").status == 204
    assert cloud.call("PATCH", path, "admin", moved).status == 200


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"resource_name": "taken"}, 409),
        ({"service_id": "0" * 32}, 400),
        ({"service_id": "no uuid"}, 400),
        ({"region_id": "missing"}, 400),
        ({"default_limit": -2}, 400),
        ({"default_limit": 2**31}, 400),
        ({"default_limit": "5"}, 400),
        ({"resource_name": ""}, 400),
        ({"colour": "red"}, 400),
    ],
)
def test_registering_is_all_or_nothing(cloud: Cloud, wrong: dict[str, Any], status: int) -> None:
    _register(cloud, "taken")
    base = {"service_id": _service(cloud), "default_limit": 1}
    asked = [{**base, "resource_name": "fine"}, {**base, "resource_name": "other", **wrong}]
    answer = cloud.call("POST", DEFAULTS, "admin", {"registered_limits": asked})
    assert answer.status == status, answer.raw
    assert len(cloud.call("GET", DEFAULTS, "admin").json["registered_limits"]) == 1


def test_what_a_limit_refers_to_stays_as_it_is(cloud: Cloud) -> None:
    (cores,) = _register(cloud, "cores")
    made = _limit(cloud, 3, project_id=cloud.ids["project"])
    limit = made.json["limits"][0]
    assert (made.status, limit["project_id"], limit["domain_id"]) == (201, cloud.ids["project"], None)
    path = f"{DEFAULTS}/{cores['id']}"
    assert cloud.call("PATCH", path, "admin", {"registered_limit": {"default_limit": 1}}).status == 403
    assert cloud.call("DELETE", path, "admin").status == 403
    assert cloud.call("DELETE", f"{LIMITS}/{limit['id']}", "admin").status == 204
    assert cloud.call("DELETE", f"{LIMITS}/{limit['id']}", "admin").status == 404
    assert cloud.call("DELETE", path, "admin").status == 204


@pytest.mark.parametrize(
    ("owner", "status"),
    [
        ({"project_id": "{project}"}, 409),
        ({"project_id": "{elsewhere}"}, 201),
        ({"domain_id": "default"}, 201),
        ({"project_id": "default"}, 201),
        ({"project_id": "{elsewhere}", "resource_name": "unknown"}, 403),
        ({"project_id": "{elsewhere}", "region_id": "RegionOne"}, 403),
        ({"project_id": "missing"}, 400),
        ({"domain_id": "missing"}, 400),
        ({"domain_id": "{project}"}, 400),
        ({"project_id": "{elsewhere}", "service_id": "0" * 32}, 400),
        ({"project_id": "{project}", "domain_id": "default"}, 400),
        ({"project_id": None, "domain_id": "default"}, 400),
        ({}, 400),
    ],
)
def test_a_limit_is_one_owners_of_something_registered(cloud: Cloud, owner: dict[str, Any], status: int) -> None:
    _register(cloud, "cores")
    assert _limit(cloud, 3, project_id=cloud.ids["project"]).status == 201
    answer = _limit(cloud, 4, **{k: v and v.format(**cloud.ids) for k, v in owner.items()})
    assert answer.status == status, answer.raw


def test_a_change(cloud: Cloud) -> None:
    _register(cloud, "cores")
    limit = _limit(cloud, 3, project_id=cloud.ids["project"], description="d").json["limits"][0]
    path = f"{LIMITS}/{limit['id']}"
    changed = cloud.call("PATCH", path, "admin", {"limit": {"resource_limit": 0}}).json["limit"]
    assert changed == {**limit, "resource_limit": 0}
    assert cloud.call("GET", path, "admin").json["limit"] == changed
    assert cloud.call("PATCH", path, "admin", {"limit": {"project_id": "x"}}).status == 400
    assert cloud.call("PATCH", path, "admin", {"limit": {"description": None}}).json["limit"]["description"] is None


def test_everybody_sees_their_own(cloud: Cloud) -> None:
    _register(cloud, "cores")
    limits = {
        name: _limit(cloud, 3, **{kind: cloud.ids[name]}).json["limits"][0]["id"]
        for name, kind in (("project", "project_id"), ("elsewhere", "project_id"), ("domain", "domain_id"))
    }

    def seen(persona: str) -> tuple[set[str], set[str]]:
        listed = {x["id"] for x in cloud.call("GET", LIMITS, persona).json["limits"]}
        shown = {i for i in limits.values() if cloud.call("GET", f"{LIMITS}/{i}", persona).status == 200}
        return listed, shown

    everything = set(limits.values())
    for persona in ("admin", "system", "auditor", "warden"):
        assert seen(persona) == (everything, everything)
    assert seen("member") == ({limits["project"]},) * 2
    assert seen("stranger") == ({limits["elsewhere"]},) * 2
    assert seen("unscoped") == (set(), set())
    found = cloud.call("GET", f"{LIMITS}?project_id={cloud.ids['project']}", "auditor").json["limits"]
    assert [x["id"] for x in found] == [limits["project"]]
    assert cloud.call("GET", f"{LIMITS}?resource_name=ram", "auditor").json["limits"] == []


def test_a_project_takes_its_limits_along(cloud: Cloud) -> None:
    _register(cloud, "cores")
    assert _limit(cloud, 3, project_id=cloud.ids["elsewhere"]).status == 201
    assert cloud.call("DELETE", f"/v3/projects/{cloud.ids['elsewhere']}", "admin").status == 204
    assert cloud.call("GET", LIMITS, "admin").json["limits"] == []


def test_the_model(cloud: Cloud) -> None:
    assert cloud.call("GET", f"{LIMITS}/model", "unscoped").json["model"]["name"] == "flat"


@pytest.fixture
def strict(cloud: Cloud) -> Cloud:
    strict = IdentitySettings(limit_model="strict_two_level")
    cloud.identity.settings = msgspec.structs.replace(cloud.identity.settings, identity=strict)
    return cloud


def test_strict_two_level(strict: Cloud) -> None:
    cloud = strict
    assert cloud.call("GET", f"{LIMITS}/model", "member").json["model"]["name"] == "strict_two_level"
    _register(cloud, "cores")
    here = {"project_id": cloud.ids["project"]}
    assert _limit(cloud, 11, **here).status == 403  # more than the registered default
    mine = _limit(cloud, 8, **here).json["limits"][0]["id"]
    assert _limit(cloud, 7, domain_id="default").status == 403
    domain = _limit(cloud, 9, domain_id="default").json["limits"][0]["id"]

    def change(limit: str, amount: int) -> int:
        return cloud.call("PATCH", f"{LIMITS}/{limit}", "admin", {"limit": {"resource_limit": amount}}).status

    assert [change(mine, 10), change(mine, -1), change(mine, 9), change(domain, 8)] == [403, 403, 200, 403]
    assert [change(domain, -1), change(mine, -1), change(domain, 100)] == [200, 200, 403]
    assert cloud.call("GET", f"{LIMITS}/{domain}", "admin").json["limit"]["resource_limit"] == -1


def test_limits_of_a_domain_and_its_project_may_come_together(strict: Cloud) -> None:
    cloud = strict
    _register(cloud, "cores")
    base = {"service_id": _service(cloud), "resource_name": "cores"}
    project = {**base, "resource_limit": 15, "project_id": cloud.ids["project"]}
    domain = {**base, "resource_limit": 20, "domain_id": "default"}
    assert cloud.call("POST", LIMITS, "admin", {"limits": [project]}).status == 403
    assert cloud.call("POST", LIMITS, "admin", {"limits": [project, domain]}).status == 201
