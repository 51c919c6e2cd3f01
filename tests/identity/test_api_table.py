"""Every route of identity, every persona → status. Rows change nothing: where somebody is let in, the thing is missing
(404) or the body is wrong on purpose, so one cloud serves the whole table.
"""

from typing import Any

import pytest

from stacklab.http.routes import Route
from stacklab.identity.api import ROUTES
from tests.support.identity_cloud import Cloud

NOBODY = frozenset[str]()
TOKENS = frozenset({"unscoped", "reader", "member", "manager", "stranger", "auditor", "warden", "admin", "system"})
SCOPED = TOKENS - {"unscoped"}
ADMIN = frozenset({"admin"})  # in a project
ADMINS = frozenset({"admin", "system"})
READ = ADMINS | {"auditor"}
DOMAIN_READ = READ | {"warden"}  # things of the default domain
DOMAIN_WRITE = ADMINS | {"warden"}
MEMBER = frozenset({"member", "unscoped"})  # the same person with two tokens
INSIDE = frozenset({"reader", "member", "manager"})
PUBLIC = TOKENS | {"anonymous"}
DEFAULT = {"service_id": "0" * 32, "resource_name": "x", "default_limit": 1}
LIMIT = {"service_id": "0" * 32, "resource_name": "x", "resource_limit": 1, "project_id": "x"}
NEW: dict[str, Any] = {"name": "x", "domain_id": "missing"}

LOAN = {"trustor_user_id": "somebody else", "trustee_user_id": "missing", "impersonation": True}

