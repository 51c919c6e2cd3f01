"""Request bodies. Keystone keeps unknown attributes of most resources and shows them again: such bodies arrive as an
object, and `take` splits it into the fields we know and the rest.
"""

from typing import Any

import msgspec

from stacklab.core.errors import BadRequest
from stacklab.http import schema
from stacklab.http.faults import KEYSTONE, Invalid

_COMPUTED = frozenset({"id", "links", "password_expires_at"})


def take(value: dict[str, Any], kind: type[msgspec.Struct], at: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The known fields that were given (validated as `kind`), and the unknown ones. Raises BadRequest."""
    known = kind.__struct_encode_fields__
    checked = schema.convert({k: v for k, v in value.items() if k in known}, kind, KEYSTONE, at=at)
    fields = {name: getattr(checked, name) for name in known if getattr(checked, name) is not msgspec.UNSET}
    return fields, {k: v for k, v in value.items() if k not in known and k not in _COMPUTED}


def unwrap(body: dict[str, Any], noun: str) -> dict[str, Any]:
    """The object under the one expected key. Raises BadRequest."""
    if noun not in body:
        raise BadRequest(f"'{noun}' is a required property")
    inner = body[noun]
    if not isinstance(inner, dict):
        raise KEYSTONE.invalid(Invalid(noun, f"{inner!r} is not of type 'object'", value=inner))
    return inner


def changes(body: dict[str, Any], noun: str, own_id: str) -> dict[str, Any]:
    """What an update gives under the one expected key. Raises BadRequest for nothing, or another id."""
    inner = unwrap(body, noun)
    if not inner:
        raise KEYSTONE.invalid(Invalid(noun, "{} should be non-empty", value={}))
    if inner.get("id") not in (None, own_id):
        raise BadRequest("Cannot change ID")
    return inner
