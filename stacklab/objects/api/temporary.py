"""Requests by a temporary URL: who signed it takes the place of the caller, and the answer tells what a link may."""

from functools import partial

from stacklab.core import clock
from stacklab.http.context import Context
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.objects import PREFIX, digests, model, staticweb, tempurl
from stacklab.objects.access import Visitor
from stacklab.objects.api.retold import retold
from stacklab.objects.service import Objects
from stacklab.objects.tempurl import Link, Target


def admit(service: Objects, request: Request) -> Link | None:
    """Put the visitor on a request with a signature in its query; None where it has none.

    Raises Unauthorized whatever is wrong with it, and whoever asks: a token does not help. BadRequest for headers that
    would reach beyond it.
    """
    allowed = service.settings.objects.tempurl_digests
    link = tempurl.read(request.query, clock.now() // clock.SECOND, allowed)
    if link is None:
        return None
    account, container = request.path["account"], request.path.get("container", "")
    kept, holder = service.account(account).metadata, model.container(account, container)
    of_container = holder.metadata if holder else {}
    target = Target(request.method, account, container, request.path.get("object", ""), PREFIX, _address(request))
    scope = tempurl.verify(link, target, digests.keys(kept, "account"), digests.keys(of_container, "container"))
    if not target.object and not (holder and staticweb.site(holder.meta).active):
        raise tempurl.invalid()
    tempurl.admit(request.method, request.headers, request.query)
    visitor = Visitor("", "", "", account=account, container=container if scope == "container" else "")
    request.ctx = Context(visitor, request.ctx.request_id)
    return link


def _address(request: Request) -> str:
    return request.client


def told(link: Link, request: Request, answer: Reply | Asgi) -> Reply | Asgi:
    """The answer as a visitor sees it. A page made here, of a folder, is shown; a file is saved."""
    page = isinstance(answer, Reply) and answer.media.startswith("text/html")
    return retold(answer, partial(_headers, link, request, page))


def _headers(link: Link, request: Request, page: bool, status: int, headers: dict[str, str]) -> dict[str, str]:
    if request.method not in ("GET", "HEAD") or not 200 <= status < 300:
        return tempurl.without_private(headers)
    return tempurl.outgoing(link, request.path.get("object", ""), headers, page)
