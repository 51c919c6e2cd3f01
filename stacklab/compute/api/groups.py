"""/os-server-groups."""

from typing import Any

from msgspec import UNSET

from stacklab.compute.groups import Group
from stacklab.compute.schemas.admin import CreateGroup
from stacklab.compute.schemas.common import invalid, number, plain_name
from stacklab.compute.service import Compute
from stacklab.core.errors import BadRequest
from stacklab.http.reply import Reply, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route


def index(compute: Compute, request: Request) -> Reply:
    everywhere = request.ctx.admin and "all_projects" in request.query
    limit = number(request.query.get("limit") or 1000, "limit")
    offset = number(request.query.get("offset") or 0, "offset")
    found = compute.groups.index(request.ctx, min(limit, 1000), offset, everywhere)
    members = compute.groups.members([group.id for group in found]) if found else {}
    return ok({"server_groups": [_view(group, members[group.id], request) for group in found]})


def show(compute: Compute, request: Request) -> Reply:
    group = compute.groups.get(request.ctx, request.path["id"])
    return ok({"server_group": _view(group, compute.groups.members([group.id])[group.id], request)})


def create(compute: Compute, request: Request) -> Reply:
    body: CreateGroup = request.body
    sent, new = body.server_group, request.version >= (2, 64)
    for name in ("policies",) if new else ("policy", "rules"):
        if getattr(sent, name) is not UNSET:
            raise invalid("server_group", f"Additional properties are not allowed ('{name}' was unexpected)")
    policy = sent.policy if new else sent.policies[0] if sent.policies else UNSET
    if policy is UNSET:
        raise invalid("server_group", f"'{'policy' if new else 'policies'}' is a required property")
    if str(policy).startswith("soft") and request.version < (2, 15):
        raise invalid("policies", f"Value: {policy}. '{policy}' is not one of ['affinity', 'anti-affinity']")
    rules: dict[str, int] = {}
    if sent.rules and sent.rules.max_server_per_host is not UNSET:
        if policy != "anti-affinity":
            raise BadRequest("Only anti-affinity policy supports rules.")
        rules["max_server_per_host"] = number(sent.rules.max_server_per_host, "max_server_per_host", 1)
    group = compute.groups.create(request.ctx, plain_name(sent.name), str(policy), rules)
    return ok({"server_group": _view(group, [], request)})


def delete(compute: Compute, request: Request) -> Reply:
    compute.groups.delete(request.ctx, request.path["id"])
    return no_content()


def _view(group: Group, members: list[str], request: Request) -> dict[str, Any]:
    view: dict[str, Any] = {"id": group.id, "name": group.name, "members": members}
    if request.version >= (2, 64):
        view["policy"] = group.policy
        view["rules"] = {"max_server_per_host": group.max_per_host} if group.policy == "anti-affinity" else {}
    else:
        view |= {"policies": [group.policy], "metadata": {}}
    if request.version >= (2, 13):
        view |= {"project_id": group.project_id, "user_id": group.user_id}
    return view


ROUTES = [
    Route("GET", "/v2.1/os-server-groups", index),
    Route("POST", "/v2.1/os-server-groups", create, body=CreateGroup),
    Route("GET", "/v2.1/os-server-groups/{id}", show),
    Route("DELETE", "/v2.1/os-server-groups/{id}", delete),
]
