"""Identifiers in the two shapes OpenStack uses, and the check that a text is one."""

import os
import re

_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\Z", re.IGNORECASE)


def new_uuid() -> str:
    """`6f0c2e9a-3d0b-4e0c-9a7e-51a0c9e2b41d`: servers, images, networks, ports."""
    made = new_hex()
    return f"{made[:8]}-{made[8:12]}-{made[12:16]}-{made[16:20]}-{made[20:]}"


def new_hex() -> str:
    """32 hex digits of a random UUID (RFC 9562, version 4): users, projects, roles, endpoints."""
    made = os.urandom(16).hex()
    return f"{made[:12]}4{made[13:16]}{_VARIANT[made[16]]}{made[17:]}"


def is_uuid(text: str) -> bool:
    """True for a UUID with or without hyphens, in either case."""
    return _UUID.match(text) is not None
