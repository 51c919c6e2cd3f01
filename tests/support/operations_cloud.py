"""A cloud with one of everything, which every persona may ask for every operation: nothing of it remains."""

from concurrent.futures import Executor, Future
from typing import Any

from stacklab.core import clock
from stacklab.core.db.database import transaction
from stacklab.http.dispatch import Dispatch
from stacklab.identity import grants, projects
from stacklab.identity.api import mount
from stacklab.identity.model_delegation import AccessToken, RequestToken
from tests.support.api import Answer
from tests.support.identity_cloud import PASSWORD, Cloud
from tests.support.operations import PERSONAS, Operation, fill


class _Undone(Exception):
    """Takes back what an operation did."""


class _Inline(Executor):
    """Runs what is slow in the thread that asks, inside its transaction."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:  # it is the future's to raise
            done.set_exception(error)
        return done


def ask(cloud: Cloud, operation: Operation, persona: str) -> Answer:
    """The operation as this persona gets it; nothing of it remains."""
    ids = cloud.ids | {name: value.format(**cloud.ids) for name, value in operation.given}
    path, body = fill(operation.path, ids), fill(operation.body, ids)
    who = None if persona == "anonymous" else persona
    headers = {"x_subject_token": cloud.tokens["project member"]}
    try:
        with transaction():
            if operation.first:
                before = cloud.call(operation.first, path, "system admin")
                assert before.status < 300, before.raw
            answer = cloud.call(operation.method, path, who, body, **headers)
            raise _Undone
    except _Undone:
        return answer


def furnish(cloud: Cloud) -> Cloud:
    """Every persona's token, and one of each thing under the name that the paths have for it."""
    cloud.api.app = Dispatch([mount(cloud.identity)], cloud.identity.check, _Inline())
    _people(cloud)
    _things(cloud)
    _oauth(cloud)
    return cloud


def _people(cloud: Cloud) -> None:
    domain = projects.create({"is_domain": True, "domain_id": "", "name": "other"}, {}).id
    roles = {role["name"]: role["id"] for role in cloud.call("GET", "/v3/roles", "admin").json["roles"]}
    places = {"project": cloud.ids["project"], "domain": "default", "system": "system"}
    away = {"project": projects.create({"domain_id": domain, "name": "far"}, {}).id, "domain": domain}
    for name, persona in PERSONAS.items():
        if not persona.role:
            continue
        kind = persona.scope
        target = places[kind] if persona.here or kind == "system" else away[kind]
        user = cloud.ids["member"] if persona.subject else cloud.user(name)
        grants.add("user", user, kind, target, roles[persona.role])
        scope = {"all": True} if kind == "system" else {"id": target}
        cloud.tokens[name] = cloud.token("member" if persona.subject else name, {kind: scope})
    cloud.ids |= {"user_id": cloud.ids["member"], "trustee_id": cloud.ids["project reader"], "password": PASSWORD}
    cloud.ids |= {"role_id": roles["reader"], "domain_id": "default", "project_id": cloud.ids["project"], "tag": "blue"}
    idle = {"is_domain": True, "domain_id": "", "name": "idle", "enabled": False}
    cloud.ids |= {"idle": projects.create(idle, {}).id, "group": "ldap", "option": "url"}


def _make(cloud: Cloud, path: str, noun: str, fields: dict[str, Any], persona: str = "system admin") -> dict[str, Any]:
    answer = cloud.call("POST", path, persona, {noun: fields})
    assert answer.status == 201, answer.raw
    made: dict[str, Any] = answer.json[noun]
    return made


def _things(cloud: Cloud) -> None:
    ids, mine = cloud.ids, f"/v3/users/{cloud.ids['user_id']}/application_credentials"
    for name in ("prior_role_id", "implies_role_id"):
        ids[name] = _make(cloud, "/v3/roles", "role", {"name": name})["id"]
    ids["group_id"] = _make(cloud, "/v3/groups", "group", {"name": "g", "domain_id": "default"})["id"]
    ids["region_id"] = _make(cloud, "/v3/regions", "region", {"id": "spare"})["id"]
    ids["service_id"] = _make(cloud, "/v3/services", "service", {"type": "dns"})["id"]
    endpoint = {"interface": "public", "url": "http://h/", "service_id": ids["service_id"]}
    for name in ("endpoint_id", "governed"):
        ids[name] = _make(cloud, "/v3/endpoints", "endpoint", endpoint)["id"]
    ids["policy_id"] = _make(cloud, "/v3/policies", "policy", {"type": "t", "blob": "b"})["id"]
    path = f"/v3/policies/{ids['policy_id']}/OS-ENDPOINT-POLICY/endpoints/{ids['governed']}"
    assert cloud.call("PUT", path, "system admin").status == 204
    group = {"name": "g", "filters": {"interface": "public"}}
    ids["endpoint_group_id"] = _make(cloud, "/v3/OS-EP-FILTER/endpoint_groups", "endpoint_group", group)["id"]
    _limits(cloud)
    config = {"config": {"ldap": {"url": "ldap://h"}}}
    assert cloud.call("PUT", "/v3/domains/default/config", "system admin", config).status == 201
    assert cloud.call("PUT", f"/v3/projects/{ids['project_id']}/tags/blue", "system admin").status == 201
    stored = {"type": "cert", "blob": "b", "user_id": ids["user_id"]}
    ids["credential_id"] = _make(cloud, "/v3/credentials", "credential", stored, "project member")["id"]
    rule = {"service": "compute", "method": "GET", "path": "/x"}
    unused = _make(cloud, mine, "application_credential", {"name": "x", "access_rules": [rule]}, "project member")
    assert cloud.call("DELETE", f"{mine}/{unused['id']}", "project member").status == 204
    ids["access_rule_id"] = unused["access_rules"][0]["id"]
    credential = _make(cloud, mine, "application_credential", {"name": "y"}, "project member")
    ids["application_credential_id"] = credential["id"]


def _limits(cloud: Cloud) -> None:
    ids = cloud.ids
    base = {"service_id": ids["service_id"], "default_limit": 5}
    asked = [{**base, "resource_name": name} for name in ("cores", "ram", "disk")]
    ids["registered_limit_id"] = _make(cloud, "/v3/registered_limits", "registered_limits", asked)[2]["id"]  # type: ignore[arg-type,index]
    limit = {"service_id": ids["service_id"], "resource_name": "cores", "resource_limit": 1}
    ids["limit_id"] = _make(cloud, "/v3/limits", "limits", [{**limit, "project_id": ids["project_id"]}])[0]["id"]  # type: ignore[arg-type,index]


def _oauth(cloud: Cloud) -> None:
    """A trust of the subject's, and the tokens of a consumer that the subject works with."""
    ids, later = cloud.ids, clock.now() + 3600 * clock.SECOND
    trust = {"trustor_user_id": ids["user_id"], "trustee_user_id": ids["trustee_id"], "impersonation": False}
    trust |= {"project_id": ids["project_id"], "roles": [{"id": ids["role_id"]}]}
    ids["trust_id"] = _make(cloud, "/v3/OS-TRUST/trusts", "trust", trust, "project member")["id"]
    ids["consumer_id"] = _make(cloud, "/v3/OS-OAUTH1/consumers", "consumer", {})["id"]
    common = {"consumer_id": ids["consumer_id"], "secret": "s", "project_id": ids["project_id"], "expires_at": later}
    ids["request_token_id"] = RequestToken.create(id="asked", **common).id
    access = AccessToken.create(id="given", user_id=ids["user_id"], role_ids=[ids["role_id"]], **common)
    ids["access_token_id"] = access.id
