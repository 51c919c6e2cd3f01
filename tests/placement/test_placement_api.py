"""The placement API as operators and clients meet it."""

from typing import Any

import pytest

from stacklab.placement.api import ROUTES, mount
from stacklab.placement.service import Placement
from tests.support.api import OTHER, PROJECT, Api

HOST = "11111111-2222-4333-8444-555555555555"
NOBODY = "00000000-0000-4000-8000-000000000000"
LATEST = {"openstack-api-version": "placement latest"}

# method, path → status as: nobody, unscoped, reader, member, other project, admin, system admin
PERSONAS = (None, "unscoped", "reader", "member", "other", "admin", "system")
OPERATORS = (401, 403, 403, 403, 403, 200, 200)
TABLE: list[tuple[str, str, tuple[int, ...]]] = [
    ("GET", "/", (200,) * 7),
    ("GET", "/resource_providers", OPERATORS),
    ("GET", f"/resource_providers/{HOST}", OPERATORS),
    ("GET", f"/resource_providers/{NOBODY}", (401, 403, 403, 403, 403, 404, 404)),
    ("GET", f"/resource_providers/{HOST}/inventories", OPERATORS),
    ("GET", f"/resource_providers/{HOST}/inventories/VCPU", OPERATORS),
    ("GET", f"/resource_providers/{HOST}/inventories/VGPU", (401, 403, 403, 403, 403, 404, 404)),
    ("GET", f"/resource_providers/{HOST}/usages", OPERATORS),
    ("GET", f"/resource_providers/{HOST}/allocations", OPERATORS),
    ("GET", f"/resource_providers/{HOST}/aggregates", OPERATORS),
    ("GET", f"/resource_providers/{HOST}/traits", OPERATORS),
    ("GET", "/allocations/s1", OPERATORS),
    ("GET", f"/usages?project_id={PROJECT}", (401, 403, 200, 200, 403, 200, 200)),
    ("GET", f"/usages?project_id={OTHER}", (401, 403, 403, 403, 200, 200, 200)),
    ("GET", "/allocation_candidates?resources=VCPU:1", OPERATORS),
    ("GET", "/resource_classes", OPERATORS),
    ("GET", "/resource_classes/VCPU", OPERATORS),
    ("GET", "/resource_classes/CUSTOM_X", (401, 403, 403, 403, 403, 404, 404)),
    ("GET", "/traits", OPERATORS),
    ("GET", "/traits/HW_CPU_X86_AVX", (401, 403, 403, 403, 403, 404, 404)),
    ("POST", "/resource_providers", (401, 405, 405, 405, 405, 405, 405)),
    ("PUT", "/allocations/s1", (401, 405, 405, 405, 405, 405, 405)),
]


@pytest.fixture
def api(placement: Placement) -> Api:
    placement.claim("s1", PROJECT, "user-member", {"VCPU": 2, "MEMORY_MB": 512})
    return Api(mount(placement))


@pytest.mark.parametrize(("method", "path", "statuses"), TABLE)
def test_who_may_what(api: Api, method: str, path: str, statuses: tuple[int, ...]) -> None:
    got = tuple(api.call(method, f"/placement{path}", persona, headers=LATEST).status for persona in PERSONAS)
    assert got == statuses


def test_every_route_has_a_row() -> None:
    routes = {(route.method, len(route.path.strip("/").split("/")), route.path.split("/")[1]) for route in ROUTES}
    table = {(method, len(path.split("?")[0].strip("/").split("/")), path.split("?")[0].split("/")[1])
             for method, path, _ in TABLE}  # fmt: skip
    assert routes <= table


def get(api: Api, path: str, version: str = "1.14", status: int = 200) -> Any:
    answer = api.get(f"/placement{path}", "admin", headers={"openstack-api-version": f"placement {version}"})
    assert answer.status == status, answer.raw
    return answer.json


def test_discovery(api: Api) -> None:
    version = {"id": "v1.0", "min_version": "1.0", "max_version": "1.14", "status": "CURRENT",
               "links": [{"rel": "self", "href": ""}]}  # fmt: skip
    assert api.get("/placement").json == api.get("/placement/").json == {"versions": [version]}


