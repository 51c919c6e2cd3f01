"""Updates whose every attribute is known: what was given of them."""

from typing import Any

import msgspec

from stacklab.http.faults import KEYSTONE, Invalid


def given(fields: msgspec.Struct, noun: str = "") -> dict[str, Any]:
    """Attribute → value, without those that are UNSET. Raises BadRequest for nothing where `noun` must have one."""
    found = {name: value for name, value in msgspec.structs.asdict(fields).items() if value is not msgspec.UNSET}
    if noun and not found:
        raise KEYSTONE.invalid(Invalid(noun, "{} should be non-empty", value={}))
    return found
