"""GET / and GET /v3, for anybody: the version, or the JSON-home document for who asks for that."""

from functools import lru_cache

from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import api, audience
from stacklab.identity.service import Identity
from stacklab.identity.views import discovery, json_home


def versions(_service: Identity, request: Request) -> Reply:
    """300, as the real one answers where no version was chosen."""
    if _wants_home(request):
        return _home(request, "/v3")
    return Reply(300, {"versions": {"values": [discovery.version(request.base)]}}, {"location": f"{request.base}/v3/"})


def version(_service: Identity, request: Request) -> Reply:
    return _home(request, "") if _wants_home(request) else ok({"version": discovery.version(request.base)})


def _home(request: Request, prefix: str) -> Reply:
    return Reply(200, json_home.document(_served(bool(request.region)), prefix), media=json_home.MEDIA)


@lru_cache(maxsize=2)
def _served(regional: bool) -> frozenset[str]:
    return json_home.shapes(audience.SERVED if regional else (route.path for route in api.ROUTES))


def _wants_home(request: Request) -> bool:
    """Whether the Accept header likes JSON-home better than JSON."""
    accepted = request.headers.get("accept", "")
    return _liking(accepted, json_home.MEDIA) > _liking(accepted, "application/json")


def _liking(accepted: str, media: str) -> float:
    """The quality of a media type by the part of an Accept header that fits it best (RFC 9110, 12.5.1)."""
    best = (-1, 0.0)
    for part in accepted.split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        if kind in (media, "application/*", "*/*"):
            precise = ("*/*", "application/*", media).index(kind)
            best = max(best, (precise, float(quality) if quality.replace(".", "", 1).isdigit() else 0.0))
    return best[1]


ROUTES = [Route("GET", "/", versions, public=True), Route("GET", "/v3", version, public=True)]
