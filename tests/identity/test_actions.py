"""What Keystone calls each operation, as its refusals say; and that a refusal says it."""

import pytest

from stacklab.identity.actions import action
from stacklab.identity.api import ROUTES
from tests.support.identity_cloud import Cloud

# Asked of Keystone 30 with a member's token.
SAID = [
    ("GET", "/v3/users", "list_users"),
    ("POST", "/v3/users", "create_user"),
    ("GET", "/v3/users/{user_id}", "get_user"),
    ("PATCH", "/v3/users/{user_id}", "update_user"),
    ("DELETE", "/v3/users/{user_id}", "delete_user"),
    ("GET", "/v3/users/{user_id}/projects", "list_user_projects"),
    ("GET", "/v3/users/{user_id}/groups", "list_groups_for_user"),
    ("GET", "/v3/users/{user_id}/application_credentials", "list_application_credentials"),
    ("GET", "/v3/users/{user_id}/access_rules", "list_access_rules"),
    ("GET", "/v3/users/{user_id}/credentials/OS-EC2", "ec2_list_credentials"),
    ("GET", "/v3/domains", "list_domains"),
    ("GET", "/v3/domains/{domain_id}/config", "get_domain_config"),
    ("PUT", "/v3/domains/{domain_id}/config", "create_domain_config"),
    ("GET", "/v3/domains/config/default", "get_domain_config_default"),
    ("PUT", "/v3/projects/{p}/users/{u}/roles/{r}", "create_grant"),
    ("GET", "/v3/projects/{p}/users/{u}/roles", "list_grants"),
    ("PUT", "/v3/OS-INHERIT/domains/{d}/users/{u}/roles/{r}/inherited_to_projects", "create_grant"),
    ("PUT", "/v3/projects/{project_id}/tags/{tag}", "create_project_tag"),
    ("PUT", "/v3/projects/{project_id}/tags", "update_project_tags"),
    ("GET", "/v3/projects/{project_id}/tags", "list_project_tags"),
    ("GET", "/v3/role_assignments", "list_role_assignments"),
    ("GET", "/v3/role_inferences", "list_role_inference_rules"),
    ("PUT", "/v3/regions/{region_id}", "create_region"),
    ("GET", "/v3/policies", "list_policies"),
    ("GET", "/v3/policies/{policy_id}", "get_policy"),
    ("GET", "/v3/OS-EP-FILTER/endpoint_groups", "list_endpoint_groups"),
    ("GET", "/v3/OS-EP-FILTER/projects/{project_id}/endpoints", "list_endpoints_for_project"),
    ("GET", "/v3/endpoints/{endpoint_id}/OS-ENDPOINT-POLICY/policy", "get_policy_for_endpoint"),
    (
        "PUT",
        "/v3/policies/{p}/OS-ENDPOINT-POLICY/services/{s}",
        "create_policy_association_for_service",
    ),
    ("GET", "/v3/OS-TRUST/trusts", "list_trusts"),
    ("GET", "/v3/OS-OAUTH1/consumers", "list_consumers"),
    ("GET", "/v3/limits/{limit_id}", "get_limit"),
    ("GET", "/v3/credentials/{credential_id}", "get_credential"),
    ("GET", "/v3/groups/{group_id}/users", "list_users_in_group"),
    ("PUT", "/v3/groups/{group_id}/users/{user_id}", "add_user_to_group"),
    ("GET", "/v3/OS-REVOKE/events", "list_revoke_events"),
]


@pytest.mark.parametrize(("method", "route", "name"), SAID)
def test_names(method: str, route: str, name: str) -> None:
    assert action(method, route) == name


def test_every_route_has_one() -> None:
    for route in ROUTES:
        if route.public:
            continue
        assert "{" not in action(route.method, route.path)


def test_a_refusal_names_the_operation(shared_cloud: Cloud) -> None:
    answer = shared_cloud.call("DELETE", f"/v3/users/{shared_cloud.ids['reader']}", "member")
    assert answer.status == 403
    assert answer.json["error"] == {
        "code": 403,
        "message": "You are not authorized to perform the requested action: identity:delete_user.",
        "title": "Forbidden",
    }
