"""Policy is documented data: a name, a check, a sentence. Each service declares its table in its `policy.py`:

    policy.declare("compute", {
        "servers:start": (policy.PROJECT_MEMBER, "Start a server"),
    })

The roles are the ones every OpenStack of this release knows: admin > manager > member > reader (a token carries the
implied ones), and service. Scopes are enforced: a system or domain token has no project and passes no project check.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from stacklab.core.errors import Forbidden

if TYPE_CHECKING:
    from stacklab.http.context import Caller

Target = Mapping[str, str | None]
Check = Callable[["Caller", Target], bool]


def any_user(caller: Caller, _target: Target) -> bool:
    """Any valid token, scoped or not."""
    return bool(caller.user_id)


def admin(caller: Caller, _target: Target) -> bool:
    """The admin role, on whatever the token is scoped to."""
    return "admin" in caller.roles


def owner(caller: Caller, target: Target) -> bool:
    """The user the target belongs to."""
    return bool(caller.user_id) and caller.user_id == target.get("user_id")


def _in_project(role: str) -> Check:
    def check(caller: Caller, target: Target) -> bool:
        if "admin" in caller.roles:
            return True
        own = target.get("project_id", caller.project_id)
        return caller.project_id is not None and own == caller.project_id and role in caller.roles

    return check


PROJECT_READER = _in_project("reader")
PROJECT_MEMBER = _in_project("member")
PROJECT_MANAGER = _in_project("manager")
ADMIN = admin
ANY = any_user


def either(*checks: Check) -> Check:
    """True when one of the checks is."""
    return lambda caller, target: any(check(caller, target) for check in checks)


class Rule(Struct, frozen=True):
    name: str
    check: Check
    sentence: str
    known_as: str  # what the real service calls it


RULES: dict[str, Rule] = {}


class Denied(Forbidden):
    """A rule says no. How that is told is each service's: its Faults turn it into the failure a client is shown."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(f"Policy doesn't allow {rule.name} to be performed.", kind="PolicyNotAuthorized")
        self.known_as = rule.known_as


def declare(
    service: str, table: Mapping[str, tuple[Check, str]], known_as: Callable[[str], str] = lambda name: name
) -> None:
    """Add a service's rules under `service:`. `known_as` tells the real service's name of each, for refusals."""
    for name, (check, sentence) in table.items():
        full = f"{service}:{name}"
        RULES[full] = Rule(full, check, sentence, known_as(name))


def allows(rule: str, caller: Caller, target: Target) -> bool:
    return RULES[rule].check(caller, target)


def enforce(rule: str, caller: Caller, target: Target) -> None:
    if not RULES[rule].check(caller, target):
        raise Denied(RULES[rule])
