"""OAuth 1.0a (RFC 5849) requests as they arrive, and what users type in to say yes to one."""

from collections.abc import Mapping
from string import ascii_letters, digits
from urllib.parse import urlencode

from msgspec import Struct

from stacklab.core.errors import BadRequest
from stacklab.http.request import Request

_CONFUSED = frozenset("jiIl1oO0")  # people type verifiers
VERIFIER = "".join(c for c in ascii_letters + digits if c not in _CONFUSED)
VERIFIER_LENGTH = 8


class Signed(Struct, frozen=True):
    """A request as its client signed it."""

    url: str
    headers: Mapping[str, str]

    @property
    def stated(self) -> dict[str, str]:
        """The OAuth parameters in the Authorization header. Raises BadRequest without one that can be read."""
        from oauthlib.oauth1.rfc5849 import utils  # two megabytes that most clouds never need

        try:
            return dict(utils.parse_authorization_header(self.headers["authorization"]))
        except (KeyError, ValueError):
            raise BadRequest("Expecting to find an OAuth Authorization header in the request.") from None


def signed(request: Request) -> Signed:
    query = f"?{urlencode(request.query.pairs)}" if request.query else ""
    return Signed(request.url + query, request.headers)


def missing(what: str) -> BadRequest:
    return BadRequest(
        f"Expecting to find {what} in request. The server could not comply with the request since it is either "
        "malformed or otherwise incorrect. The client is assumed to be in error."
    )
