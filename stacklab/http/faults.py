"""How each service shows a failure: the same facts in five envelopes, and the wording of a body that is not valid.

The shapes are the published ones of Nova, Neutron, Keystone, Glance and Placement.
"""

from collections.abc import Callable
from html import escape
from typing import Any

from msgspec import UNSET, Struct

from stacklab.core.errors import BadRequest, Failure, Forbidden
from stacklab.http.policy import Denied
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
_NEUTRON_TYPES = {
    "string": "is not a valid string",
    "boolean": "cannot be converted to boolean",
    "integer": "is not an integer",
    "array": "is not a list",
    "object": "is not a dictionary",
}
_SHOWN = 1024  # characters of a wrong value that are repeated


class Invalid(Struct, frozen=True):
    """Where a body is wrong: `field` is a path such as `server.name`, "" for the whole; `reason` says it in JSON
    Schema's words. What is wrong exactly, for services with words of their own: the key that is `unknown` or
    `missing`, the types `wanted`, the values `allowed`. `value` is the wrong one, UNSET where it is not known.
    """

    field: str
    reason: str
    unknown: str = ""
    missing: str = ""
    wanted: tuple[str, ...] = ()
    allowed: tuple[Any, ...] = ()
    value: Any = UNSET


class Faults(Struct, frozen=True):
    """A service's envelope and wording."""

    render: Callable[[Failure, Request], Reply]
    invalid: Callable[[Invalid], Failure]
    denied: Callable[[Denied, Request], Failure]


def _field_said(invalid: Invalid) -> str:
    """As Nova and Keystone say it: the last part of the path, the value, the reason; the whole body needs no name."""
    reason = f"Additional properties are not allowed ('{invalid.unknown}' was unexpected)"
    reason = reason if invalid.unknown else invalid.reason
    if not invalid.field:
        return reason
    value = "" if invalid.value is UNSET else f" Value: {str(invalid.value)[:_SHOWN]}."
    return f"Invalid input for field/attribute {invalid.field.rpartition('.')[2]}.{value} {reason}"


def _nova(failure: Failure, _request: Request) -> Reply:
    inner: dict[str, Any] = {"code": failure.status, "message": failure.message}
    if failure.status in (413, 429):
        inner["retryAfter"] = failure.headers.get("retry-after", "0")
    return Reply(failure.status, {_NOVA.get(failure.status, "computeFault"): inner}, failure.headers)


def _nova_invalid(invalid: Invalid) -> Failure:
    return BadRequest(_field_said(invalid))


def _nova_denied(denied: Denied, _request: Request) -> Failure:
    return Forbidden(f"Policy doesn't allow {denied.known_as} to be performed.")


def _neutron(failure: Failure, _request: Request) -> Reply:
    kind = failure.kind or {400: "HTTPBadRequest", 404: "HTTPNotFound", 405: "HTTPMethodNotAllowed"}.get(
        failure.status, type(failure).__name__
    )
    body = {"NeutronError": {"type": kind, "message": failure.message, "detail": ""}}
    return Reply(failure.status, body, failure.headers)


def _neutron_invalid(invalid: Invalid) -> Failure:
    if invalid.unknown:
        return BadRequest(f"Unrecognized attribute(s) '{invalid.unknown}'", kind="HTTPBadRequest")
    if invalid.missing:
        words = f"Failed to parse request. Required attribute '{invalid.missing}' not specified"
        return BadRequest(words, kind="HTTPBadRequest")
    name, reason = invalid.field.rpartition(".")[2], invalid.reason
    if invalid.value is not UNSET and invalid.wanted and invalid.wanted[0] in _NEUTRON_TYPES:
        reason = f"'{invalid.value}' {_NEUTRON_TYPES[invalid.wanted[0]]}"
    elif invalid.value is not UNSET and invalid.allowed:
        reason = f"'{invalid.value}' is not in {list(invalid.allowed)}"
    return BadRequest(f"Invalid input for {name}. Reason: {reason}.", kind="HTTPBadRequest")


def _neutron_denied(denied: Denied, _request: Request) -> Failure:
    """An attribute's rule stands beside its resource's."""
    action, _, attribute = denied.known_as.partition(":")
    rule = f"(rule:{action} and rule:{action}:{attribute})" if attribute else f"rule:{action}"
    return Forbidden(f"{rule} is disallowed by policy", kind="PolicyNotAuthorized")


def _keystone(failure: Failure, _request: Request) -> Reply:
    body = {"error": {"code": failure.status, "message": failure.message, "title": failure.title}}
    return Reply(failure.status, body, failure.headers)


def _keystone_invalid(invalid: Invalid) -> Failure:
    return BadRequest(_field_said(invalid))


def _keystone_denied(denied: Denied, _request: Request) -> Failure:
    return Forbidden(f"You are not authorized to perform the requested action: {denied.known_as}.")


def _glance(failure: Failure, request: Request) -> Reply:
    """A page for browsers and whoever takes anything, JSON for whoever asks for it, else plain text: openstacksdk says
    that it accepts nothing when it sends bytes or a patch. What is no page needs no escapes."""
    line, accept = f"{failure.status} {failure.title}", request.headers.get("accept", "*/*")
    if "html" in accept or ("*/*" in accept and "json" not in accept):
        text = escape(failure.message)
        page = f"<html>\n <head>\n  <title>{line}</title>\n </head>\n <body>\n  <h1>{line}</h1>\n  {text}<br /><br />\n\n\n\n </body>\n</html>"  # noqa: E501
        return Reply(failure.status, page.encode(), failure.headers, media="text/html; charset=UTF-8")
    if "json" not in accept:
        words = f"{line}\n\n{failure.message}\n\n   ".encode()
        return Reply(failure.status, words, failure.headers, media="text/plain; charset=UTF-8")
    body = {"message": f"{failure.message}<br /><br />\n\n\n", "code": line, "title": failure.title}
    return Reply(failure.status, body, failure.headers)


def _glance_invalid(invalid: Invalid) -> Failure:
    if invalid.unknown:
        return BadRequest(f"Additional properties are not allowed ('{invalid.unknown}' was unexpected)")
    return BadRequest(f"Provided object does not match schema 'image': {invalid.field}: {invalid.reason}")


def _glance_denied(denied: Denied, _request: Request) -> Failure:
    return Forbidden(f"You are not authorized to complete {denied.known_as} action.")


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


def _placement_denied(denied: Denied, _request: Request) -> Failure:
    return Forbidden(f"Policy does not allow {denied.known_as} to be performed.")


NOVA = Faults(_nova, _nova_invalid, _nova_denied)
NEUTRON = Faults(_neutron, _neutron_invalid, _neutron_denied)
KEYSTONE = Faults(_keystone, _keystone_invalid, _keystone_denied)
GLANCE = Faults(_glance, _glance_invalid, _glance_denied)
PLACEMENT = Faults(_placement, _placement_invalid, _placement_denied)
