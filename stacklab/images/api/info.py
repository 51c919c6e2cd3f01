"""What this site's Glance can do: no import methods, one store."""

from stacklab.core.errors import NotFound
from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.images.service import Images


def imports(_service: Images, _request: Request) -> Reply:
    return ok({"import-methods": {"description": "Import methods available.", "type": "array", "value": []}})


def stores(_service: Images, _request: Request) -> Reply:
    """Raises NotFound: how Glance says that it has one store."""
    raise NotFound("Multi backend is not supported at this site.")
