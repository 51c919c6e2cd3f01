"""What stands before every call of an account, container or object: temporary URLs, other clouds, the line of who is
too fast, pages of other sites. A request with none of these costs nothing here."""

import asyncio
from collections.abc import Awaitable, Callable

from stacklab.core.errors import Failure
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.objects import model, tempurl
from stacklab.objects.api import bulk, origins, sync, temporary
from stacklab.objects.service import Objects

Call = Callable[[Objects, Request], Awaitable[Reply | Asgi]]


def behind(call: Call) -> Call:
    """The handler behind the gate."""

    def enter(service: Objects, request: Request) -> Awaitable[Reply | Asgi]:
        if request.query.pairs or "origin" in request.headers or sync.HEADER in request.headers or service.lines.open:
            return _weighed(service, request, call)
        return call(service, request)

    return enter


async def _weighed(service: Objects, request: Request, call: Call) -> Reply | Asgi:
    foreign = "origin" in request.headers and "container" in request.path
    try:
        answer = await _let_in(service, request, call)
    except Failure as failure:
        if foreign:
            origins.refused(request, failure)
        raise
    return origins.told(request, answer) if foreign else answer


async def _let_in(service: Objects, request: Request, call: Call) -> Reply | Asgi:
    if sync.HEADER in request.headers:
        return await sync.answer(service, request, call)
    link = None
    # A bulk call does many things, of which a link may none: there it does not count, as in Swift.
    if tempurl.given(request.query) and not bulk.wanted(request):
        link = temporary.admit(service, request)
    if service.lines.open:
        await _queue(service, request)
    answer = await call(service, request)
    return temporary.told(link, request, answer) if link else answer


async def _queue(service: Objects, request: Request) -> None:
    """Wait for the request's turn. Raises SlowDown."""
    account, container, name = (request.path.get(part, "") for part in ("account", "container", "object"))
    holder = model.container(account, container) if container else None
    wait = service.lines.wait(request.method, account, container, name, holder.objects if holder else 0)
    if wait:
        await asyncio.sleep(wait)
