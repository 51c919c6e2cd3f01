"""Pages of other sites that use S3 from a browser.

What a browser asks ahead (OPTIONS) is not signed, so it tells no account: the cloud's own list of origins answers it,
as with s3api's `cors_preflight_allow_origin`. What the page may see of an answer, the bucket's own rules say, which are
those of Swift's API (`X-Container-Meta-Access-Control-…`).
"""

from collections.abc import Collection
from functools import partial
from typing import Any

from stacklab.http.reply import Reply
from stacklab.http.request import Query, Request
from stacklab.http.routes import Asgi
from stacklab.objects import PREFIX, cors, model
from stacklab.objects.api.retold import retold
from stacklab.objects.model import Headers
from stacklab.objects.s3.call import Call

_METHODS = "GET, HEAD, PUT, POST, DELETE, OPTIONS"
_ORIGIN, _WANTED = "origin", "access-control-request-headers"
_SWIFT = f"{PREFIX}/v1/"


def ahead(scope: Any) -> bool:
    """Whether a request is what a browser asks before one that is S3's: it will carry a signature as a header, or
    carries one in the query."""
    if scope["method"] != "OPTIONS":
        return False
    headers = {name: value.decode("latin-1").lower() for name, value in scope["headers"]}
    if not headers.get(b"origin"):
        return False
    if "authorization" in headers.get(_WANTED.encode(), "") and not scope["path"].startswith(_SWIFT):
        return True
    query = Query(scope["query_string"])
    return any(name in query for name in ("AWSAccessKeyId", "X-Amz-Credential"))


def preflight(request: Request, allowed: Collection[str]) -> Reply:
    """`allowed`: origins, or `*` for all."""
    origin = request.headers[_ORIGIN]
    if origin not in allowed and "*" not in allowed:
        return Reply(401, None, {"allow": _METHODS})
    told = {
        "allow": _METHODS,
        "access-control-allow-origin": origin,
        "access-control-allow-methods": _METHODS,
        "vary": "Origin, Access-Control-Request-Headers",
    }
    wanted = [name.strip() for name in request.headers.get(_WANTED, "").lower().split(",") if name.strip()]
    if wanted:
        told["access-control-allow-headers"] = ", ".join(dict.fromkeys(wanted))
    return Reply(200, None, told)


def told(call: Call, answer: Reply | Asgi) -> Reply | Asgi:
    """The answer with what the page that asked may see of it."""
    origin = call.request.headers.get(_ORIGIN)
    if not origin or not call.bucket:
        return answer
    holder = model.container(call.account, call.bucket)
    rules = holder.meta if holder else {}
    return retold(answer, partial(_exposed, rules, origin)) if cors.allows(rules, origin) else answer


def _exposed(rules: Headers, origin: str, _status: int, headers: dict[str, str]) -> dict[str, str]:
    return {**headers, **cors.exposing(rules, origin, headers)}
