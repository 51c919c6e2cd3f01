"""What the service says of itself: versions, extensions, agents, availability zones."""

from typing import Any

from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.networks import agents, availabilities, extensions, lists, refusals
from stacklab.networks.service import Networks

_COLLECTIONS = (
    "networks", "subnets", "ports", "security-groups", "security-group-rules", "floatingips", "quotas", "extensions",
    "agents", "availability_zones",
)  # fmt: skip
_ZONES = [{"name": "nova", "resource": "network", "state": "available"}]


def versions(_service: Networks, request: Request) -> Reply:
    """`GET /network/`: the one version there is."""
    link = {"rel": "self", "href": f"{request.base}/v2.0/"}
    return ok({"versions": [{"id": "v2.0", "status": "CURRENT", "links": [link]}]})


def version(_service: Networks, request: Request) -> Reply:
    """`GET /network/v2.0`: its collections."""
    listed = [
        {
            "name": name.removesuffix("s"),
            "collection": name.replace("-", "_"),
            "links": [{"rel": "self", "href": f"{request.base}/v2.0/{name}"}],
        }
        for name in _COLLECTIONS
    ]
    return ok({"resources": listed})


def index_extensions(_service: Networks, _request: Request) -> Reply:
    return ok({"extensions": extensions.every()})


def show_extension(_service: Networks, request: Request) -> Reply:
    alias = request.path["alias"]
    if not extensions.known(alias):
        raise refusals.no_extension(alias)
    return ok({"extension": extensions.extension(alias)})


def index_agents(_service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:agents:show")
    return ok({"agents": _matching(agents.every(), request)})


def show_agent(_service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:agents:show")
    found = next((each for each in agents.every() if each["id"] == request.path["id"]), None)
    if found is None:
        raise refusals.no_agent(request.path["id"])
    return ok({"agent": lists.chosen(found, request.query.all("fields"))})


def index_zones(_service: Networks, request: Request) -> Reply:
    return ok({"availability_zones": _matching(_ZONES, request)})


def index_providers(_service: Networks, _request: Request) -> Reply:
    """Which implementation serves a kind of service: there is no choice here."""
    return ok({"service_providers": []})


def index_availabilities(_service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:availabilities:show")
    return ok({"network_ip_availabilities": _matching(availabilities.every(), request)})


def show_availability(_service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:availabilities:show")
    wanted = request.path["id"]
    found = next((each for each in availabilities.every() if each["network_id"] == wanted), None)
    if found is None:
        raise refusals.missing("networks", wanted)
    return ok({"network_ip_availability": lists.chosen(found, request.query.all("fields"))})


def no_routers(_service: Networks, _request: Request) -> Reply:
    """As a cloud without the l3 plugin answers."""
    raise refusals.no_resource()


def _matching(listed: list[dict[str, Any]], request: Request) -> list[dict[str, Any]]:
    """A short list made by hand, filtered by the text of any attribute."""
    query = request.query
    asked = [name for name in query.names() if listed and name in listed[0]]
    kept = [each for each in listed if all(_text(each[name]) in map(str.lower, query.all(name)) for name in asked)]
    return [lists.chosen(each, query.all("fields")) for each in kept]


def _text(value: object) -> str:
    return str(value).lower()
