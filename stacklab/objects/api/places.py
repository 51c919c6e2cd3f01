"""From the path of a request to what it names, and who may; what all answers of the object store have in common."""

from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache

from msgspec.structs import replace

from stacklab.core import clock
from stacklab.core.errors import NotFound, PreconditionFailed
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.objects import access, metadata, model, rights
from stacklab.objects.access import Place
from stacklab.objects.faults import MEDIA, page
from stacklab.objects.model import Container
from stacklab.objects.rights import Verdict
from stacklab.objects.service import RESELLER_PREFIX, Objects

_TITLES = {201: "Created", 202: "Accepted"}


def found(service: Objects, request: Request, method: str = "", container: str | None = None) -> Place:
    """What the path names, once the caller may do `method` (the request's own) there. Raises Unauthorized, Forbidden,
    NotFound for what is no account."""
    path = request.path
    name = path.get("container") if container is None else container
    return place(service, request, path["account"], name, path.get("object", ""), method)


def place(
    service: Objects, request: Request, account: str, container: str | None, object: str = "", method: str = ""
) -> Place:
    metadata.check_text(f"{account}{container or ''}{object}")
    if not account.startswith(RESELLER_PREFIX) or len(account) == len(RESELLER_PREFIX):
        raise PreconditionFailed("Bad URL") if request.ctx.user_id else _unknown(request)
    located = model.located(account, container) if container else None
    owner, holder = located or (service.account(account), None)
    there = Place(owner, holder, object)
    verdict = access.require(request, there, method, in_container=container is not None)
    return replace(there, owner=verdict is Verdict.OWNER)


def _unknown(_request: Request) -> NotFound:
    return NotFound("")


def container_of(there: Place) -> Container:
    """Raises NotFound."""
    if there.container is None:
        raise NotFound("")
    return there.container


def reseller(request: Request) -> bool:
    return rights.is_reseller(request.ctx.caller)


def timestamp(us: int) -> str:
    """As X-Timestamp shows it: ten digits, five decimals."""
    return f"{us // clock.SECOND:010d}.{us % clock.SECOND // 10:05d}"


def whole_second(us: int) -> int:
    """The second that Last-Modified shows: no earlier than the moment itself."""
    return -(-us // clock.SECOND)


def http_date(us: int) -> str:
    return _date(whole_second(us))


@lru_cache(maxsize=1024)
def _date(second: int) -> str:
    """What is read often, and what is written in one second, has one date."""
    return formatdate(second, usegmt=True)


def done(status: int, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer without news: Swift says a word of HTML with 201 and 202, and nothing with 204."""
    if status == 204:
        return Reply(204, None, {"content-type": MEDIA, **(headers or {})})
    body = page(status, _TITLES[status]) if status == 202 else b""
    return Reply(status, body, {**({} if body else {"content-type": MEDIA}), **(headers or {})}, MEDIA)
