"""The JSON-home document (draft-nottingham-json-home-03): which resources there are, and at which paths.

Clients that ask for `application/json-home` find out by it what a Keystone has; this one lists what it serves.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

MEDIA = "application/json-home"
_BASE = "https://docs.openstack.org/api/openstack-identity/3"
_EXPERIMENTAL = ("limit", "limits", "limit_model", "registered_limit", "registered_limits")

# By extension ("" for none): relation and path, as the real one has them.
_RESOURCES = {
    "": """
        auth_catalog /auth/catalog
        auth_domains /auth/domains
        auth_projects /auth/projects
        auth_system /auth/system
        auth_tokens /auth/tokens
        credentials /credentials
        credential /credentials/{credential_id}
        domains /domains
        domain_config_default /domains/config/default
        domain_config_default_group /domains/config/{group}/default
        domain_config_default_option /domains/config/{group}/{option}/default
        domain /domains/{domain_id}
        domain_config /domains/{domain_id}/config
        domain_config_group /domains/{domain_id}/config/{group}
        domain_config_option /domains/{domain_id}/config/{group}/{option}
        domain_group_roles /domains/{domain_id}/groups/{group_id}/roles
        domain_group_role /domains/{domain_id}/groups/{group_id}/roles/{role_id}
        domain_user_roles /domains/{domain_id}/users/{user_id}/roles
        domain_user_role /domains/{domain_id}/users/{user_id}/roles/{role_id}
        endpoints /endpoints
        endpoint /endpoints/{endpoint_id}
        groups /groups
        group /groups/{group_id}
        group_users /groups/{group_id}/users
        group_user /groups/{group_id}/users/{user_id}
        limits /limits
        limit_model /limits/model
        limit /limits/{limit_id}
        policies /policies
        policy /policies/{policy_id}
        projects /projects
        project /projects/{project_id}
        project_group_roles /projects/{project_id}/groups/{group_id}/roles
        project_group_role /projects/{project_id}/groups/{group_id}/roles/{role_id}
        project_tags /projects/{project_id}/tags/{value}
        project_user_roles /projects/{project_id}/users/{user_id}/roles
        project_user_role /projects/{project_id}/users/{user_id}/roles/{role_id}
        regions /regions
        region /regions/{region_id}
        registered_limits /registered_limits
        registered_limit /registered_limits/{registered_limit_id}
        role_assignments /role_assignments
        role_inferences /role_inferences
        roles /roles
        implied_roles /roles/{prior_role_id}/implies
        implied_role /roles/{prior_role_id}/implies/{implied_role_id}
        role /roles/{role_id}
        services /services
        service /services/{service_id}
        system_group_roles /system/groups/{group_id}/roles
        system_group_role /system/groups/{group_id}/roles/{role_id}
        system_user_roles /system/users/{user_id}/roles
        system_user_role /system/users/{user_id}/roles/{role_id}
        users /users
        user /users/{user_id}
        access_rules /users/{user_id}/access_rules
        access_rule /users/{user_id}/access_rules/{access_rule_id}
        application_credentials /users/{user_id}/application_credentials
        application_credential /users/{user_id}/application_credentials/{application_credential_id}
        user_groups /users/{user_id}/groups
        user_change_password /users/{user_id}/password
        user_projects /users/{user_id}/projects
        user_tokens /users/{user_id}/tokens
    """,
    "OS-EC2": """
        ec2tokens /ec2tokens
        user_credentials /users/{user_id}/credentials/OS-EC2
        user_credential /users/{user_id}/credentials/OS-EC2/{credential_id}
    """,
    "OS-ENDPOINT-POLICY": """
        endpoint_policy /endpoints/{endpoint_id}/OS-ENDPOINT-POLICY/policy
        policy_endpoints /policies/{policy_id}/OS-ENDPOINT-POLICY/endpoints
        endpoint_policy_association /policies/{policy_id}/OS-ENDPOINT-POLICY/endpoints/{endpoint_id}
        service_policy_association /policies/{policy_id}/OS-ENDPOINT-POLICY/services/{service_id}
        region_and_service_policy_association /policies/{policy_id}/OS-ENDPOINT-POLICY/services/{service_id}/regions/{region_id}
    """,  # noqa: E501 - paths
    "OS-EP-FILTER": """
        endpoint_groups /OS-EP-FILTER/endpoint_groups
        endpoint_group /OS-EP-FILTER/endpoint_groups/{endpoint_group_id}
        endpoints_in_endpoint_group /OS-EP-FILTER/endpoint_groups/{endpoint_group_id}/endpoints
        projects_associated_with_endpoint_group /OS-EP-FILTER/endpoint_groups/{endpoint_group_id}/projects
        endpoint_group_to_project_association /OS-EP-FILTER/endpoint_groups/{endpoint_group_id}/projects/{project_id}
        endpoint_projects /OS-EP-FILTER/endpoints/{endpoint_id}/projects
        project_endpoint_groups /OS-EP-FILTER/projects/{project_id}/endpoint_groups
        project_endpoints /OS-EP-FILTER/projects/{project_id}/endpoints
        project_endpoint /OS-EP-FILTER/projects/{project_id}/endpoints/{endpoint_id}
    """,
    "OS-INHERIT": """
        domain_group_roles_inherited_to_projects /OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/inherited_to_projects
        domain_group_role_inherited_to_projects /OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects
        domain_user_roles_inherited_to_projects /OS-INHERIT/domains/{domain_id}/users/{user_id}/roles/inherited_to_projects
        domain_user_role_inherited_to_projects /OS-INHERIT/domains/{domain_id}/users/{user_id}/roles/{role_id}/inherited_to_projects
        project_group_role_inherited_to_projects /OS-INHERIT/projects/{project_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects
        project_user_role_inherited_to_projects /OS-INHERIT/projects/{project_id}/users/{user_id}/roles/{role_id}/inherited_to_projects
    """,  # noqa: E501 - paths
    "OS-OAUTH1": """
        access_tokens /OS-OAUTH1/access_token
        authorize_request_token /OS-OAUTH1/authorize/{request_token_id}
        consumers /OS-OAUTH1/consumers
        consumer /OS-OAUTH1/consumers/{consumer_id}
        request_tokens /OS-OAUTH1/request_token
        user_access_tokens /users/{user_id}/OS-OAUTH1/access_tokens
        user_access_token /users/{user_id}/OS-OAUTH1/access_tokens/{access_token_id}
        user_access_token_roles /users/{user_id}/OS-OAUTH1/access_tokens/{access_token_id}/roles
        user_access_token_role /users/{user_id}/OS-OAUTH1/access_tokens/{access_token_id}/roles/{role_id}
    """,
    "OS-PKI": """
        revocations /auth/tokens/OS-PKI/revoked
    """,
    "OS-REVOKE": """
        events /OS-REVOKE/events
    """,
    "OS-SIMPLE-CERT": """
        ca_certificate /OS-SIMPLE-CERT/ca
        certificates /OS-SIMPLE-CERT/certificates
    """,
    "OS-TRUST": """
        trusts /OS-TRUST/trusts
        trust /OS-TRUST/trusts/{trust_id}
        trust_roles /OS-TRUST/trusts/{trust_id}/roles
        trust_role /OS-TRUST/trusts/{trust_id}/roles/{role_id}
    """,
    "s3tokens": """
        s3tokens /s3tokens
    """,
}
_PARAMETERS = {
    "prior_role_id": "role_id",
    "implied_role_id": "role_id",
    "group": "config_group",
    "option": "config_option",
    "value": "tag_value",
}
_OWN = {"OS-EP-FILTER": ("endpoint_group_id",), "OS-TRUST": ("trust_id",)} | {
    "OS-OAUTH1": ("request_token_id", "consumer_id", "access_token_id")
}
"""The parameters that an extension defines itself."""


@lru_cache(maxsize=8)
def document(served: frozenset[str], prefix: str) -> dict[str, Any]:
    """What is served of it; `served` are paths with `{}` for each parameter, `prefix` goes in front of those shown."""
    resources = {}
    for extension, lines in _RESOURCES.items():
        home = f"{_BASE}/ext/{extension}/1.0" if extension else _BASE
        for line in lines.split("\n")[1:-1]:
            relation, path = line.split()
            if shape(f"/v3{path}") in served:
                resources[f"{home}/rel/{relation}"] = _resource(extension, relation, path, prefix)
    return {"resources": resources}


def shape(path: str) -> str:
    """A path whose parameters have no names."""
    return re.sub(r"\{\w+\}", "{}", path)


def shapes(paths: Iterable[str]) -> frozenset[str]:
    return frozenset(map(shape, paths))


def _resource(extension: str, relation: str, path: str, prefix: str) -> dict[str, Any]:
    hints = {"hints": {"status": "experimental"}} if relation in _EXPERIMENTAL else {}
    names = re.findall(r"\{(\w+)\}", path)
    if not names:
        return {"href": prefix + path, **hints}
    return {"href-template": prefix + path, "href-vars": {name: _parameter(extension, name) for name in names}, **hints}


def _parameter(extension: str, name: str) -> str:
    home = f"{_BASE}/ext/{extension}/1.0" if name in _OWN.get(extension, ()) else _BASE
    return f"{home}/param/{_PARAMETERS.get(name, name)}"
