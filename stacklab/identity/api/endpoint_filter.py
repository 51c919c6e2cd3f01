"""OS-EP-FILTER: endpoint groups, and which endpoints and groups a project's catalogue is made of."""

from typing import Any

import msgspec

from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import catalogue_entries, endpoint_groups, projects
from stacklab.identity import endpoint_filter as seen
from stacklab.identity.api.collections import collection, conditions, found, only
from stacklab.identity.catalogue_model import EndpointGroup
from stacklab.identity.model import Endpoint, Project, matching
from stacklab.identity.schemas.endpoint_filter import GroupChange, NewGroupBody
from stacklab.identity.schemas.given import given
from stacklab.identity.service import Identity
from stacklab.identity.views import catalogue as views
from stacklab.identity.views import projects as project_views

_READ, _WRITE = "identity:endpoint_filter:read", "identity:endpoint_filter:write"


def _group(request: Request) -> EndpointGroup:
    group_id = request.path["endpoint_group_id"]
    return found(seen.group(group_id), "Endpoint Group", group_id)


def _project(request: Request) -> Project:
    return found(projects.find(request.path["project_id"]), "project", request.path["project_id"])


def _endpoint(request: Request) -> Endpoint:
    endpoint_id = request.path["endpoint_id"]
    return found(catalogue_entries.endpoint(endpoint_id), "endpoint", endpoint_id)


def _show_endpoints(request: Request, listed: list[Endpoint]) -> Reply:
    return collection(request, "endpoints", [views.endpoint(e, request.base, request.root) for e in listed])


def _show_projects(request: Request, listed: list[Project]) -> Reply:
    tags = projects.tags([p.id for p in listed])
    return collection(request, "projects", [project_views.project(p, request.base, tags[p.id]) for p in listed])


def list_groups(_identity: Identity, request: Request) -> Reply:
    only(request, "name")
    request.ctx.authorize(_READ)
    listed = matching(EndpointGroup, *conditions(request, ("name",)))
    return collection(request, "endpoint_groups", [views.endpoint_group(g, request.base) for g in listed])


def _present(request: Request, group: EndpointGroup) -> dict[str, Any]:
    return {"endpoint_group": views.endpoint_group(group, request.base)}


def show_group(_identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_READ)
    return ok(_present(request, _group(request)))


def create_group(_identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_WRITE)
    made = endpoint_groups.create(msgspec.structs.asdict(request.body.endpoint_group))
    return created(_present(request, made))


def update_group(identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_WRITE)
    changes = given(request.body.endpoint_group, "endpoint_group")
    return ok(_present(request, endpoint_groups.update(identity, _group(request), changes)))


def delete_group(identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_WRITE)
    endpoint_groups.delete(identity, _group(request))
    return no_content()


def check_endpoint(_identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_READ)
    endpoint, project = _endpoint(request), _project(request)
    if not seen.has_endpoint(project.id, endpoint.id):
        raise endpoint_groups.no_endpoint(project.id, endpoint.id)
    return no_content()


def add_endpoint(identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_WRITE)
    endpoint, project = _endpoint(request), _project(request)
    endpoint_groups.add_endpoint(identity, project.id, endpoint.id)
    return no_content()


def remove_endpoint(identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_WRITE)
    endpoint_groups.remove_endpoint(identity, request.path["project_id"], request.path["endpoint_id"])
    return no_content()


def list_endpoints_of_project(_identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_READ)
    return _show_endpoints(request, seen.endpoints_of(_project(request).id))


def list_groups_of_project(_identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_READ)
    listed = seen.groups_of(_project(request).id)
    return collection(request, "endpoint_groups", [views.endpoint_group(g, request.base) for g in listed])


def list_projects_of_endpoint(_identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_READ)
    return _show_projects(request, seen.projects_with_endpoint(_endpoint(request).id))


def list_endpoints_of_group(_identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_READ)
    return _show_endpoints(request, seen.endpoints_in(_group(request)))


def list_projects_of_group(_identity: Identity, request: Request) -> Reply:
    """Of a group that is not there: none, as in Keystone."""
    request.ctx.authorize(_READ)
    return _show_projects(request, seen.projects_with_group(request.path["endpoint_group_id"]))


def show_group_of_project(_identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_READ)
    project, group = _project(request), _group(request)
    if not seen.has_group(project.id, group.id):
        raise endpoint_groups.no_group()
    link = f"{request.base}/v3/OS-EP-FILTER/endpoint_groups/{group.id}/projects/{project.id}"
    shown = {"endpoint_group_id": group.id, "project_id": project.id, "links": {"self": link}}
    return ok({"project_endpoint_group": shown})


def add_group(identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_WRITE)
    project, group = _project(request), _group(request)
    endpoint_groups.add_group(identity, project.id, group.id)
    return no_content()


def remove_group(identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_WRITE)
    project, group = _project(request), _group(request)
    endpoint_groups.remove_group(identity, project.id, group.id)
    return no_content()


_GROUPS, _PROJECTS = "/v3/OS-EP-FILTER/endpoint_groups", "/v3/OS-EP-FILTER/projects/{project_id}"
_GROUP = f"{_GROUPS}/{{endpoint_group_id}}"
ROUTES = [
    Route("GET", _GROUPS, list_groups),
    Route("POST", _GROUPS, create_group, body=NewGroupBody),
    Route("GET", _GROUP, show_group),
    Route("PATCH", _GROUP, update_group, body=GroupChange),
    Route("DELETE", _GROUP, delete_group),
    Route("GET", f"{_GROUP}/endpoints", list_endpoints_of_group),
    Route("GET", f"{_GROUP}/projects", list_projects_of_group),
    Route("GET", f"{_GROUP}/projects/{{project_id}}", show_group_of_project),
    Route("PUT", f"{_GROUP}/projects/{{project_id}}", add_group),
    Route("DELETE", f"{_GROUP}/projects/{{project_id}}", remove_group),
    Route("GET", f"{_PROJECTS}/endpoints", list_endpoints_of_project),
    Route("GET", f"{_PROJECTS}/endpoints/{{endpoint_id}}", check_endpoint),
    Route("PUT", f"{_PROJECTS}/endpoints/{{endpoint_id}}", add_endpoint),
    Route("DELETE", f"{_PROJECTS}/endpoints/{{endpoint_id}}", remove_endpoint),
    Route("GET", f"{_PROJECTS}/endpoint_groups", list_groups_of_project),
    Route("GET", "/v3/OS-EP-FILTER/endpoints/{endpoint_id}/projects", list_projects_of_endpoint),
]
