"""GET / and GET /v3, for anybody."""

from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity.service import Identity
from stacklab.identity.views import discovery


def versions(_service: Identity, request: Request) -> Reply:
    """300, as the real one answers where no version was chosen."""
    return Reply(300, {"versions": {"values": [discovery.version(request.base)]}}, {"location": f"{request.base}/v3/"})


def version(_service: Identity, request: Request) -> Reply:
    return ok({"version": discovery.version(request.base)})


ROUTES = [Route("GET", "/", versions, public=True), Route("GET", "/v3", version, public=True)]
