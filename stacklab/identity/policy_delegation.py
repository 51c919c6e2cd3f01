"""Who may lend, and use what was lent: trusts, EC2 keys, stored credentials' tokens, OAuth1. Keystone's default rules.

Most of these are for tokens of a project or the system: one of a domain is refused whatever its roles (`scope_types`).
"""

from stacklab.http.context import Caller
from stacklab.http.policy import ADMIN, Check, Target, declare, either, owner
from stacklab.identity.policy import READ


def _not_domain(check: Check) -> Check:
    """For tokens of the system or a project, and those without a scope."""
    return lambda caller, target: caller.domain_id is None and check(caller, target)


def _project(check: Check) -> Check:
    """For tokens of a project, and those without a scope."""
    return lambda caller, target: caller.domain_id is None and not caller.system and check(caller, target)


def _is(name: str) -> Check:
    """The caller is the user whom the target names so."""
    return lambda caller, target: bool(caller.user_id) and caller.user_id == target.get(name)


def _member_owner(caller: Caller, target: Target) -> bool:
    return "member" in caller.roles and owner(caller, target)


def _service(caller: Caller, _target: Target) -> bool:
    return "service" in caller.roles


TRUSTOR, TRUSTEE = _is("trustor_user_id"), _is("trustee_user_id")

declare(
    "identity",
    {
        "trusts:create": (_project(TRUSTOR), "Make a trust in one's own name"),
        "trusts:list": (_not_domain(READ), "List all trusts"),
        "trusts:list_for_trustor": (_not_domain(either(READ, TRUSTOR)), "List the trusts somebody gave"),
        "trusts:list_for_trustee": (_not_domain(either(READ, TRUSTEE)), "List the trusts somebody got"),
        "trusts:show": (_not_domain(either(READ, TRUSTOR, TRUSTEE)), "Show a trust and its roles"),
        "trusts:delete": (_not_domain(either(ADMIN, TRUSTOR)), "Delete a trust"),
        "ec2:read": (_not_domain(either(READ, owner)), "List and show a user's EC2 keys"),
        "ec2:write": (_not_domain(either(ADMIN, _member_owner)), "Make and delete EC2 keys"),
        "ec2tokens:validate": (either(ADMIN, _service), "Exchange a request signed with an EC2 key for a token"),
        "s3tokens:validate": (either(ADMIN, _service), "Exchange a request signed with an S3 key for a token"),
        "consumers:read": (_not_domain(READ), "List and show OAuth1 consumers"),
        "consumers:write": (_not_domain(ADMIN), "Create, change and delete OAuth1 consumers"),
        "oauth1:authorize": (_project(ADMIN), "Authorize an OAuth1 request token"),
        "access_tokens:read": (_project(ADMIN), "List and show a user's OAuth1 access tokens and their roles"),
        "access_tokens:delete": (_not_domain(ADMIN), "Revoke a user's OAuth1 access token"),
    },
)