# method, path, body, who is let in, what they get
TABLE: list[tuple[str, str, Any, frozenset[str], int]] = [
    ("GET", "/", None, PUBLIC, 300),
    ("GET", "/v3", None, PUBLIC, 200),
    ("POST", "/v3/auth/tokens", {"auth": {"identity": {}}}, PUBLIC, 400),
    ("GET", "/v3/auth/tokens", None, TOKENS, 404),
    ("DELETE", "/v3/auth/tokens", None, TOKENS, 404),
    ("GET", "/v3/auth/tokens/OS-PKI/revoked", None, PUBLIC, 403),
    ("GET", "/v3/OS-SIMPLE-CERT/ca", None, PUBLIC, 410),
    ("GET", "/v3/OS-SIMPLE-CERT/certificates", None, PUBLIC, 410),
    ("GET", "/v3/OS-REVOKE/events", None, ADMINS, 200),
    ("DELETE", "/v3/users/missing/tokens", None, ADMINS, 404),
    ("GET", "/v3/auth/catalog", None, SCOPED - {"auditor", "warden", "system"}, 200),
    ("GET", "/v3/auth/projects", None, TOKENS, 200),
    ("GET", "/v3/auth/domains", None, TOKENS, 200),
    ("GET", "/v3/auth/system", None, TOKENS, 200),
    ("GET", "/v3/domains", None, DOMAIN_READ, 200),
    ("POST", "/v3/domains", {"domain": {"name": ""}}, ADMINS, 400),
    ("GET", "/v3/domains/{domain}", None, TOKENS - {"unscoped", "auditor"} | READ, 200),
    ("PATCH", "/v3/domains/missing", {"domain": {}}, ADMINS, 404),
    ("DELETE", "/v3/domains/missing", None, ADMINS, 404),
    ("GET", "/v3/projects", None, DOMAIN_READ, 200),
    ("POST", "/v3/projects", {"project": NEW}, ADMINS, 400),
    ("GET", "/v3/projects/{project}", None, DOMAIN_READ | INSIDE, 200),
    ("PATCH", "/v3/projects/{project}", {"project": {"name": ""}}, DOMAIN_WRITE, 400),
    ("DELETE", "/v3/projects/missing", None, ADMINS, 404),
    ("GET", "/v3/projects/{project}/tags", None, DOMAIN_READ | INSIDE, 200),
    ("PUT", "/v3/projects/missing/tags", {"tags": []}, ADMINS, 404),
    ("DELETE", "/v3/projects/missing/tags", None, ADMINS, 404),
    ("GET", "/v3/projects/{project}/tags/missing", None, DOMAIN_READ | INSIDE, 404),
    ("PUT", "/v3/projects/{project}/tags/a,b", None, DOMAIN_WRITE, 400),
    ("DELETE", "/v3/projects/{project}/tags/missing", None, DOMAIN_WRITE, 404),
    ("GET", "/v3/users", None, DOMAIN_READ, 200),
    ("POST", "/v3/users", {"user": NEW}, ADMINS, 404),
    ("GET", "/v3/users/{member}", None, DOMAIN_READ | MEMBER, 200),
    ("PATCH", "/v3/users/{member}", {"user": {"name": ""}}, DOMAIN_WRITE, 400),
    ("DELETE", "/v3/users/missing", None, ADMINS, 404),
    ("POST", "/v3/users/missing/password", {"user": {"password": "x", "original_password": "y"}}, PUBLIC, 401),
    ("GET", "/v3/users/{member}/projects", None, DOMAIN_READ | MEMBER, 200),
    ("GET", "/v3/users/{member}/groups", None, DOMAIN_READ | MEMBER, 200),
    ("GET", "/v3/users/{member}/application_credentials", None, READ | MEMBER, 200),
    (
        "POST",
        "/v3/users/{member}/application_credentials",
        {"application_credential": {"name": "x", "roles": [{"id": "missing"}]}},
        MEMBER,
        400,
    ),
    ("GET", "/v3/users/{member}/application_credentials/missing", None, READ | MEMBER, 404),
    ("DELETE", "/v3/users/{member}/application_credentials/missing", None, ADMINS | MEMBER, 404),
    ("GET", "/v3/users/{member}/access_rules", None, frozenset({"system", "auditor"}) | MEMBER, 200),
    ("GET", "/v3/users/{member}/access_rules/missing", None, frozenset({"system", "auditor"}) | MEMBER, 404),
    ("DELETE", "/v3/users/{member}/access_rules/missing", None, frozenset({"system"}) | MEMBER, 404),
    ("GET", "/v3/groups", None, DOMAIN_READ, 200),
    ("POST", "/v3/groups", {"group": NEW}, ADMINS, 404),
    ("GET", "/v3/groups/missing", None, READ, 404),
    ("PATCH", "/v3/groups/missing", {"group": {}}, ADMINS, 404),
    ("DELETE", "/v3/groups/missing", None, ADMINS, 404),
    ("GET", "/v3/groups/missing/users", None, READ, 404),
    ("PUT", "/v3/groups/missing/users/{member}", None, ADMINS, 404),
    ("GET", "/v3/groups/missing/users/{member}", None, READ, 404),
    ("DELETE", "/v3/groups/missing/users/{member}", None, ADMINS, 404),
    ("GET", "/v3/roles", None, DOMAIN_READ, 200),
    ("GET", "/v3/roles?domain_id={domain}", None, READ, 200),
    ("GET", "/v3/roles/{role}", None, DOMAIN_READ | {"manager"}, 200),
    ("POST", "/v3/roles", {"role": {"name": ""}}, ADMINS, 400),
    ("GET", "/v3/roles/missing", None, READ, 404),
    ("PATCH", "/v3/roles/missing", {"role": {}}, ADMINS, 404),
    ("DELETE", "/v3/roles/missing", None, ADMINS, 404),
    ("GET", "/v3/role_inferences", None, READ, 200),
    ("GET", "/v3/roles/missing/implies", None, READ, 404),
    ("GET", "/v3/roles/missing/implies/missing", None, READ, 404),
    ("HEAD", "/v3/roles/missing/implies/missing", None, READ, 404),
    ("PUT", "/v3/roles/missing/implies/missing", None, ADMINS, 404),
    ("DELETE", "/v3/roles/missing/implies/missing", None, ADMINS, 404),
    ("GET", "/v3/role_assignments", None, DOMAIN_READ, 200),
    ("GET", "/v3/role_assignments?scope.project.id={project}", None, DOMAIN_READ, 200),
    ("GET", "/v3/role_assignments?scope.project.id={project}&include_subtree", None, DOMAIN_READ, 200),
    ("GET", "/v3/role_assignments?include_subtree", None, READ, 400),
    ("GET", "/v3/regions", None, TOKENS, 200),
    ("POST", "/v3/regions", {"region": {"id": 1}}, ADMINS, 400),
    ("GET", "/v3/regions/{region}", None, TOKENS, 200),
    ("PUT", "/v3/regions/{region}", {"region": {}}, ADMINS, 409),
    ("PATCH", "/v3/regions/missing", {"region": {"x": 1}}, ADMINS, 404),
    ("DELETE", "/v3/regions/{region}", None, ADMINS, 403),
    ("GET", "/v3/services", None, READ, 200),
    ("POST", "/v3/services", {"service": {}}, ADMINS, 400),
    ("GET", "/v3/services/missing", None, READ, 404),
    ("PATCH", "/v3/services/missing", {"service": {"x": 1}}, ADMINS, 404),
    ("DELETE", "/v3/services/missing", None, ADMINS, 404),
    ("GET", "/v3/endpoints", None, READ, 200),
    ("POST", "/v3/endpoints", {"endpoint": {}}, ADMINS, 400),
    ("GET", "/v3/endpoints/missing", None, READ, 404),
    ("PATCH", "/v3/endpoints/missing", {"endpoint": {"x": 1}}, ADMINS, 404),
    ("DELETE", "/v3/endpoints/missing", None, ADMINS, 404),
    ("GET", "/v3/credentials", None, TOKENS, 200),
    ("POST", "/v3/credentials", {"credential": {"type": "ec2", "blob": "no"}}, TOKENS, 400),
    ("GET", "/v3/credentials/missing", None, READ, 404),
    ("PATCH", "/v3/credentials/missing", {"credential": {"blob": "x"}}, ADMINS, 404),
    ("DELETE", "/v3/credentials/missing", None, ADMINS, 404),
    ("GET", "/v3/policies", None, READ, 200),
    ("POST", "/v3/policies", {"policy": {}}, ADMINS, 400),
    ("GET", "/v3/policies/missing", None, READ, 404),
    ("PATCH", "/v3/policies/missing", {"policy": {"x": 1}}, ADMINS, 404),
    ("DELETE", "/v3/policies/missing", None, ADMINS, 404),
    ("GET", "/v3/OS-TRUST/trusts", None, READ, 200),
    ("GET", "/v3/OS-TRUST/trusts?trustor_user_id={member}", None, READ | MEMBER, 200),
    ("GET", "/v3/OS-TRUST/trusts?trustee_user_id={member}", None, READ | MEMBER, 200),
    ("POST", "/v3/OS-TRUST/trusts", {"trust": LOAN}, NOBODY, 403),
    ("GET", "/v3/OS-TRUST/trusts/missing", None, TOKENS, 404),
    ("DELETE", "/v3/OS-TRUST/trusts/missing", None, TOKENS, 404),
    ("GET", "/v3/OS-TRUST/trusts/missing/roles", None, TOKENS, 404),
    ("GET", "/v3/OS-TRUST/trusts/missing/roles/missing", None, TOKENS, 404),
    ("GET", "/v3/users/{member}/credentials/OS-EC2", None, READ | MEMBER, 200),
    ("POST", "/v3/users/{member}/credentials/OS-EC2", {"tenant_id": "missing"}, ADMINS | {"member"}, 404),
    ("GET", "/v3/users/{member}/credentials/OS-EC2/missing", None, TOKENS, 404),
    ("DELETE", "/v3/users/{member}/credentials/OS-EC2/missing", None, TOKENS, 404),
    ("POST", "/v3/ec2tokens", {"credentials": {"access": "missing"}}, ADMINS, 404),
    ("POST", "/v3/s3tokens", {"credentials": {"access": "missing"}}, ADMINS, 404),
    ("GET", "/v3/OS-OAUTH1/consumers", None, READ, 200),
    ("POST", "/v3/OS-OAUTH1/consumers", {"consumer": {"description": 1}}, ADMINS, 400),
    ("GET", "/v3/OS-OAUTH1/consumers/missing", None, READ, 404),
    ("PATCH", "/v3/OS-OAUTH1/consumers/missing", {"consumer": {"description": "x"}}, ADMINS, 404),
    ("DELETE", "/v3/OS-OAUTH1/consumers/missing", None, ADMINS, 404),
    ("POST", "/v3/OS-OAUTH1/request_token", None, PUBLIC, 400),
    ("PUT", "/v3/OS-OAUTH1/authorize/missing", {"roles": []}, ADMIN, 404),
    ("POST", "/v3/OS-OAUTH1/access_token", None, PUBLIC, 400),
    ("GET", "/v3/users/{member}/OS-OAUTH1/access_tokens", None, ADMIN, 200),
    ("GET", "/v3/users/{member}/OS-OAUTH1/access_tokens/missing", None, ADMIN, 404),
    ("DELETE", "/v3/users/{member}/OS-OAUTH1/access_tokens/missing", None, ADMINS, 404),
    ("GET", "/v3/users/{member}/OS-OAUTH1/access_tokens/missing/roles", None, ADMIN, 404),
    ("GET", "/v3/users/{member}/OS-OAUTH1/access_tokens/missing/roles/missing", None, ADMIN, 404),
    ("GET", "/v3/OS-EP-FILTER/endpoint_groups", None, READ, 200),
    ("POST", "/v3/OS-EP-FILTER/endpoint_groups", {"endpoint_group": {"name": "x", "filters": {}}}, ADMINS, 400),
    ("GET", "/v3/OS-EP-FILTER/endpoint_groups/missing", None, READ, 404),
    ("PATCH", "/v3/OS-EP-FILTER/endpoint_groups/missing", {"endpoint_group": {"name": "x"}}, ADMINS, 404),
    ("DELETE", "/v3/OS-EP-FILTER/endpoint_groups/missing", None, ADMINS, 404),
    ("GET", "/v3/OS-EP-FILTER/endpoint_groups/missing/endpoints", None, READ, 404),
    ("GET", "/v3/OS-EP-FILTER/endpoint_groups/missing/projects", None, READ, 200),
    ("GET", "/v3/OS-EP-FILTER/endpoint_groups/missing/projects/missing", None, READ, 404),
    ("PUT", "/v3/OS-EP-FILTER/endpoint_groups/missing/projects/missing", None, ADMINS, 404),
    ("DELETE", "/v3/OS-EP-FILTER/endpoint_groups/missing/projects/missing", None, ADMINS, 404),
    ("GET", "/v3/OS-EP-FILTER/projects/{project}/endpoints", None, READ, 200),
    ("GET", "/v3/OS-EP-FILTER/projects/{project}/endpoints/missing", None, READ, 404),
    ("PUT", "/v3/OS-EP-FILTER/projects/{project}/endpoints/missing", None, ADMINS, 404),
    ("DELETE", "/v3/OS-EP-FILTER/projects/{project}/endpoints/missing", None, ADMINS, 404),
    ("GET", "/v3/OS-EP-FILTER/projects/{project}/endpoint_groups", None, READ, 200),
    ("GET", "/v3/OS-EP-FILTER/endpoints/missing/projects", None, READ, 404),
    ("GET", "/v3/endpoints/missing/OS-ENDPOINT-POLICY/policy", None, READ, 404),
    ("GET", "/v3/policies/missing/OS-ENDPOINT-POLICY/policy", None, READ, 404),
    ("GET", "/v3/policies/missing/OS-ENDPOINT-POLICY/endpoints", None, READ, 404),
    ("GET", "/v3/registered_limits", None, TOKENS, 200),
    ("POST", "/v3/registered_limits", {"registered_limits": [DEFAULT]}, ADMINS, 400),
    ("GET", "/v3/registered_limits/missing", None, TOKENS, 404),
    ("PATCH", "/v3/registered_limits/missing", {"registered_limit": {}}, ADMINS, 404),
    ("DELETE", "/v3/registered_limits/missing", None, ADMINS, 404),
    ("GET", "/v3/limits", None, TOKENS, 200),
    ("GET", "/v3/limits/model", None, TOKENS, 200),
    ("GET", "/v3/limits/missing", None, READ, 404),
    ("PATCH", "/v3/limits/missing", {"limit": {}}, ADMINS, 404),
    ("DELETE", "/v3/limits/missing", None, ADMINS, 404),
    ("POST", "/v3/limits", {"limits": [LIMIT]}, ADMINS, 400),
    ("GET", "/v3/domains/config/default", None, READ, 200),
    ("GET", "/v3/domains/config/ldap/default", None, READ, 200),
    ("GET", "/v3/domains/config/ldap/url/default", None, READ, 200),
    ("PUT", "/v3/domains/missing/config", {"config": {}}, ADMINS, 404),
]
for part in ("", "/ldap", "/ldap/url"):
    TABLE += [
        ("GET", f"/v3/domains/missing/config{part}", None, READ, 404),
        ("PATCH", f"/v3/domains/missing/config{part}", {"config": {}}, ADMINS, 404),
        ("DELETE", f"/v3/domains/missing/config{part}", None, ADMINS, 404),
    ]
