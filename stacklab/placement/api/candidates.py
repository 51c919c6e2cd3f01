"""Which hosts could take a request."""

from stacklab.core.errors import BadRequest
from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.placement import stock, views
from stacklab.placement.api import query
from stacklab.placement.classes import known
from stacklab.placement.service import Placement


def index(_service: Placement, request: Request) -> Reply:
    request.ctx.authorize("placement:candidates:list")
    query.only(request, "resources")
    text = request.query.get("resources")
    if text is None:
        raise BadRequest("Invalid query string parameters: 'resources' is a required property")
    wanted = query.resources(text)
    for kind in wanted:
        known(kind, BadRequest)
    stocks = stock.load(wanted)
    return ok(views.candidates(stock.fitting(stocks, wanted), stocks, wanted, request.version))
