"""JSON patch as Glance takes it: media types v2.0 and v2.1, one attribute an operation.

RFC 6902's add, replace and remove; the pointer is one name (RFC 6901).

v2.1: `{"op": "replace", "path": "/name", "value": "x"}`; v2.0: `{"replace": "/name", "value": "x"}`.
"""

import re
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from stacklab.core.errors import BadRequest, Conflict, Forbidden, UnsupportedMedia
from stacklab.images import attributes
from stacklab.images.model import Image

MEDIA = {f"application/openstack-images-v2.{minor}-json-patch": minor for minor in (0, 1)}
LOCATIONS = "locations"
_OPERATIONS = ("add", "replace", "remove")
_STRAY = re.compile("~(?![01])")


class Change(Struct, frozen=True):
    operation: str
    name: str
    value: Any = None
    new: bool = False  # v2.0's add: what is there already is a conflict
    where: str = ""  # of `locations`: "-" or an index


def decode(media: str, raw: bytes) -> list[Change]:
    """Raises UnsupportedMedia for another content type; BadRequest or Forbidden for operations that cannot be."""
    minor = MEDIA.get(media.split(";")[0].strip().lower())
    if minor is None:
        offered = ", ".join(MEDIA)
        raise UnsupportedMedia(f"Content type must be one of: {offered}", headers={"accept-patch": offered})
    try:
        operations = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest("Malformed JSON in request body.") from None
    if not isinstance(operations, list):
        raise BadRequest("Request body must be a JSON array of operation objects.")
    return [_change(given, minor) for given in operations]


def apply(image: Image, changes: list[Change]) -> Image:
    """The image as it would be. Raises Conflict for a property that is not there, Forbidden for what must stay."""
    base: dict[str, Any] = {}
    properties = dict(image.properties)
    for one in changes:
        if one.new and (one.name in attributes.BASE or one.name in properties):
            raise Conflict(f"Property {one.name} already present.")
        if one.name in attributes.BASE:
            base[one.name] = _base_value(image, one)
        elif one.operation != "add" and one.name not in properties:
            raise Conflict(f"Property {one.name} does not exist.")
        elif one.operation == "remove":
            del properties[one.name]
        else:
            properties[one.name] = one.value
    return replace(image, **base, properties=properties)


def _change(given: Any, minor: int) -> Change:
    if not isinstance(given, dict):
        raise BadRequest("Operations must be JSON objects.")
    operation, pointer = _stated(given, minor)
    name = _attribute(pointer)
    if name == LOCATIONS:
        return _location_change(operation, pointer, given)
    if operation == "remove":
        attributes.forbid(name)
        return Change(operation, name)
    if "value" not in given:
        raise BadRequest('Operation objects must contain a member named "value".')
    return Change(operation, name, attributes.check(name, given["value"]), new=operation == "add" and not minor)


def _location_change(operation: str, pointer: str, given: dict[str, Any]) -> Change:
    """`/locations` is replaced whole; to `/locations/-` or `/locations/1` one is added, from there one removed."""
    parts = pointer[1:].split("/")
    if len(parts) != (1 if operation == "replace" else 2):
        raise BadRequest(f"Invalid JSON pointer for this resource: '{pointer}'")
    if operation != "remove" and "value" not in given:
        raise BadRequest('Operation objects must contain a member named "value".')
    return Change(operation, LOCATIONS, given.get("value"), where=parts[-1])


def _stated(given: dict[str, Any], minor: int) -> tuple[str, str]:
    """Operation and pointer, in either notation."""
    if minor:
        operation, pointer = given.get("op"), given.get("path")
    else:
        operation = next((name for name in _OPERATIONS if name in given), None)
        pointer = given.get(operation) if operation else None
    if operation not in _OPERATIONS:
        raise BadRequest(f"Operations must be one of: {', '.join(_OPERATIONS)}.")
    if not isinstance(pointer, str):
        raise BadRequest("Unable to find path in JSON Schema change")
    return operation, pointer


def _attribute(pointer: str) -> str:
    """`/name` → `name` (RFC 6901: ~1 is a slash, ~0 a tilde)."""
    if not pointer.startswith("/"):
        raise BadRequest(f'Pointer `{pointer}` does not start with "/".')
    if _STRAY.search(pointer):
        raise BadRequest(f'Pointer `{pointer}` contains "~" not part of a recognized escape sequence.')
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]
    if parts[0] == LOCATIONS:
        return LOCATIONS
    if len(parts) != 1 or not parts[0]:
        raise BadRequest(f"Invalid JSON pointer for this resource: '{pointer}'")
    if parts[0] == "id":
        raise Forbidden("Attribute 'id' is read-only.")
    return parts[0]


def _base_value(image: Image, change: Change) -> Any:
    """What an attribute that every image has is set to."""
    name, value = change.name, change.value
    if change.operation == "remove":
        raise Forbidden(f"Property {name} may not be removed.")
    if name in ("disk_format", "container_format") and image.status != "queued":
        raise Forbidden(f"Attribute {name} can be only replaced for a queued image.")
    return value or "" if name == "owner" else value
