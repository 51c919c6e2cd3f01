"""Version discovery."""

from typing import Any

_UPDATED = "2020-04-07T00:00:00Z"


def version(base: str) -> dict[str, Any]:
    """Keystone v3.14 at `base` (…/identity)."""
    media = {"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}
    return {
        "id": "v3.14",
        "status": "stable",
        "updated": _UPDATED,
        "links": [{"rel": "self", "href": f"{base}/v3/"}],
        "media-types": [media],
    }
