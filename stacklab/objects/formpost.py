"""FormPost: a page's form uploads files straight into a container, within what the form's signature says.

What is signed, by HMAC with a TempURL key of the account or container (Swift, "FormPost middleware"):

    <path>\\n<redirect>\\n<max_file_size>\\n<max_file_count>\\n<expires>

Fields count for the files that come after them: the form is read once, as it arrives.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from http import HTTPStatus
from string import punctuation
from urllib.parse import quote

from msgspec import Struct, field

from stacklab.core.errors import BadRequest, Failure, Unauthorized
from stacklab.objects import digests
from stacklab.objects.multipart_form import Broken, Form, Part

_LONGEST = 4096  # bytes of a field's value that count
_FIELDS = frozenset(
    {"redirect", "max_file_size", "max_file_count", "expires", "signature", "content-type", "content-encoding",
     "x_delete_at", "x_delete_after"}
)  # fmt: skip
"""What else a form says is not kept: anybody may send one that never ends."""
Put = Callable[[str, AsyncIterator[bytes], dict[str, str]], Awaitable[None]]
"""Stores one file: the name to put behind the form's address, its bytes, the headers of the object."""


class Signed(Struct, frozen=True):
    """What a signature is checked against: the path of the form with and without the mount, the keys, the digests."""

    paths: tuple[str, ...]
    keys: tuple[str, ...]
    digests: Iterable[str]
    now: int  # seconds since 1970


class Answer(Struct, frozen=True):
    """What a browser is told; `location` is set where the form names a page to go on to."""

    status: int
    body: str
    location: str = ""


class _State(Struct):
    fields: dict[str, str] = field(default_factory=dict)
    files: int = 0
    status: int = 0
    message: str = ""


async def receive(stream: AsyncIterator[bytes], mark: str, signed: Signed, put: Put) -> Answer:
    """Store the files of a form. Raises BadRequest and Unauthorized, in Swift's words, for a form that is not valid;
    what storing a file raises ends the form and is told to the page."""
    state = _State()
    async for part in Form(stream, mark).parts():
        if not part.filename and part.name.lower() in _FIELDS:
            state.fields[part.name.lower()] = await _value(part)
        elif not part.filename:
            continue
        elif not await _file(part, state, signed, put):
            break
    if not state.status:
        state.status, state.message = 400, "no files to process"
    return _answer(state)


async def _value(part: Part) -> str:
    kept = b""
    async for chunk in part.body:
        kept += chunk[: _LONGEST - len(kept)]
    try:
        return kept.decode()
    except UnicodeDecodeError:
        raise BadRequest("FormPost: a field is not UTF-8") from None


async def _file(part: Part, state: _State, signed: Signed, put: Put) -> bool:
    """Whether the form goes on."""
    state.files += 1
    if state.files > _whole(state.fields, "max_file_count"):
        state.status, state.message = 400, "max file count exceeded"
        return False
    most = _whole(state.fields, "max_file_size")
    headers = _headers(part, state.fields)
    _check(state.fields, signed)
    try:
        await put(part.filename, _capped(part.body, most), headers)
    except _TooLong:
        raise BadRequest("FormPost: max_file_size exceeded") from None
    except Broken:
        raise
    except Failure as failure:
        state.status, state.message = failure.status, failure.message
        return False
    state.status = 201
    return True


def _whole(fields: dict[str, str], name: str, words: str = "") -> int:
    try:
        return int(fields.get(name) or 0)
    except ValueError:
        raise BadRequest(f"FormPost: {words or name} not an integer") from None


def _headers(part: Part, fields: dict[str, str]) -> dict[str, str]:
    """Those of the form go before those of the file."""
    found = {}
    for name in ("content-type", "content-encoding"):
        value = fields.get(name) or part.headers.get(name)
        if value:
            found[name] = value
    for name in ("x_delete_at", "x_delete_after"):
        if name in fields:
            found[name.replace("_", "-")] = str(_whole(fields, name))
    return found


def _check(fields: dict[str, str], signed: Signed) -> None:
    """Raises Unauthorized unless the form is signed and still good."""
    if _whole(fields, "expires", "expired") < signed.now:
        raise Unauthorized("FormPost: Form Expired")
    try:
        digest, signature = digests.split(fields.get("signature", ""))
    except ValueError:
        raise _unsigned() from None
    named = [
        fields.get("redirect", ""),
        *(fields.get(n) or "0" for n in ("max_file_size", "max_file_count", "expires")),
    ]
    messages = ["\n".join((path, *named)) for path in dict.fromkeys(signed.paths)]
    if digest not in signed.digests or digests.right(signature, digest, signed.keys, messages) is None:
        raise _unsigned()


def _unsigned() -> Unauthorized:
    return Unauthorized("FormPost: Invalid Signature")


class _TooLong(Exception):
    """A file is longer than the form allows."""


async def _capped(body: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    seen = 0
    async for chunk in body:
        seen += len(chunk)
        if seen > most:
            raise _TooLong
        yield chunk


def _answer(state: _State) -> Answer:
    redirect = state.fields.get("redirect", "")
    if redirect:
        joint = "&" if "?" in redirect else "?"
        there = f"{redirect}{joint}status={state.status}&message={quote(state.message)}"
        link = there.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        page = f'<html><body><p><a href="{link}">Click to continue...</a></p></body></html>'
        return Answer(303, page, quote(there, safe=punctuation))  # a header holds no other letters
    line = f"{state.status} {HTTPStatus(state.status).phrase}"
    return Answer(state.status, f"{line}\r\nFormPost: {state.message.title()}" if state.message else line)
