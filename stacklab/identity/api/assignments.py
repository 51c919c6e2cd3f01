"""GET /v3/role_assignments: who has which role where, direct or effective, with ids or with names."""

from stacklab.core.errors import BadRequest
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import assignments, projects, users
from stacklab.identity.api.collections import collection, found, truth
from stacklab.identity.assignment_names import names
from stacklab.identity.assignments import Wanted
from stacklab.identity.service import Identity
from stacklab.identity.views import assignments as views

_INHERITED = "scope.OS-INHERIT:inherited_to"


def _flag(request: Request, name: str) -> bool:
    """`?effective` alone means yes."""
    value = request.query.get(name)
    return value is not None and truth(value)


def index(service: Identity, request: Request) -> Reply:
    wanted, effective = _wanted(request), _flag(request, "effective")
    _authorize(request, wanted)
    _refuse_nonsense(wanted, effective)
    if effective:
        _require_known(wanted)
    listed = assignments.effective(service, wanted) if effective else assignments.direct(wanted)
    named = names(listed) if _flag(request, "include_names") else None
    return collection(request, "role_assignments", [views.assignment(a, named, request.base) for a in listed])


def _wanted(request: Request) -> Wanted:
    """An empty filter is none, and of the system there is but one scope, `all`."""
    query = request.query
    return Wanted(
        user_id=query.get("user.id") or None,
        group_id=query.get("group.id") or None,
        role_id=query.get("role.id") or None,
        project_id=query.get("scope.project.id") or None,
        domain_id=query.get("scope.domain.id") or None,
        system=(query.get("scope.system") or "").lower() == "all",
        subtree=_flag(request, "include_subtree"),
        inherited=query.get(_INHERITED) == "projects" if _INHERITED in query else None,
        within=request.ctx.caller.domain_id,
    )


def _authorize(request: Request, wanted: Wanted) -> None:
    """A domain's own people see what is in it; a tree is theirs when its top is."""
    if not wanted.subtree:
        request.ctx.authorize("identity:assignments:list", domain_id=request.ctx.caller.domain_id)
        return
    top = projects.find(wanted.project_id) if wanted.project_id else None
    request.ctx.authorize("identity:assignments:tree", domain_id=top.domain_id or None if top else None)
    if wanted.project_id:
        found(top, "project", wanted.project_id)


def _refuse_nonsense(wanted: Wanted, effective: bool) -> None:
    """Raises BadRequest for filters that exclude each other, or that no effective list can answer."""
    if wanted.subtree and not wanted.project_id:
        raise BadRequest("scope.project.id must be specified if include_subtree is also specified")
    if wanted.domain_id and wanted.project_id:
        raise BadRequest("Specify a domain or project, not both")
    if wanted.system and (wanted.domain_id or wanted.project_id):
        raise BadRequest(f"Specify system or {'domain' if wanted.domain_id else 'project'}, not both")
    if wanted.user_id and wanted.group_id:
        raise BadRequest("Specify a user or group, not both")
    if effective and wanted.group_id:
        raise BadRequest("Combining effective and group filter will always result in an empty list.")
    if effective and wanted.inherited and wanted.domain_id:
        raise BadRequest("Combining effective, domain and inherited filters will always result in an empty list.")


def _require_known(wanted: Wanted) -> None:
    """An effective list looks into what it is asked about: raises NotFound where there is no such thing."""
    if wanted.user_id:
        found(users.find(wanted.user_id), "user", wanted.user_id)
    if wanted.project_id:
        found(projects.find(wanted.project_id), "project", wanted.project_id)


ROUTES = [Route("GET", "/v3/role_assignments", index)]
