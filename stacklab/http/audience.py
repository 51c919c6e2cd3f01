"""Whom a mount lets in: tokens are bound to one region, or to none and then good at home and the regions it trusts."""

from collections.abc import Callable

from stacklab.core.errors import Unauthorized
from stacklab.http.context import Caller
from stacklab.http.request import Request

Admit = Callable[[Caller, Request], Caller]
"""From the caller of a checked token to who that is at this mount. Raises Unauthorized."""


def elsewhere() -> Unauthorized:
    return Unauthorized("This token is bound to a region that this is not.")


def unbound(caller: Caller, _request: Request) -> Caller:
    """Home's own affairs: a bound token is no use here."""
    if caller.audience:
        raise elsewhere()
    return caller


def region(name: str, trusted: Callable[[], bool] = lambda: True) -> Admit:
    """The services of one region: tokens bound to it, and where home trusts it those that are bound to none."""

    def admit(caller: Caller, _request: Request) -> Caller:
        if caller.audience == name or (not caller.audience and trusted()):
            return caller
        raise elsewhere()

    return admit


def below(path: str, admit: Admit) -> Admit:
    """A mount that is home's own but for a part of it: `admit` weighs what comes below `path`."""

    def choose(caller: Caller, request: Request) -> Caller:
        inside = request.target == path or request.target.startswith(f"{path}/")
        return admit(caller, request) if inside else unbound(caller, request)

    return choose
