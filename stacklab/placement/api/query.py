"""Query strings: Placement refuses what it does not know."""

import re

from stacklab.core import ids
from stacklab.core.errors import BadRequest
from stacklab.http.request import Request

_AMOUNT = re.compile(r"([A-Z0-9_]+):([1-9][0-9]{0,17})\Z")


def only(request: Request, *known: str) -> None:
    """Raises BadRequest for any other parameter."""
    for name in request.query.names():
        if name not in known:
            raise BadRequest(
                f"Invalid query string parameters: Additional properties are not allowed ('{name}' was unexpected)"
            )


def uuid(request: Request, name: str) -> str | None:
    """A UUID parameter, or None when it is not given. Raises BadRequest for another text."""
    value = request.query.get(name)
    if value is not None and not ids.is_uuid(value):
        raise BadRequest(f"Invalid query string parameters: '{value}' is not a 'uuid' ({name})")
    return value


def resources(text: str) -> dict[str, int]:
    """`VCPU:1,MEMORY_MB:512` → amounts. Raises BadRequest."""
    found: dict[str, int] = {}
    for part in text.split(","):
        match = _AMOUNT.match(part)
        if match is None:
            raise BadRequest(
                "Badly formed resources parameter. Expected resources query string parameter in form: "
                f"?resources=VCPU:2,MEMORY_MB:1024. Got: {text[:200]}."
            )
        if match[1] in found:
            raise BadRequest(f"Duplicate resource class in resources parameter: {match[1]}.")
        found[match[1]] = int(match[2])
    return found
