"""What is wrong with a body, in the words of JSON Schema, which clients of the real services know and test for.

msgspec says "Expected `str`, got `int` - at `$.user.name`"; here that becomes "7 is not of type 'string'", with the
value looked up in the body. Values of secrets are not repeated.
"""

import re
from typing import Any

import msgspec
from msgspec import UNSET, inspect

from stacklab.http.faults import Invalid

_UNKNOWN = re.compile(r"Object contains unknown field `(.*?)`")
_MISSING = re.compile(r"Object missing required field `(.*?)`")
_TYPE = re.compile(r"Expected `(.+?)`, got `")
_LENGTH = re.compile(r"Expected `\w+` of length (>=|<=) (\d+)")
_PATTERN = re.compile(r"Expected `str` matching regex (.+)")
_BOUND = re.compile(r"Expected `\w+` (>=|<=|>|<) (-?[\d.]+)")
_SEGMENT = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_SECRET = re.compile(r"(original_)?password|secret|passcode|blob|token|admin_?pass|private_key", re.IGNORECASE)
_NAMES = {"str": "string", "int": "integer", "bool": "boolean", "float": "number"}
_ANY_KEY = "..."
_MOST = 1024  # characters of a value that are repeated


def explain(message: str, body: Any, kind: Any, at: str = "") -> Invalid:
    """What msgspec said of a decoded `body` that should have been a `kind`; `at` is the path above it."""
    reason, _, path = message.partition(" - at `")
    # A key that is wrong is told as "key` in `$.server.metadata".
    steps = [name or index for name, index in _SEGMENT.findall(path.rpartition(" in `")[2].rstrip("`"))]
    keys, value = _look_up(body, steps)
    shown = masked(value, [at, *keys])
    field = ".".join(key for key in (at, *keys) if key)
    if found := _UNKNOWN.match(reason):
        words = f"Additional properties are not allowed ('{found[1]}' was unexpected)"
        return Invalid(field, words, unknown=found[1], value=shown)
    if found := _MISSING.match(reason):
        return Invalid(field, f"'{found[1]}' is a required property", missing=found[1], value=shown)
    if found := _TYPE.match(reason):
        wanted = tuple(_NAMES.get(name, name) for name in found[1].split(" | "))
        words = " is not of type " + ", ".join(f"'{name}'" for name in wanted)
        return Invalid(field, _of(shown) + words, wanted=wanted, value=shown)
    if reason.startswith("Invalid enum value"):
        allowed = _allowed(kind, steps)
        return Invalid(field, f"{_of(shown)} is not one of {list(allowed)}", allowed=allowed, value=shown)
    if path.startswith("key`"):
        return Invalid(field, _limits(reason, UNSET).replace("it ", "A key of it ", 1), value=shown)
    return Invalid(field, _limits(reason, shown), value=shown)


def _limits(reason: str, value: Any) -> str:
    if found := _LENGTH.match(reason):
        if found[1] == "<=":
            return f"{_of(value)} is too long"
        return f"{_of(value)} {'should be non-empty' if found[2] == '1' else 'is too short'}"
    if found := _PATTERN.match(reason):
        return f"{_of(value)} does not match {found[1]}"
    if found := _BOUND.match(reason):
        end = "less than the minimum" if found[1].startswith(">") else "greater than the maximum"
        return f"{_of(value)} is {end} of {found[2]}"
    return reason


def _of(value: Any) -> str:
    """The value at the beginning of a sentence; "it" where it is not known."""
    return "it" if value is UNSET else repr(value)[:_MOST]


def masked(value: Any, steps: list[str]) -> Any:
    """A value that may be repeated: a secret, by the name of what it is in, becomes stars."""
    if any(_SECRET.fullmatch(step) for step in steps) and not isinstance(value, dict) and value is not UNSET:
        return "***"
    if isinstance(value, dict):
        return {key: masked(inner, [str(key)]) for key, inner in value.items()}
    return value


def _look_up(body: Any, steps: list[str]) -> tuple[list[str], Any]:
    """The keys of a path and the value there. msgspec does not say at which key of a free object a value is: where
    there is more than one the path ends, and the value is UNSET.
    """
    keys: list[str] = []
    for step in steps:
        if isinstance(body, list) and step.isdecimal() and int(step) < len(body):
            body = body[int(step)]
        elif isinstance(body, dict) and (step in body or (step == _ANY_KEY and len(body) == 1)):
            step = step if step in body else next(iter(body))
            body = body[step]
        else:
            return [*keys, *(rest for rest in steps[len(keys) :] if rest != _ANY_KEY)], UNSET
        keys.append(step)
    return keys, body


def _allowed(kind: Any, steps: list[str]) -> tuple[Any, ...]:
    """The values of the enumeration at a path of a type."""
    found: inspect.Type = inspect.type_info(kind)
    for step in steps:
        found = _inner(_plain(found, inspect.StructType, inspect.ListType, inspect.DictType), step)
    literal = _plain(found, inspect.LiteralType)
    return tuple(literal.values) if isinstance(literal, inspect.LiteralType) else ()


def _plain(found: inspect.Type, *kinds: type) -> inspect.Type:
    """Without annotations; of a union the member of these kinds."""
    while isinstance(found, inspect.Metadata):
        found = found.type
    if isinstance(found, inspect.UnionType):
        return next((plain for plain in map(_plain, found.types) if isinstance(plain, kinds)), found)
    return found


def _inner(found: inspect.Type, step: str) -> inspect.Type:
    if isinstance(found, inspect.StructType):
        return next((field.type for field in found.fields if field.encode_name == step), inspect.AnyType())
    if isinstance(found, inspect.ListType):
        return found.item_type
    if isinstance(found, inspect.DictType):
        return found.value_type
    return inspect.AnyType()


def decoded(raw: bytes | msgspec.Raw) -> Any:
    """The body as plain values, to look up in what was wrong; UNSET where it is broken further on, or too deep."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return UNSET