def test_a_provider_by_microversion(api: Api) -> None:
    one = get(api, f"/resource_providers/{HOST}")
    assert (one["name"], one["generation"], one["root_provider_uuid"]) == ("host-1", 2, HOST)
    assert one["parent_provider_uuid"] is None
    assert [link["rel"] for link in one["links"]] == [
        "self",
        "inventories",
        "usages",
        "aggregates",
        "traits",
        "allocations",
    ]
    old = get(api, f"/resource_providers/{HOST}", "1.0")
    assert set(old) == {"uuid", "name", "generation", "links"}
    assert [link["href"] for link in old["links"]] == [
        f"/placement/resource_providers/{HOST}{end}" for end in ("", "/inventories", "/usages")
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [("", 1), ("?name=host-1", 1), ("?name=x", 0), (f"?uuid={HOST}", 1), (f"?uuid={NOBODY}", 0),
     (f"?in_tree={HOST}", 1),      ("?resources=VCPU:6", 1), ("?resources=VCPU:7", 0), (f"?member_of={NOBODY}", 0)],
)  # fmt: skip
def test_providers_are_found(api: Api, query: str, found: int) -> None:
    assert len(get(api, f"/resource_providers{query}")["resource_providers"]) == found


@pytest.mark.parametrize(
    "path",
    ["/resource_providers?colour=red", "/resource_providers?uuid=x", "/resource_providers?resources=VCPU",
     "/resource_providers?resources=NOPE:1", "/allocation_candidates", "/allocation_candidates?resources=VCPU:0",
     "/allocation_candidates?resources=VCPU:1,VCPU:2", "/usages",
     "/allocation_candidates?resources=VCPU:" + "9" * 5000],
)  # fmt: skip
def test_bad_questions(api: Api, path: str) -> None:
    error = get(api, path, status=400)["errors"][0]
    assert error["status"] == 400
    assert error["code"] == "placement.undefined_code"
    assert error["request_id"].startswith("req-")


def test_what_is_held(api: Api) -> None:
    stock = {"total": 8, "reserved": 0, "min_unit": 1, "max_unit": 8, "step_size": 1, "allocation_ratio": 1.0}
    assert get(api, f"/resource_providers/{HOST}/inventories")["inventories"]["VCPU"] == stock
    assert get(api, f"/resource_providers/{HOST}/inventories/VCPU") == {**stock, "resource_provider_generation": 2}
    usages = {"DISK_GB": 0, "MEMORY_MB": 512, "VCPU": 2}
    assert get(api, f"/resource_providers/{HOST}/usages") == {"resource_provider_generation": 2, "usages": usages}
    held = {"VCPU": 2, "MEMORY_MB": 512}
    assert get(api, f"/resource_providers/{HOST}/allocations")["allocations"] == {"s1": {"resources": held}}
    allocations = {HOST: {"generation": 2, "resources": held}}
    assert get(api, "/allocations/s1", "1.11") == {"allocations": allocations}
    assert get(api, "/allocations/s1") == {"allocations": allocations, "project_id": PROJECT, "user_id": "user-member"}
    assert get(api, "/allocations/nobody") == {"allocations": {}}
    assert get(api, f"/usages?project_id={PROJECT}") == {"usages": held}
    assert get(api, f"/usages?project_id={PROJECT}&user_id=someone") == {"usages": {}}


def test_candidates_by_microversion(api: Api) -> None:
    summaries = {HOST: {"resources": {"VCPU": {"capacity": 8, "used": 2}}}}
    new = get(api, "/allocation_candidates?resources=VCPU:6")
    assert new == {
        "allocation_requests": [{"allocations": {HOST: {"resources": {"VCPU": 6}}}}],
        "provider_summaries": summaries,
    }
    old = get(api, "/allocation_candidates?resources=VCPU:6", "1.10")["allocation_requests"]
    assert old == [{"allocations": [{"resource_provider": {"uuid": HOST}, "resources": {"VCPU": 6}}]}]
    assert get(api, "/allocation_candidates?resources=VCPU:7") == {"allocation_requests": [], "provider_summaries": {}}


@pytest.mark.parametrize(
    ("version", "path", "status"),
    [("1.15", "/resource_providers", 406), ("0.9", "/resource_providers", 400),
     ("1.8", f"/usages?project_id={PROJECT}", 404), ("1.9", "/allocation_candidates?resources=VCPU:1", 404),
     ("1.3", "/resource_providers?resources=VCPU:1", 400)],
)  # fmt: skip
def test_microversions_are_kept(api: Api, version: str, path: str, status: int) -> None:
    get(api, path, version, status)
