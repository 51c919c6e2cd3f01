"""Types that several bodies share, and the refusal of fields that came with a later microversion."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct

from stacklab.core.errors import BadRequest
from stacklab.http.faults import NOVA, Invalid
from stacklab.http.microversion import Version
from stacklab.http.number import whole

Name = Annotated[str, Meta(min_length=1, max_length=255)]
Text = Annotated[str, Meta(max_length=255)]
Whole = int | str
"""A number that clients also send as text."""
Truth = bool | str
"""A boolean that clients also send as text."""

_TRUE = {"true", "1", "t", "on", "yes", "y"}
_FALSE = {"false", "0", "f", "off", "no", "n"}
_MOST = 0x7FFFFFFF


def number(value: int | str, field: str, least: int = 0, most: int = _MOST) -> int:
    """Raises BadRequest naming the field."""
    found = whole(value) if isinstance(value, str) else value
    if found is None or not least <= found <= most:
        raise invalid(field, f"Value: {value}. It must be a whole number from {least} to {most}")
    return found


def truth(value: bool | str, field: str) -> bool:
    """Raises BadRequest naming the field."""
    if isinstance(value, bool):
        return value
    text = value.strip().lower()
    if text not in _TRUE | _FALSE:
        raise invalid(field, f"Value: {value}. '{value}' is not one of True or False")
    return text in _TRUE


def plain_name(value: str, field: str = "name") -> str:
    """Without the spaces around it; BadRequest when nothing is left or it has control characters."""
    stripped = value.strip()
    if not stripped or not all(char.isprintable() for char in stripped):
        raise invalid(field, f"Value: {value}. It must have a printable character and no control characters")
    return stripped


def invalid(field: str, reason: str) -> BadRequest:
    found = NOVA.invalid(Invalid(field, reason))
    assert isinstance(found, BadRequest)
    return found


def refuse_later(body: Struct, since: Mapping[str, Version], version: Version, at: str) -> None:
    """A field that this microversion does not know yet is an unknown one. `since` is by attribute name."""
    for attribute, first in since.items():
        if version < first and getattr(body, attribute) is not UNSET:
            raise _unknown(at, attribute)


def refuse_gone(body: Struct, until: Mapping[str, Version], version: Version, at: str) -> None:
    """The same for fields that a microversion took away: `until` is the last that has them."""
    for attribute, last in until.items():
        if version > last and getattr(body, attribute) is not UNSET:
            raise _unknown(at, attribute)


def _unknown(at: str, attribute: str) -> BadRequest:
    found = NOVA.invalid(Invalid(at, "", unknown=attribute))
    assert isinstance(found, BadRequest)
    return found


def given(value: Any, default: Any = None) -> Any:
    """The value, or the default when the field was not sent."""
    return default if value is UNSET else value
