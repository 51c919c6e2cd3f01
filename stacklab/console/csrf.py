"""A form is only ours if our page made it: the browser says where the request comes from, and the form has a token.

Sources: Fetch Metadata's `Sec-Fetch-Site` (all current browsers send it), `Origin` as the fallback.
"""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request

FIELD = "form_token"


def token(key: bytes, cookie: str) -> str:
    """The form token for the holder of `cookie` (a session's, or the visitor's before there is one).

    It differs in every page, so that a compressed page gives nothing away about it (BREACH).
    """
    nonce = secrets.token_hex(8)
    return f"{nonce}.{_sign(key, nonce, cookie)}"


def _sign(key: bytes, nonce: str, cookie: str) -> str:
    return hmac.new(key, f"{nonce}.{cookie}".encode(), hashlib.sha256).hexdigest()


def same_site(request: Request) -> bool:
    """True when the browser says the request comes from our own pages, or says nothing (then the token decides)."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


def allowed(request: Request, given: str, key: bytes, cookie: str) -> bool:
    """Both checks; the comparison takes the same time whatever was sent."""
    nonce, _, signature = given.partition(".")
    return (
        same_site(request)
        and bool(cookie)
        and hmac.compare_digest(signature.encode(), _sign(key, nonce, cookie).encode())
    )
