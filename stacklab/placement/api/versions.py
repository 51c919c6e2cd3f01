"""Discovery."""

from stacklab.http.microversion import show
from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.placement.service import Placement
from stacklab.placement.versions import SERVED


def index(_service: Placement, _request: Request) -> Reply:
    """The link is empty: the root is where the reader is already."""
    version = {
        "id": "v1.0",
        "min_version": show(SERVED.lowest),
        "max_version": show(SERVED.highest),
        "status": "CURRENT",
        "links": [{"rel": "self", "href": ""}],
    }
    return ok({"versions": [version]})
