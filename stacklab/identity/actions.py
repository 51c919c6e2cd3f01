"""What Keystone calls the operation that somebody was refused: `identity:list_users`. Its answer to a refusal names it.

Most names follow from method and path; those that do not are listed.
"""

from stacklab.core.errors import Failure, Forbidden
from stacklab.http.policy import Denied
from stacklab.http.request import Request

_VERBS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "create", "PATCH": "update", "DELETE": "delete"}
_GRANT = {"GET": "check_grant", "PUT": "create_grant", "DELETE": "revoke_grant"}
_CONFIG = {verb: f"{name}_domain_config" for verb, name in (*_VERBS.items(), ("PUT", "create"))}
_POLICY = "/policies/{}/OS-ENDPOINT-POLICY"
_FILTER = "/OS-EP-FILTER"
_OAUTH = "/users/{}/OS-OAUTH1/access_tokens"

# path → its name, or names by method
_NAMES: dict[str, str | dict[str, str]] = {
    "/auth/tokens": {"GET": "validate_token", "HEAD": "check_token", "DELETE": "revoke_token"},
    "/users/{}/projects": "list_user_projects",
    "/users/{}/groups": "list_groups_for_user",
    "/users/{}/credentials/OS-EC2": {"GET": "ec2_list_credentials", "POST": "ec2_create_credential"},
    "/users/{}/credentials/OS-EC2/{}": {"GET": "ec2_get_credential", "DELETE": "ec2_delete_credential"},
    "/ec2tokens": "ec2tokens_validate",
    "/s3tokens": "s3tokens_validate",
    f"{_OAUTH}/{{}}": {"GET": "get_access_token", "DELETE": "ec2_delete_credential"},
    f"{_OAUTH}/{{}}/roles": "list_access_token_roles",
    f"{_OAUTH}/{{}}/roles/{{}}": "get_access_token_role",
    "/OS-OAUTH1/authorize/{}": "authorize_request_token",
    "/OS-TRUST/trusts/{}/roles": "list_roles_for_trust",
    "/OS-TRUST/trusts/{}/roles/{}": "get_role_for_trust",
    "/OS-REVOKE/events": "list_revoke_events",
    "/groups/{}/users": "list_users_in_group",
    "/groups/{}/users/{}": {
        "GET": "check_user_in_group",
        "PUT": "add_user_to_group",
        "DELETE": "remove_user_from_group",
    },
    "/roles/{}/implies/{}": {
        "GET": "get_implied_role",
        "HEAD": "check_implied_role",
        "PUT": "create_implied_role",
        "DELETE": "delete_implied_role",
    },
    "/roles/{}/implies": "list_implied_roles",
    "/role_inferences": "list_role_inference_rules",
    "/projects/{}/tags": {
        "GET": "list_project_tags",
        "PUT": "update_project_tags",
        "DELETE": "delete_project_tags",
    },
    "/projects/{}/tags/{}": {
        "GET": "get_project_tag",
        "PUT": "create_project_tag",
        "DELETE": "delete_project_tag",
    },
    "/domains/{}/config": _CONFIG,
    "/domains/{}/config/{}": _CONFIG,
    "/domains/{}/config/{}/{}": _CONFIG,
    "/domains/config/default": "get_domain_config_default",
    "/domains/config/{}/default": "get_domain_config_default",
    "/domains/config/{}/{}/default": "get_domain_config_default",
    "/limits/model": "get_limit_model",
    f"{_FILTER}/projects/{{}}/endpoints": "list_endpoints_for_project",
    f"{_FILTER}/projects/{{}}/endpoints/{{}}": {
        "GET": "check_endpoint_in_project",
        "PUT": "add_endpoint_to_project",
        "DELETE": "remove_endpoint_from_project",
    },
    f"{_FILTER}/endpoints/{{}}/projects": "list_projects_for_endpoint",
    f"{_FILTER}/projects/{{}}/endpoint_groups": "list_endpoint_groups_for_project",
    f"{_FILTER}/endpoint_groups/{{}}/endpoints": "list_endpoints_associated_with_endpoint_group",
    f"{_FILTER}/endpoint_groups/{{}}/projects": "list_projects_associated_with_endpoint_group",
    f"{_FILTER}/endpoint_groups/{{}}/projects/{{}}": {
        "GET": "get_endpoint_group_in_project",
        "PUT": "add_endpoint_group_to_project",
        "DELETE": "remove_endpoint_group_from_project",
    },
    f"{_POLICY}/endpoints": "list_endpoints_for_policy",
    "/endpoints/{}/OS-ENDPOINT-POLICY/policy": "get_policy_for_endpoint",
}
for _kind, _place in (
    ("endpoint", "endpoints/{}"),
    ("service", "services/{}"),
    ("region_and_service", "services/{}/regions/{}"),
):
    _NAMES[f"{_POLICY}/{_place}"] = {
        method: f"{verb}_policy_association_for_{_kind}"
        for method, verb in (("GET", "check"), ("PUT", "create"), ("DELETE", "delete"))
    }
for _actor in ("user", "group"):
    _NAMES[f"/system/{_actor}s/{{}}/roles"] = f"list_system_grants_for_{_actor}"
    _NAMES[f"/system/{_actor}s/{{}}/roles/{{}}"] = {
        method: f"{verb}_system_grant_for_{_actor}"
        for method, verb in (("GET", "check"), ("PUT", "create"), ("DELETE", "revoke"))
    }
    for _target in ("projects", "domains"):
        _roles = f"/{_target}/{{}}/{_actor}s/{{}}/roles"
        _NAMES |= {_roles: "list_grants", f"{_roles}/{{}}": _GRANT}
        _NAMES[f"/OS-INHERIT{_roles}/inherited_to_projects"] = "list_grants"
        _NAMES[f"/OS-INHERIT{_roles}/{{}}/inherited_to_projects"] = _GRANT


_RULES = {f"trusts:list_for_{whom}": f"list_trusts_for_{whom}" for whom in ("trustor", "trustee")}
"""Rules whose operation is told by the query."""


def denied(refused: Denied, request: Request) -> Failure:
    """What Keystone answers somebody whom a rule refuses."""
    name = _RULES.get(refused.known_as) or action(request.method, request.route)
    return Forbidden(f"You are not authorized to perform the requested action: identity:{name}.")


def action(method: str, route: str) -> str:
    """The name of the operation of a route such as `/v3/users/{user_id}`."""
    parts = ["{}" if part.startswith("{") else part for part in route.strip("/").split("/")[1:]]
    listed = _NAMES.get("/" + "/".join(parts))
    if isinstance(listed, str):
        return listed
    if listed:
        return listed.get(method) or listed["GET"]
    if parts[-1] != "{}" and method in ("GET", "HEAD"):
        return f"list_{parts[-1]}"
    noun = next(part for part in reversed(parts) if part != "{}")
    return f"{_VERBS[method]}_{_one(noun)}"


def _one(nouns: str) -> str:
    """`policies` → `policy`, `users` → `user`."""
    return f"{nouns.removesuffix('ies')}y" if nouns.endswith("ies") else nouns.removesuffix("s")
