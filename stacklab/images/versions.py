"""The versions announced. Glance's number is one promise for the whole API, not negotiated by request.

2.0 to 2.2 images, members, schemas, metadata definitions · 2.3 deactivate and reactivate · 2.4 locations by JSON patch
(hidden here, as Glance's default hides them) · 2.5 community and shared visibility · 2.6 interoperable import · 2.7
hashes and hidden images · 2.8 to 2.12 stores · 2.13 usage of limits · 2.14 to 2.16 management of the cache, tasks of an
image, details of stores · 2.17 locations brought here from a URL, their hash checked.
"""

from typing import Any

HIGHEST = 17


def document(base: str) -> dict[str, Any]:
    """The list of versions, newest first; every one of them is at `/v2/`."""
    where = [{"rel": "self", "href": f"{base}/v2/"}]
    found = [
        {"id": f"v2.{minor}", "status": "CURRENT" if minor == HIGHEST else "SUPPORTED", "links": where}
        for minor in range(HIGHEST, -1, -1)
    ]
    return {"versions": found}
