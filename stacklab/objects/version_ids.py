"""How versions are called: by the second of UNIX time they were made at, six digits behind the point (Swift's ids have
five; two versions of a name may be closer than that here)."""

import re

from stacklab.core.errors import BadRequest

NULL = "null"
DELETED = "application/x-deleted;swift_versions_deleted=1"
_ID = re.compile(r"(\d{1,10})(?:\.(\d{1,6}))?", re.ASCII)


def written(version: int) -> str:
    """The id of a version made at this µs."""
    return f"{version // 1_000_000:010d}.{version % 1_000_000:06d}"


def read(text: str) -> int | None:
    """The µs of an id, None for "null". Raises BadRequest."""
    if text == NULL:
        return None
    found = _ID.fullmatch(text)
    if not found:
        raise BadRequest("Invalid version parameter")
    return int(found[1]) * 1_000_000 + int((found[2] or "").ljust(6, "0"))


def archived_prefix(name: str) -> str:
    """What the names of an object's archived versions begin with (X-Versions-Location): its length in bytes, in hex."""
    return f"{len(name.encode()):03x}{name}/"


def archived_name(name: str, version: int) -> str:
    return archived_prefix(name) + written(version)
