"""Swift's envelope: a page of HTML with the status's own sentence, or the words alone where a failure has some.

Swift calls some of these words HTML and some plain text, as they come from its middleware or its servers; `TEXT` among
the headers of a failure makes them text.
"""

from html import escape

from stacklab.core.errors import BadRequest, Failure, Forbidden, Unauthorized
from stacklab.http.faults import Faults, Invalid
from stacklab.http.policy import Denied
from stacklab.http.reply import Reply
from stacklab.http.request import Request

MEDIA = "text/html; charset=UTF-8"
TEXT = {"content-type": "text/plain"}
_SAID = {
    202: "The request is accepted for processing.",
    400: "The server could not comply with the request since it is either malformed or otherwise incorrect.",
    401: "This server could not verify that you are authorized to access the document you requested.",
    403: "Access was denied to this resource.",
    404: "The resource could not be found.",
    405: "The method is not allowed for this resource.",
    406: "The resource is not available in a format acceptable to your browser.",
    409: "There was a conflict when trying to complete your request.",
    411: "Content-Length header required.",
    412: "A precondition for this request was not met.",
    413: "The body of your request was too large for this server.",
    416: "The Range requested is not available.",
    422: "Unable to process the contained instructions",
}
_PLAIN = "The resource could not be found."  # what the route table says of a path it does not know


def told_by(failure: Failure) -> tuple[str, str]:
    """The title of a failure and the sentence of its status."""
    return failure.title, _SAID.get(failure.status, "")


def page(status: int, title: str) -> bytes:
    return f"<html><h1>{escape(title)}</h1><p>{escape(_SAID.get(status, ''))}</p></html>".encode()


def _render(failure: Failure, _request: Request) -> Reply:
    if failure.message == _PLAIN:
        return Reply(412, b"Bad URL", {}, MEDIA)
    own = failure.message and failure.status not in (401, 405, 416)
    own = own or (isinstance(failure, Unauthorized) and failure.message.startswith("401"))
    own = own or failure.headers.get("content-type") == TEXT["content-type"]
    body = failure.message.encode() if own else page(failure.status, failure.title)
    headers = dict(failure.headers)
    media = headers.pop("content-type", MEDIA)
    return Reply(failure.status, body, headers, media)


def _invalid(found: Invalid) -> BadRequest:
    return BadRequest(found.reason)


def _denied(_failure: Denied, _request: Request) -> Failure:
    return Forbidden("")


SWIFT = Faults(_render, _invalid, _denied)
