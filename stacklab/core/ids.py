"""Identifiers in the two shapes OpenStack uses, and the check that a text is one."""

import re
import uuid as _uuid

_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\Z", re.IGNORECASE)


def new_uuid() -> str:
    """`6f0c2e9a-3d0b-4e0c-9a7e-51a0c9e2b41d`: servers, images, networks, ports."""
    return str(_uuid.uuid4())


def new_hex() -> str:
    """32 hex digits: users, projects, roles, endpoints."""
    return _uuid.uuid4().hex


def is_uuid(text: str) -> bool:
    """True for a UUID with or without hyphens, in either case."""
    return _UUID.match(text) is not None
