"""GET /v3/role_assignments: who has which role where, direct or effective, with ids or with names."""

from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import assignments
from stacklab.identity.api.collections import collection, truth
from stacklab.identity.assignments import Wanted
from stacklab.identity.service import Identity
from stacklab.identity.views import assignments as views


def _flag(request: Request, name: str) -> bool:
    """`?effective` alone means yes."""
    value = request.query.get(name)
    return value is not None and truth(value)


def index(service: Identity, request: Request) -> Reply:
    query = request.query
    wanted = Wanted(
        user_id=query.get("user.id"),
        group_id=query.get("group.id"),
        role_id=query.get("role.id"),
        project_id=query.get("scope.project.id"),
        domain_id=query.get("scope.domain.id"),
        system="scope.system" in query,
        subtree=_flag(request, "include_subtree"),
        inherited="scope.OS-INHERIT:inherited_to" in query,
    )
    request.ctx.authorize("identity:grants:read", domain_id=assignments.domain_of(wanted))
    listed = assignments.effective(service, wanted) if _flag(request, "effective") else assignments.direct(wanted)
    names = assignments.names() if _flag(request, "include_names") else None
    return collection(request, "role_assignments", [views.assignment(a, names, request.base) for a in listed])


ROUTES = [Route("GET", "/v3/role_assignments", index)]
