"""The versions announced. Glance's number is one promise for the whole API, not negotiated by request.

2.0 to 2.2 images, members, schemas · 2.3 deactivate and reactivate · 2.4 locations by JSON patch (hidden here, as
Glance's default hides them) · 2.5 community and shared visibility. 2.6 promises interoperable import, which is not
served yet, so 2.5 is the highest; the multihash and hidden attributes of 2.7 are served all the same.
"""

from typing import Any

HIGHEST = 5


def document(base: str) -> dict[str, Any]:
    """The list of versions, newest first; every one of them is at `/v2/`."""
    where = [{"rel": "self", "href": f"{base}/v2/"}]
    found = [
        {"id": f"v2.{minor}", "status": "CURRENT" if minor == HIGHEST else "SUPPORTED", "links": where}
        for minor in range(HIGHEST, -1, -1)
    ]
    return {"versions": found}
