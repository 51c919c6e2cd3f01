"""How each service shows a failure: the same facts in five envelopes, and the wording of a body that is not valid.

The shapes are the published ones of Nova, Neutron, Keystone, Glance and Placement.
"""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from stacklab.core.errors import BadRequest, Failure
from stacklab.http.reply import Reply
from stacklab.http.request import Request

_NOVA = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    409: "conflictingRequest",
    413: "overLimit",
    415: "badMediaType",
    429: "overLimit",
    503: "serviceUnavailable",
}


@dataclass(frozen=True, slots=True)
class Invalid:
    """Where a body is wrong: `field` is a path such as `server.name`, `unknown` the unexpected key if that is it."""

    field: str
    reason: str
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Faults:
    """A service's envelope and wording."""

    render: Callable[[Failure, Request], Reply]
    invalid: Callable[[Invalid], Failure]


def _nova(failure: Failure, _request: Request) -> Reply:
    inner: dict[str, Any] = {"code": failure.status, "message": failure.message}
    if failure.status in (413, 429):
        inner["retryAfter"] = failure.headers.get("retry-after", "0")
    return Reply(failure.status, {_NOVA.get(failure.status, "computeFault"): inner}, failure.headers)


def _nova_invalid(invalid: Invalid) -> Failure:
    if invalid.unknown:
        reason = f"Additional properties are not allowed ('{invalid.unknown}' was unexpected)"
    else:
        reason = invalid.reason
    return BadRequest(f"Invalid input for field/attribute {invalid.field}. {reason}")


def _neutron(failure: Failure, _request: Request) -> Reply:
    kind = failure.kind or {400: "HTTPBadRequest", 404: "HTTPNotFound", 405: "HTTPMethodNotAllowed"}.get(
        failure.status, type(failure).__name__
    )
    body = {"NeutronError": {"type": kind, "message": failure.message, "detail": ""}}
    return Reply(failure.status, body, failure.headers)


def _neutron_invalid(invalid: Invalid) -> Failure:
    if invalid.unknown:
        return BadRequest(f"Unrecognized attribute(s) '{invalid.unknown}'", kind="HTTPBadRequest")
    name = invalid.field.rpartition(".")[2]
    return BadRequest(f"Invalid input for {name}. Reason: {invalid.reason}.", kind="HTTPBadRequest")


def _keystone(failure: Failure, _request: Request) -> Reply:
    body = {"error": {"code": failure.status, "message": failure.message, "title": failure.title}}
    return Reply(failure.status, body, failure.headers)


def _keystone_invalid(invalid: Invalid) -> Failure:
    if invalid.unknown:
        reason = f"Additional properties are not allowed ('{invalid.unknown}' was unexpected)"
    else:
        reason = invalid.reason
    return BadRequest(f"Invalid input for field '{invalid.field}': {reason}")


def _glance(failure: Failure, request: Request) -> Reply:
    line = f"{failure.status} {failure.title}"
    if "html" in request.headers.get("accept", "") or request.headers.get("accept", "*/*") == "*/*":
        text = escape(failure.message)
        page = f"<html>\n <head>\n  <title>{line}</title>\n </head>\n <body>\n  <h1>{line}</h1>\n  {text}<br /><br />\n\n\n </body>\n</html>"  # noqa: E501
        return Reply(failure.status, page.encode(), failure.headers, media="text/html; charset=UTF-8")
    body = {"message": f"{escape(failure.message)}<br /><br />\n\n\n", "code": line, "title": failure.title}
    return Reply(failure.status, body, failure.headers)


def _glance_invalid(invalid: Invalid) -> Failure:
    if invalid.unknown:
        return BadRequest(f"Additional properties are not allowed ('{invalid.unknown}' was unexpected)")
    return BadRequest(f"Provided object does not match schema 'image': {invalid.field}: {invalid.reason}")


def _placement(failure: Failure, request: Request) -> Reply:
    error = {
        "status": failure.status,
        "title": failure.title,
        "detail": failure.message,
        "code": failure.kind if failure.kind.startswith("placement.") else "placement.undefined_code",
        "request_id": request.ctx.request_id,
    }
    return Reply(failure.status, {"errors": [error]}, failure.headers)


def _placement_invalid(invalid: Invalid) -> Failure:
    reason = f"'{invalid.unknown}' was unexpected" if invalid.unknown else invalid.reason
    return BadRequest(f"JSON does not validate: {invalid.field}: {reason}")


NOVA = Faults(_nova, _nova_invalid)
NEUTRON = Faults(_neutron, _neutron_invalid)
KEYSTONE = Faults(_keystone, _keystone_invalid)
GLANCE = Faults(_glance, _glance_invalid)
PLACEMENT = Faults(_placement, _placement_invalid)
