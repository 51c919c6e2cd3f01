"""The hosts: what they have, what of it is in use, and by whom."""

from stacklab.core.errors import BadRequest, NotFound
from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.placement import PREFIX, providers, stock, views
from stacklab.placement.api import query
from stacklab.placement.classes import known
from stacklab.placement.model import Provider
from stacklab.placement.service import Placement

_FILTERS = (("name", (1, 0)), ("uuid", (1, 0)), ("member_of", (1, 3)), ("resources", (1, 4)), ("in_tree", (1, 14)))


def index(_service: Placement, request: Request) -> Reply:
    """No provider is in an aggregate or below another, so `member_of` finds none and `in_tree` the one itself."""
    request.ctx.authorize("placement:providers:list")
    query.only(request, *(name for name, since in _FILTERS if request.version >= since))
    found = providers.search(request.query.get("name"), query.uuid(request, "uuid"), query.uuid(request, "in_tree"))
    if text := request.query.get("resources"):
        wanted = query.resources(text)
        for kind in wanted:
            known(kind, BadRequest)
        fits = set(stock.fitting(stock.load(wanted), wanted))
        found = [provider for provider in found if provider.id in fits]
    if "member_of" in request.query:
        found = []
    return ok({"resource_providers": [views.provider(one, request.version, PREFIX) for one in found]})


def show(_service: Placement, request: Request) -> Reply:
    return ok(views.provider(_asked_for(request), request.version, PREFIX))


def inventories(_service: Placement, request: Request) -> Reply:
    provider = _asked_for(request)
    found = {kind: views.inventory(have) for kind, have in providers.inventories_of(provider.id).items()}
    return ok({"resource_provider_generation": provider.generation, "inventories": found})


def inventory(_service: Placement, request: Request) -> Reply:
    provider, kind = _asked_for(request), request.path["class"]
    have = providers.inventories_of(provider.id).get(kind)
    if have is None:
        raise NotFound(f"No inventory of class {kind} for {provider.id}")
    return ok({**views.inventory(have), "resource_provider_generation": provider.generation})


def usages(_service: Placement, request: Request) -> Reply:
    provider = _asked_for(request)
    return ok({"resource_provider_generation": provider.generation, "usages": providers.usages(provider.id)})


def allocations(_service: Placement, request: Request) -> Reply:
    provider = _asked_for(request)
    held = {consumer: {"resources": one.resources} for consumer, one in providers.allocations_on(provider.id).items()}
    return ok({"resource_provider_generation": provider.generation, "allocations": held})


def aggregates(_service: Placement, request: Request) -> Reply:
    _asked_for(request)
    return ok({"aggregates": []})


def traits(_service: Placement, request: Request) -> Reply:
    return ok({"resource_provider_generation": _asked_for(request).generation, "traits": []})


def _asked_for(request: Request) -> Provider:
    request.ctx.authorize("placement:providers:show")
    provider = providers.find(request.path["uuid"])
    if provider is None:
        raise NotFound(f"No resource provider with uuid {request.path['uuid']} found")
    return provider
