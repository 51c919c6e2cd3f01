"""Who may do what in identity: Keystone's default rules with scopes enforced.

The admin role suffices wherever its token is scoped; a reader of the system sees everything; a reader of a domain what
is in the domain; everybody sees and keeps their own.
"""

from stacklab.http.context import Caller
from stacklab.http.policy import ADMIN, ANY, Check, Target, declare, either, owner


def _system_reader(caller: Caller, _target: Target) -> bool:
    return caller.system and "reader" in caller.roles


def _system_admin(caller: Caller, _target: Target) -> bool:
    return caller.system and "admin" in caller.roles


def _domain(role: str, caller: Caller, target: Target) -> bool:
    return caller.domain_id is not None and caller.domain_id == target.get("domain_id") and role in caller.roles


def _domain_reader(caller: Caller, target: Target) -> bool:
    return _domain("reader", caller, target)


def _domain_manager(caller: Caller, target: Target) -> bool:
    return _domain("manager", caller, target)


def _own_project(caller: Caller, target: Target) -> bool:
    return caller.project_id is not None and caller.project_id == target.get("project_id")


def _own_domain(caller: Caller, target: Target) -> bool:
    return target.get("domain_id") is not None and target.get("domain_id") in (
        caller.domain_id,
        caller.project_domain_id,
    )


def _service(caller: Caller, _target: Target) -> bool:
    return "service" in caller.roles


def _service_or_admin(caller: Caller, _target: Target) -> bool:
    """Not with a token for a domain."""
    return caller.domain_id is None and bool(caller.roles & {"admin", "service"})


def not_of_a_domain(check: Check) -> Check:
    """For tokens of the system or a project, and those without a scope: Keystone's `scope_types` system and project."""
    return lambda caller, target: caller.domain_id is None and check(caller, target)


READ = either(ADMIN, _system_reader)
READ_DOMAIN = either(READ, _domain_reader)
WRITE_DOMAIN = either(ADMIN, _domain_manager)

declare(
    "identity",
    {
        "auth:mine": (ANY, "See the catalogue and the scopes one may choose"),
        "tokens:show": (either(READ, _service, owner), "Validate a token"),
        "tokens:check": (either(READ, owner), "See whether a token is valid, by HEAD"),
        "tokens:revoke": (either(ADMIN, owner), "Revoke a token, or all of a user's"),
        "revoke_events:list": (_service_or_admin, "List revocations"),
        "domains:list": (either(READ, _domain_reader), "List domains"),
        "domains:show": (either(READ, _own_domain), "Show a domain"),
        "projects:list": (READ_DOMAIN, "List projects"),
        "projects:show": (either(READ_DOMAIN, _own_project), "Show a project and its tags"),
        "projects:write": (WRITE_DOMAIN, "Create, change, tag and delete projects"),
        "users:list": (READ_DOMAIN, "List users"),
        "users:show": (either(READ_DOMAIN, owner), "Show a user, their groups and projects"),
        "users:write": (WRITE_DOMAIN, "Create, change and delete users"),
        "groups:list": (READ_DOMAIN, "List groups and their members"),
        "groups:show": (READ_DOMAIN, "Show a group"),
        "groups:write": (WRITE_DOMAIN, "Create, change and delete groups, and their members"),
        "credentials:read": (either(READ, owner), "List and show stored credentials"),
        "credentials:write": (either(ADMIN, owner), "Create, change and delete stored credentials"),
        "application_credentials:read": (
            not_of_a_domain(either(READ, owner)),
            "List and show a user's application credentials",
        ),
        "application_credentials:create": (owner, "Make an application credential for oneself"),
        "application_credentials:delete": (not_of_a_domain(either(ADMIN, owner)), "Delete an application credential"),
        "access_rules:read": (not_of_a_domain(either(_system_reader, owner)), "List and show a user's access rules"),
        "access_rules:delete": (
            not_of_a_domain(either(_system_admin, owner)),
            "Delete an access rule that no credential has",
        ),
    },
)
