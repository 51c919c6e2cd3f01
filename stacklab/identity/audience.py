"""Which region a token is for: issued at `/identity/<region>/v3` it is bound to that region, and of no use elsewhere.

Here, at home, a bound token may only look: whoever runs the region sees it, and must gain nothing by sending it to us.
"""

from typing import Protocol

from msgspec import structs
from msgspec.structs import replace

from stacklab.core.errors import Unauthorized
from stacklab.http.audience import elsewhere
from stacklab.http.context import Caller
from stacklab.http.request import Request
from stacklab.identity.parts import Parts
from stacklab.identity.tokens import UNAUTHORIZED, Claims

_NOUNS = ("tokens", "catalog", "projects", "domains", "system")
SERVED = frozenset({"/", "/v3", *(f"/v3/auth/{noun}" for noun in _NOUNS)})
"""The paths that exist with a region in front of them."""


class Regions(Protocol):
    """What the registry of regions knows, and issuing a token asks."""

    def known(self, name: str) -> bool:
        """Whether tokens can be bound to a region of this name."""

    def trusts(self, name: str) -> bool:
        """Whether a region is shown tokens that are bound to none."""

    def administers(self, name: str, user_id: str) -> bool:
        """Whether a user is the administrator of a region."""


class NoRegions:
    """A home without a registry: the tests of identity alone."""

    def known(self, _name: str) -> bool:
        return False

    def trusts(self, _name: str) -> bool:
        return False

    def administers(self, _name: str, _user_id: str) -> bool:
        return False


def admit(caller: Caller, request: Request) -> Caller:
    """A bound token is somebody below its region only, and there without the roles it has in the region; the services
    of the region may still validate. Raises Unauthorized."""
    if not caller.audience:
        return caller
    if caller.audience != request.region:
        raise elsewhere()
    return structs.replace(caller, roles=caller.roles & {"service"})


def accepts(regions: Regions, audience: str, region: str) -> bool:
    """Whether a token with this audience may be shown to whoever asks below this region ("" for none)."""
    return audience == region or (not audience and regions.trusts(region))


def bind(parts: Parts, regions: Regions, claims: Claims, earlier: Caller | None, region: str) -> Claims:
    """The claims as `/identity/<region>/v3` issues them. The region's administrators get the admin role with a
    project; not by way of a delegation, which hands on no more than its project. Raises Unauthorized where an earlier
    token is bound elsewhere: a bound one leads to bound ones only."""
    if earlier is not None and earlier.audience not in ("", region):
        raise Unauthorized(UNAUTHORIZED)
    if not region:
        return claims
    delegated = claims.credential or claims.trust or claims.oauth
    if claims.project and not delegated and regions.administers(region, claims.user[0]):
        names = parts.rolebook.names()
        admin = [role_id for role_id, name in names.items() if name == "admin"]
        claims = replace(claims, roles=tuple(dict.fromkeys((*claims.roles, *parts.rolebook.expand(admin)))))
    return replace(claims, audience=region)
