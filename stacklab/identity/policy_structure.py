"""Who may see and change domains, projects, groups, roles and assignments: the default rules of Keystone 30.

Most name the scopes they are for. A rule that names system and project only refuses a token of a domain whatever role
it carries, that of an admin included; an unscoped token counts as one of a project, and has no role.
"""

from stacklab.http.context import Caller
from stacklab.http.policy import ADMIN, Check, Target, declare, either
from stacklab.identity.policy import not_of_a_domain

_MANAGED = ("manager", "member", "reader")
"""Names of the roles that a domain's manager may give and take."""


def _system_reader(caller: Caller, _target: Target) -> bool:
    return caller.system and "reader" in caller.roles


def _in_own_domain(role: str, *facts: str) -> Check:
    """The role on the domain that every one of these facts of the target names."""
    return lambda caller, target: (
        caller.domain_id is not None
        and role in caller.roles
        and all(target.get(fact) == caller.domain_id for fact in facts)
    )


def _managed_role(caller: Caller, target: Target) -> bool:
    """A manager's view of a role they may give."""
    return "manager" in caller.roles and target.get("role_name") in _MANAGED


def _domain_manager_anywhere(caller: Caller, _target: Target) -> bool:
    return caller.domain_id is not None and "manager" in caller.roles


def _role_of_own_domain(caller: Caller, target: Target) -> bool:
    """The role is everybody's or of the token's domain."""
    return not target.get("role_domain_id") or target.get("role_domain_id") == caller.domain_id


_GRANT = ("actor_domain_id", "domain_id")
_GRANT_READER = either(_system_reader, _in_own_domain("reader", *_GRANT))
_GRANT_MANAGER = _in_own_domain("manager", *_GRANT)


def _check_grant(caller: Caller, target: Target) -> bool:
    return ADMIN(caller, target) or (_GRANT_READER(caller, target) and _role_of_own_domain(caller, target))


def _write_grant(caller: Caller, target: Target) -> bool:
    return ADMIN(caller, target) or (_GRANT_MANAGER(caller, target) and target.get("role_name") in _MANAGED)


_READ = either(ADMIN, _system_reader)
_READ_OFF_DOMAIN = not_of_a_domain(_READ)
_READ_OWN = either(_READ, _in_own_domain("reader", "domain_id"))

declare(
    "identity",
    {
        "domains:write": (not_of_a_domain(ADMIN), "Create, change and delete domains"),
        "groups:membership": (
            either(ADMIN, _in_own_domain("manager", "domain_id", "user_domain_id")),
            "Put users in groups and take them out",
        ),
        "groups:check": (
            either(_READ, _in_own_domain("reader", "domain_id", "user_domain_id")),
            "See whether a user is in a group",
        ),
        "roles:list": (either(_READ, _domain_manager_anywhere), "List the roles of everybody"),
        "roles:show": (either(_READ, _managed_role), "Show a role of everybody"),
        "roles:of_domain": (_READ_OFF_DOMAIN, "List and show the roles of a domain"),
        "roles:implied": (_READ_OFF_DOMAIN, "See which role implies which"),
        "roles:write": (not_of_a_domain(ADMIN), "Create, change and delete roles and what they imply"),
        "grants:list": (either(ADMIN, _GRANT_READER), "List the roles somebody has on a project or domain"),
        "grants:check": (_check_grant, "See whether somebody has a role on a project or domain"),
        "grants:write": (_write_grant, "Give and take roles on projects and domains"),
        "system_grants:read": (_READ_OFF_DOMAIN, "See which roles somebody has on the system"),
        "system_grants:write": (not_of_a_domain(ADMIN), "Give and take roles on the system"),
        "assignments:list": (_READ_OWN, "List role assignments"),
        "assignments:tree": (_READ_OWN, "List role assignments of a project and all below it"),
    },
)
