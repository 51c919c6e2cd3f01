"""Quotas: what is over is refused in Nova's words, what fits is taken once, whoever asks at the same time."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stacklab.compute.creation import NewServer
from stacklab.core.db.database import proxy
from stacklab.core.errors import Failure
from stacklab.http.context import Context
from stacklab.placement.service import Inventory
from tests.support.api import PERSONAS

PROJECT = "0123456789abcdef0123456789abcde0"


def allow(cloud: Any, **limits: int) -> None:
    assert cloud.put(f"/os-quota-sets/{PROJECT}", {"quota_set": limits}, "admin").status == 200


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ({"instances": 1}, "Quota exceeded for instances: Requested 1, but already used 1 of 1 instances"),
        ({"cores": 1}, "Quota exceeded for cores: Requested 1, but already used 1 of 1 cores"),
        ({"ram": 200}, "Quota exceeded for ram: Requested 128, but already used 128 of 200 ram"),
    ],
)
def test_the_second_server_is_over(cloud: Any, limit: dict[str, int], words: str) -> None:
    allow(cloud, **limit)
    server = cloud.built()
    refused = cloud.order()
    assert (refused.status, refused.json["forbidden"]["message"]) == (403, words)
    cloud.delete(f"/servers/{server}")
    cloud.settle()
    assert cloud.order().status == 202


def test_as_many_as_fit_between_least_and_most(cloud: Any) -> None:
    allow(cloud, instances=3)
    assert cloud.order(min_count=1, max_count=5).status == 202
    assert len(cloud.get("/servers").json["servers"]) == 3
    assert cloud.order(min_count=1, max_count=2).status == 403


def test_no_limit_is_minus_one_and_usage_is_counted(cloud: Any) -> None:
    allow(cloud, instances=-1, cores=-1, ram=-1)
    cloud.order(min_count=12)
    absolute = cloud.get("/limits").json["limits"]["absolute"]
    assert (absolute["maxTotalInstances"], absolute["totalInstancesUsed"], absolute["totalRAMUsed"]) == (-1, 12, 1536)
    detail = cloud.get(f"/os-quota-sets/{PROJECT}/detail").json["quota_set"]
    assert detail["cores"] == {"limit": -1, "in_use": 12, "reserved": 0}


def test_a_limit_below_what_is_used_is_refused_unless_forced(cloud: Any) -> None:
    cloud.built()
    body = {"quota_set": {"cores": 0}}
    assert cloud.put(f"/os-quota-sets/{PROJECT}", body, "admin").status == 400
    body["quota_set"]["force"] = True
    assert cloud.put(f"/os-quota-sets/{PROJECT}", body, "admin").json["quota_set"]["cores"] == 0
    assert cloud.delete(f"/os-quota-sets/{PROJECT}", "admin").status == 202
    assert cloud.get(f"/os-quota-sets/{PROJECT}").json["quota_set"]["cores"] == 20


def test_the_default_class_changes_what_every_project_has(cloud: Any) -> None:
    cloud.put("/os-quota-class-sets/default", {"quota_class_set": {"cores": 7}}, "admin")
    assert cloud.get(f"/os-quota-sets/{PROJECT}").json["quota_set"]["cores"] == 7


BAD = [{"cores": "many"}, {"cores": -2}, {"colour": 1}, {"cores": 2**40}, {"fixed_ips": 1}, {"injected_files": 1}]


@pytest.mark.parametrize("quota", BAD)
def test_bad_limits(cloud: Any, quota: dict[str, Any]) -> None:
    assert cloud.put(f"/os-quota-sets/{PROJECT}", {"quota_set": quota}, "admin").status == 400


def race(cloud: Any, callers: int) -> list[str]:
    """What each of several threads got that order a server at once: its status or the refusal's type."""
    new = NewServer("r", cloud.image, "lab.nano")

    def order(_number: int) -> str:
        try:
            return str(cloud.compute.servers.create(Context(PERSONAS["member"]), new)[0][0].vm_state)
        except Failure as failure:
            return type(failure).__name__
        finally:
            proxy.close()

    with ThreadPoolExecutor(callers) as pool:
        return sorted(pool.map(order, range(callers)))


def test_one_of_many_gets_the_last_of_the_quota(cloud: Any) -> None:
    allow(cloud, instances=1)
    assert race(cloud, 8) == ["OverQuota"] * 7 + ["building"]


def test_one_of_many_gets_the_last_slot_of_the_host(cloud: Any) -> None:
    parts = cloud.compute.parts
    parts.placement.ensure_provider(parts.provider, parts.host, {
        "VCPU": Inventory(1), "MEMORY_MB": Inventory(128), "DISK_GB": Inventory(1)})  # fmt: skip
    assert race(cloud, 8) == ["building"] + ["error"] * 7
    assert cloud.taken() == 1
