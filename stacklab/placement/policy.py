"""Placement is for operators; a project may ask what it uses itself."""

from stacklab.http import policy
from stacklab.http.context import Caller


def operator(caller: Caller, _target: policy.Target) -> bool:
    """The admin role, or reader of the system."""
    return "admin" in caller.roles or (caller.system and "reader" in caller.roles)


_NOUNS = {
    "providers": "resource_providers",
    "candidates": "allocation_candidates",
    "classes": "resource_classes",
}


def _known_as(name: str) -> str:
    noun, _, verb = name.partition(":")
    return f"placement:{_NOUNS.get(noun, noun)}:{verb}"


policy.declare(
    "placement",
    {
        "providers:list": (operator, "List the hosts"),
        "providers:show": (operator, "Show a host, its inventories, usages, traits and aggregates"),
        "allocations:show": (operator, "Show what a server holds"),
        "candidates:list": (operator, "Ask which hosts could take a request"),
        "classes:list": (operator, "List the resource classes"),
        "traits:list": (operator, "List the traits"),
        "usages:show": (policy.either(operator, policy.PROJECT_READER), "Show what a project uses"),
    },
    _known_as,
)
