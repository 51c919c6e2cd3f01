"""Discovery: the list of versions, as a choice (300) at the root and as an answer (200) elsewhere."""

from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.images import versions
from stacklab.images.service import Images


def choices(_service: Images, request: Request) -> Reply:
    return Reply(300, versions.document(request.base))


def index(_service: Images, request: Request) -> Reply:
    return ok(versions.document(request.base))
