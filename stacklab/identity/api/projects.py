"""Projects and their tags."""

from typing import Any

from stacklab.core.errors import NotFound
from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import domains, project_tags, projects
from stacklab.identity.api.collections import collection, conditions, found, truth
from stacklab.identity.api.families import family
from stacklab.identity.api.users import home_domain
from stacklab.identity.model import Project, matching
from stacklab.identity.schemas import projects as schema
from stacklab.identity.schemas import take, unwrap
from stacklab.identity.service import Identity
from stacklab.identity.views import projects as views


def _one(request: Request, rule: str) -> Project:
    project_id = request.path["project_id"]
    project = projects.find(project_id)
    request.ctx.authorize(rule, project_id=project_id, domain_id=project.domain_id if project else None)
    return found(project, "project", project_id)


def _present(request: Request, project: Project) -> dict[str, Any]:
    return {"project": views.project(project, request.base, projects.tags([project.id])[project.id])}


def index(_service: Identity, request: Request) -> Reply:
    caller = request.ctx.caller
    request.ctx.authorize("identity:projects:list", domain_id=request.query.get("domain_id", caller.domain_id))
    where, params = conditions(request, ("name", "domain_id", "parent_id"), ("enabled",), caller.domain_id)
    tagged, tag_params = _tagged(request)
    as_domains = truth(request.query.get("is_domain", "false") or "true")
    # A name finds few: the plus keeps SQLite from walking through all, which stand in the order asked for.
    kind = "+is_domain" if "name" in request.query else "is_domain"
    listed = matching(Project, f"{kind} = ? AND {tagged} AND {where}", [as_domains, *tag_params, *params])
    tags = projects.tags([p.id for p in listed])
    return collection(request, "projects", [views.project(p, request.base, tags[p.id]) for p in listed], list(tags))


def _tagged(request: Request) -> tuple[str, list[object]]:
    clauses, params = ["1 = 1"], list[object]()
    for name in project_tags.FILTERS:
        if (value := request.query.get(name)) is not None:
            clause, more = project_tags.condition(name, value)
            clauses.append(clause)
            params += more
    return " AND ".join(clauses), params


def show(_service: Identity, request: Request) -> Reply:
    project = _one(request, "identity:projects:show")
    shown = _present(request, project)
    shown["project"] |= family(request, project)
    return ok(shown)


def create(_service: Identity, request: Request) -> Reply:
    fields, extra = take(unwrap(request.body, "project"), schema.NewProject, "project")
    if fields.get("is_domain"):
        request.ctx.authorize("identity:domains:write")
    else:
        fields["domain_id"] = fields.get("domain_id") or home_domain(request)
        request.ctx.authorize("identity:projects:write", domain_id=fields["domain_id"])
    fields["description"] = fields.get("description") or ""
    tags = fields.pop("tags", [])
    return created(_present(request, projects.create(fields, extra, tags)))


def update(service: Identity, request: Request) -> Reply:
    project = _one(request, "identity:projects:write")
    fields, extra = take(unwrap(request.body, "project"), schema.ProjectFields, "project")
    return ok(_present(request, apply(service, project, fields, extra)))


def apply(service: Identity, project: Project, fields: dict[str, Any], extra: dict[str, Any]) -> Project:
    """The part of an update that projects and domains share."""
    tags = fields.pop("tags", None)
    if "description" in fields:
        fields["description"] = fields["description"] or ""
    return projects.update(service, project, fields, extra, tags)


def delete(service: Identity, request: Request) -> Reply:
    """A domain is deleted under its other name too."""
    project = _one(request, "identity:projects:write")
    if project.is_domain:
        domains.delete(service, project)
    else:
        projects.delete(service, project)
    return no_content()


def list_tags(_service: Identity, request: Request) -> Reply:
    project = _one(request, "identity:projects:show")
    return _tags(request, project)


def _tags(request: Request, project: Project) -> Reply:
    links = {"next": None, "previous": None, "self": f"{request.base}/v3/projects/{project.id}/tags"}
    return ok({"tags": projects.tags([project.id])[project.id], "links": links})


def replace_tags(_service: Identity, request: Request) -> Reply:
    project = _one(request, "identity:projects:write")
    projects.set_tags(project.id, request.body.tags)
    return _tags(request, project)


def delete_tags(_service: Identity, request: Request) -> Reply:
    projects.set_tags(_one(request, "identity:projects:write").id, ())
    return no_content()


def check_tag(_service: Identity, request: Request) -> Reply:
    _require_tag(_one(request, "identity:projects:show"), request)
    return no_content()


def _require_tag(project: Project, request: Request) -> list[str]:
    tags = projects.tags([project.id])[project.id]
    if request.path["tag"] not in tags:
        raise NotFound(f"Could not find project tag: {request.path['tag']}.")
    return tags


def add_tag(_service: Identity, request: Request) -> Reply:
    project = _one(request, "identity:projects:write")
    tags = [*projects.tags([project.id])[project.id], request.path["tag"]]
    take({"tags": tags}, schema.ProjectFields, "project")
    projects.set_tags(project.id, tags)
    return Reply(201, None, {"location": request.url})


def delete_tag(_service: Identity, request: Request) -> Reply:
    project = _one(request, "identity:projects:write")
    tags = _require_tag(project, request)
    projects.set_tags(project.id, [t for t in tags if t != request.path["tag"]])
    return no_content()


ROUTES = [
    Route("GET", "/v3/projects", index),
    Route("POST", "/v3/projects", create, body=dict[str, Any]),
    Route("GET", "/v3/projects/{project_id}", show),
    Route("PATCH", "/v3/projects/{project_id}", update, body=dict[str, Any]),
    Route("DELETE", "/v3/projects/{project_id}", delete),
    Route("GET", "/v3/projects/{project_id}/tags", list_tags),
    Route("PUT", "/v3/projects/{project_id}/tags", replace_tags, body=schema.TagsBody),
    Route("DELETE", "/v3/projects/{project_id}/tags", delete_tags),
    Route("GET", "/v3/projects/{project_id}/tags/{tag}", check_tag),
    Route("PUT", "/v3/projects/{project_id}/tags/{tag}", add_tag),
    Route("DELETE", "/v3/projects/{project_id}/tags/{tag}", delete_tag),
]
