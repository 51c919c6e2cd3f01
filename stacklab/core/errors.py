"""Failures that a caller is told about. Each knows its status; how it looks on the wire is each service's envelope.

Raise with a full sentence that names the field or the resource. `kind` is the type name an envelope may show
(Neutron's `NetworkNotFound`); `headers` go out with the answer.
"""

from typing import ClassVar


class Failure(Exception):
    """Base of everything a request can fail with."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal Server Error"

    def __init__(self, message: str, kind: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.headers = headers or {}


class BadRequest(Failure):
    status = 400
    title = "Bad Request"


class Unauthorized(Failure):
    status = 401
    title = "Unauthorized"


class Forbidden(Failure):
    status = 403
    title = "Forbidden"


class OverQuota(Forbidden):
    """Quota exceeded where the service answers 403 (Nova, Keystone); Neutron uses `Conflict` with kind OverQuota."""


class NotFound(Failure):
    status = 404
    title = "Not Found"


class MethodNotAllowed(Failure):
    status = 405
    title = "Method Not Allowed"


class NotAcceptable(Failure):
    status = 406
    title = "Not Acceptable"


class Conflict(Failure):
    status = 409
    title = "Conflict"


class Gone(Failure):
    status = 410
    title = "Gone"


class LengthRequired(Failure):
    status = 411
    title = "Length Required"


class PreconditionFailed(Failure):
    status = 412
    title = "Precondition Failed"


class TooLarge(Failure):
    status = 413
    title = "Request Entity Too Large"


class UnsupportedMedia(Failure):
    status = 415
    title = "Unsupported Media Type"


class RangeNotSatisfiable(Failure):
    status = 416
    title = "Requested Range Not Satisfiable"


class Unprocessable(Failure):
    status = 422
    title = "Unprocessable Entity"


class TooManyRequests(Failure):
    status = 429
    title = "Too Many Requests"


class Unavailable(Failure):
    status = 503
    title = "Service Unavailable"


class NoSpace(Failure):
    """The disk is full. Nothing was written."""

    status = 507
    title = "Insufficient Storage"
