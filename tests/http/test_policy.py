"""The checks as a table: persona by rule."""

from importlib import import_module
from typing import Any

import pytest

from stacklab.core.errors import Forbidden
from stacklab.http import policy
from stacklab.http.context import Context
from stacklab.http.faults import GLANCE, KEYSTONE, NEUTRON, NOVA, PLACEMENT, Faults
from stacklab.http.request import Request
from tests.support.api import OTHER, PERSONAS, PROJECT

policy.declare(
    "test",
    {
        "read": (policy.PROJECT_READER, "Read"),
        "write": (policy.PROJECT_MEMBER, "Write"),
        "manage": (policy.PROJECT_MANAGER, "Manage"),
        "administer": (policy.ADMIN, "Administer"),
        "anyone": (policy.ANY, "Look"),
    },
)
EVERYONE = set(PERSONAS)


@pytest.mark.parametrize(
    ("rule", "project", "allowed"),
    [
        ("read", PROJECT, {"reader", "member", "manager", "admin", "system"}),
        ("write", PROJECT, {"member", "manager", "admin", "system"}),
        ("write", OTHER, {"other", "admin", "system"}),
        ("manage", PROJECT, {"manager", "admin", "system"}),
        ("administer", PROJECT, {"admin", "system"}),
        ("anyone", PROJECT, EVERYONE),
    ],
)
def test_rules(rule: str, project: str, allowed: set[str]) -> None:
    assert {name for name, who in PERSONAS.items() if Context(who).can(f"test:{rule}", project_id=project)} == allowed


def test_a_refusal_names_the_rule() -> None:
    with pytest.raises(Forbidden, match="Policy doesn't allow test:administer to be performed"):
        Context(PERSONAS["member"]).authorize("test:administer")


def test_without_a_target_the_callers_own_project_is_meant() -> None:
    assert Context(PERSONAS["member"]).can("test:write")
    assert not Context(PERSONAS["unscoped"]).can("test:write")


@pytest.mark.parametrize(
    ("package", "rule", "faults", "words"),
    [
        (
            "compute",
            "compute:servers:create",
            NOVA,
            "Policy doesn't allow os_compute_api:servers:create to be performed.",
        ),
        (
            "compute",
            "compute:servers:lock",
            NOVA,
            "Policy doesn't allow os_compute_api:os-lock-server:lock to be performed.",
        ),
        (
            "compute",
            "compute:quotas:update",
            NOVA,
            "Policy doesn't allow os_compute_api:os-quota-sets:update to be performed.",
        ),
        ("compute", "compute:limits:show", NOVA, "Policy doesn't allow os_compute_api:limits to be performed."),
        ("networks", "network:ports:delete", NEUTRON, "rule:delete_port is disallowed by policy"),
        (
            "networks",
            "network:ports:create:mac_address",
            NEUTRON,
            "(rule:create_port and rule:create_port:mac_address) is disallowed by policy",
        ),
        (
            "networks",
            "network:ports:create:binding",
            NEUTRON,
            "(rule:create_port and rule:create_port:binding:host_id) is disallowed by policy",
        ),
        ("images", "images:images:publicize", GLANCE, "You are not authorized to complete publicize_image action."),
        (
            "placement",
            "placement:providers:list",
            PLACEMENT,
            "Policy does not allow placement:resource_providers:list to be performed.",
        ),
        (
            "identity",
            "identity:auth:mine",
            KEYSTONE,
            "You are not authorized to perform the requested action: auth:mine.",
        ),
    ],
)
def test_each_service_refuses_in_its_own_words(package: str, rule: str, faults: Faults, words: str) -> None:
    import_module(f"stacklab.{package}.policy")
    denied = policy.Denied(policy.RULES[rule])
    refusal = faults.denied(denied, Request("GET", "/", {}, b"", _nothing))
    assert (refusal.status, refusal.message) == (403, words)


async def _nothing() -> dict[str, Any]:
    return {}
