"""Resource classes and traits: names that mean the same in every OpenStack."""

from stacklab.core.errors import NotFound
from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.placement import PREFIX, views
from stacklab.placement.classes import STANDARD, known
from stacklab.placement.service import Placement


def index(_service: Placement, request: Request) -> Reply:
    request.ctx.authorize("placement:classes:list")
    return ok({"resource_classes": [views.resource_class(name, PREFIX) for name in STANDARD]})


def show(_service: Placement, request: Request) -> Reply:
    request.ctx.authorize("placement:classes:list")
    return ok(views.resource_class(known(request.path["name"], NotFound), PREFIX))


def traits(_service: Placement, request: Request) -> Reply:
    """No host here has a trait, and none is defined."""
    request.ctx.authorize("placement:traits:list")
    return ok({"traits": []})


def trait(_service: Placement, request: Request) -> Reply:
    request.ctx.authorize("placement:traits:list")
    raise NotFound(f"No such trait(s): {request.path['name']}.")
