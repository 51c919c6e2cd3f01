"""OS-ENDPOINT-POLICY: which policy document is for which endpoints."""

from typing import TypedDict

from stacklab.http.reply import Reply, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import catalogue_entries as entries
from stacklab.identity import endpoint_policy, policies
from stacklab.identity.api.collections import collection, found
from stacklab.identity.model import Endpoint, Policy
from stacklab.identity.service import Identity
from stacklab.identity.views import catalogue as views

_READ, _WRITE = "identity:endpoint_policy:read", "identity:endpoint_policy:write"


class _Target(TypedDict, total=False):
    endpoint_id: str
    service_id: str
    region_id: str


def _policy(request: Request) -> Policy:
    return found(policies.find(request.path["policy_id"]), "policy", request.path["policy_id"])


def _endpoint(request: Request) -> Endpoint:
    endpoint_id = request.path["endpoint_id"]
    return found(entries.endpoint(endpoint_id), "endpoint", endpoint_id)


def _association(request: Request, rule: str) -> tuple[str, _Target]:
    """The policy and what the path associates it with, all of which must be there."""
    request.ctx.authorize(rule)
    policy_id, target = _policy(request).id, _Target()
    if "endpoint_id" in request.path:
        target["endpoint_id"] = _endpoint(request).id
    if "service_id" in request.path:
        service_id = request.path["service_id"]
        target["service_id"] = found(entries.service(service_id), "service", service_id).id
    if "region_id" in request.path:
        region_id = request.path["region_id"]
        target["region_id"] = found(entries.region(region_id), "region", region_id).id
    return policy_id, target


def check(_identity: Identity, request: Request) -> Reply:
    policy_id, target = _association(request, _READ)
    endpoint_policy.require(policy_id, **target)
    return no_content()


def associate(_identity: Identity, request: Request) -> Reply:
    policy_id, target = _association(request, _WRITE)
    endpoint_policy.associate(policy_id, **target)
    return no_content()


def dissociate(_identity: Identity, request: Request) -> Reply:
    policy_id, target = _association(request, _WRITE)
    endpoint_policy.dissociate(policy_id, **target)
    return no_content()


def list_endpoints(_identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_READ)
    listed = endpoint_policy.endpoints_of(_policy(request).id)
    return collection(request, "endpoints", [views.endpoint(e, request.base, request.root) for e in listed])


def show_in_force(_identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_READ)
    return ok({"policy": views.policy(endpoint_policy.in_force(_endpoint(request)), request.base)})


def show(_identity: Identity, request: Request) -> Reply:
    """Published, though Keystone 30 itself does not route it."""
    request.ctx.authorize(_READ)
    return ok({"policy": views.policy(_policy(request), request.base)})


_PATH = "/v3/policies/{policy_id}/OS-ENDPOINT-POLICY"
_TARGETS = ("endpoints/{endpoint_id}", "services/{service_id}", "services/{service_id}/regions/{region_id}")
_VERBS = {"GET": check, "PUT": associate, "DELETE": dissociate}
ROUTES = [
    *(Route(method, f"{_PATH}/{target}", call) for target in _TARGETS for method, call in _VERBS.items()),
    Route("GET", f"{_PATH}/endpoints", list_endpoints),
    Route("GET", f"{_PATH}/policy", show),
    Route("GET", "/v3/endpoints/{endpoint_id}/OS-ENDPOINT-POLICY/policy", show_in_force),
]
