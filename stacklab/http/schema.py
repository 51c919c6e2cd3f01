"""Bodies: JSON bytes to a validated msgspec struct in one step, and words for what is wrong."""

from functools import lru_cache
from typing import Any

import msgspec

from stacklab.core.errors import BadRequest
from stacklab.http import words
from stacklab.http.faults import Faults

_RAW = msgspec.json.Decoder(dict[str, msgspec.Raw])


@lru_cache(maxsize=512)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def decode(raw: bytes | msgspec.Raw, kind: Any, faults: Faults, at: str = "") -> Any:
    """Decode and check. Raises what the service says of a malformed or invalid body; `at` prefixes the field."""
    try:
        return _decoder(kind).decode(raw)
    except msgspec.ValidationError as error:
        raise faults.invalid(words.explain(str(error), words.decoded(raw), kind, at)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest("Malformed request body: it is not valid JSON.") from None


def convert(value: Any, kind: Any, faults: Faults, at: str = "") -> Any:
    """Check a value that is decoded already, such as an object whose unknown keys are kept beside the known ones."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise faults.invalid(words.explain(str(error), value, kind, at)) from None


def action(raw: bytes) -> tuple[str, msgspec.Raw]:
    """The one key of an action body and its undecoded value."""
    try:
        actions = _RAW.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest("Malformed request body: it is not a JSON object.") from None
    if len(actions) != 1:
        raise BadRequest("There must be exactly one action in the request body.")
    return next(iter(actions.items()))
