"""What a consumer holds, and what a project uses."""

from stacklab.core.errors import BadRequest
from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.placement import providers, views
from stacklab.placement.api import query
from stacklab.placement.service import Placement


def show(_service: Placement, request: Request) -> Reply:
    """A consumer that holds nothing, or that never was, is an empty answer and no error, as in Placement."""
    request.ctx.authorize("placement:allocations:show")
    held = providers.allocation_of(request.path["consumer"])
    provider = providers.find(held.provider_id) if held else None
    return ok(views.consumer(held, provider.generation if provider else 0, request.version))


def usages(_service: Placement, request: Request) -> Reply:
    query.only(request, "project_id", "user_id")
    project = request.query.get("project_id")
    if not project:
        raise BadRequest("Invalid query string parameters: 'project_id' is a required property")
    request.ctx.authorize("placement:usages:show", project_id=project)
    return ok({"usages": providers.usages_of(project, request.query.get("user_id"))})
