"""Who may: the caller of a request put before `rights`, with what the account and the container say."""

from msgspec import Struct

from stacklab.core.errors import Forbidden, Unauthorized
from stacklab.http.context import Caller
from stacklab.http.request import Request
from stacklab.objects import account_acl, acl, rights
from stacklab.objects.model import Account, Container
from stacklab.objects.rights import Deed, Verdict

_READING = ("GET", "HEAD", "OPTIONS")


class Place(Struct, frozen=True):
    """What the path of a request names, as far as it is there. `owner`: the caller sees what only the account's own
    people see."""

    account: Account
    container: Container | None = None
    object: str = ""
    owner: bool = False


class Visitor(Caller, frozen=True):
    """Nobody known, let in by a signature: with a key of the account to all of it, with one of a container to this one
    (`container`). What they may do there was signed, and is weighed where the signature is. `moment` (µs): when what
    they bring happened, at the other end of a synced container."""

    account: str = ""
    container: str = ""
    moment: int = 0


def moment(request: Request) -> int:
    """When what a request brings has happened elsewhere; 0: it happens now."""
    return request.ctx.caller.moment if isinstance(request.ctx.caller, Visitor) else 0


def by_link(request: Request) -> bool:
    """Whether a temporary URL let the request in."""
    return isinstance(request.ctx.caller, Visitor)


def _inside(visitor: Visitor, place: Place) -> Verdict:
    near = place.account.name == visitor.account
    if visitor.container:
        near = near and place.container is not None and place.container.name == visitor.container
    return Verdict.ALLOWED if near else Verdict.DENIED


def weigh(request: Request, place: Place, method: str = "", in_container: bool = False) -> Verdict:
    """`method`: another than the request's, where one request does several things."""
    if isinstance(request.ctx.caller, Visitor):
        return _inside(request.ctx.caller, place)
    method = method or request.method
    holder = place.container
    rules = acl.NOBODY
    if holder:
        reading = method in _READING
        # Of a container itself the write ACL lets nobody change anything.
        name = "x-container-read" if reading else "x-container-write" if place.object else ""
        rules = acl.parse(holder.said(name)) if name else rules
    deed = Deed(
        method,
        place.account.project_id,
        container=in_container or holder is not None,
        object=bool(place.object),
        rules=rules,
        account_rules=account_acl.parse(place.account.metadata.get(account_acl.HEADER, "")),
        referer=request.headers.get("referer", ""),
    )
    return rights.weigh(request.ctx.caller, deed)


def require(request: Request, place: Place, method: str = "", in_container: bool = False) -> Verdict:
    """Raises Unauthorized for nobody, Forbidden for somebody who may not."""
    verdict = weigh(request, place, method, in_container)
    if verdict is Verdict.DENIED:
        raise Forbidden("") if request.ctx.user_id else Unauthorized("")
    return verdict
