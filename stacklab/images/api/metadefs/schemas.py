"""The JSON schema documents of the metadata definitions."""

from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.images.metadefs.documents import DOCUMENTS
from stacklab.images.service import Images

_PREFIX = "/v2/schemas/metadefs/"


def show(_service: Images, request: Request) -> Reply:
    return ok(DOCUMENTS[request.route.removeprefix(_PREFIX)])


ROUTES = [Route("GET", _PREFIX + name, show) for name in DOCUMENTS]
