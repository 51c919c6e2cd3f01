"""What a project has used of its limits."""

from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.images import usage
from stacklab.images.service import Images


def show(service: Images, request: Request) -> Reply:
    return ok({"usage": usage.of_project(request.ctx, service.settings)})