for target in ("endpoints/missing", "services/missing", "services/missing/regions/missing"):
    path = f"/v3/policies/missing/OS-ENDPOINT-POLICY/{target}"
    TABLE += [("GET", path, None, READ, 404), ("PUT", path, None, ADMINS, 404), ("DELETE", path, None, ADMINS, 404)]
for place in ("projects/{project}", "domains/{domain}", "system"):
    for actor, there in (("users/{member}", 200), ("groups/missing", 404)):
        path = f"/v3/{place}/{actor}/roles"
        readers = DOMAIN_READ if place != "system" and there == 200 else READ  # whose things they are decides
        TABLE += [
            ("GET", path, None, readers, there),
            ("GET", f"{path}/missing", None, readers, 404),
            ("PUT", f"{path}/missing", None, ADMINS, 404),
            ("DELETE", f"{path}/missing", None, ADMINS, 404),
        ]
        if place == "system":
            continue
        one = f"/v3/OS-INHERIT/{place}/{actor}/roles/{{role}}/inherited_to_projects"
        writers = DOMAIN_WRITE if there == 200 else ADMINS
        TABLE += [("GET", one, None, readers, 404), ("DELETE", one, None, writers, 404)]
        TABLE.append(("PUT", one.replace("{role}", "missing"), None, ADMINS, 404))
        if place == "domains/{domain}":
            TABLE.append(("GET", f"/v3/OS-INHERIT/{place}/{actor}/roles/inherited_to_projects", None, readers, there))


@pytest.mark.parametrize("persona", sorted(PUBLIC))
@pytest.mark.parametrize(("method", "path", "body", "allowed", "status"), TABLE, ids=[f"{r[0]} {r[1]}" for r in TABLE])
def test_status(
    shared_cloud: Cloud, persona: str, method: str, path: str, body: Any, allowed: frozenset[str], status: int
) -> None:
    expected = status if persona in allowed else 401 if persona == "anonymous" else 403
    who = None if persona == "anonymous" else persona
    answer = shared_cloud.call(method, path.format(**shared_cloud.ids), who, body)
    assert answer.status == expected, answer.raw
    if answer.status >= 400 and method != "HEAD":
        assert answer.json["error"]["code"] == expected
        assert answer.json["error"]["message"]


def _fits(route: str, path: str) -> bool:
    ours, theirs = route.strip("/").split("/"), path.partition("?")[0].strip("/").split("/")
    return len(ours) == len(theirs) and all(a == b or a.startswith("{") for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("route", ROUTES, ids=[f"{r.method} {r.path}" for r in ROUTES])
def test_every_route_has_a_row(route: Route) -> None:
    assert any(method == route.method and _fits(route.path, path) for method, path, *_ in TABLE)
