"""Pages of other sites: OPTIONS, and what an answer tells a browser that a page there may see."""

from functools import partial

from stacklab.core.errors import Failure
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.objects import cors, model
from stacklab.objects.api.retold import retold
from stacklab.objects.faults import MEDIA, page
from stacklab.objects.model import Headers
from stacklab.objects.service import Objects


async def options(_service: Objects, request: Request) -> Reply:
    """Of an account, a container, an object, there or not: anybody may ask."""
    if "container" not in request.path:
        return _answer(*cors.preflight(None, request.headers, cors.ACCOUNT_METHODS))
    methods = cors.OBJECT_METHODS if request.path.get("object") else cors.ACCOUNT_METHODS
    rules = _rules(request) if "origin" in request.headers else {}
    return _answer(*cors.preflight(rules, request.headers, methods))


async def options_of_info(_service: Objects, _request: Request) -> Reply:
    return _answer(200, {"allow": "HEAD, GET, OPTIONS"})


def _answer(status: int, headers: dict[str, str]) -> Reply:
    return Reply(status, b"" if status == 200 else page(status, "Unauthorized"), headers, MEDIA)


def _rules(request: Request) -> Headers:
    """The container's own metadata, where its rules are."""
    holder = model.container(request.path["account"], request.path.get("container", ""))
    return holder.meta if holder else {}


def told(request: Request, answer: Reply | Asgi) -> Reply | Asgi:
    """The answer with what the page that asked may see of it."""
    rules, origin = _rules(request), request.headers["origin"]
    return retold(answer, partial(_exposed, rules, origin)) if cors.allows(rules, origin) else answer


def _exposed(rules: Headers, origin: str, _status: int, headers: dict[str, str]) -> dict[str, str]:
    return {**headers, **cors.exposing(rules, origin, headers)}


def refused(request: Request, failure: Failure) -> None:
    """The same for a failure: a page may know that it was refused."""
    failure.headers = {**failure.headers, **cors.exposing(_rules(request), request.headers["origin"], failure.headers)}
