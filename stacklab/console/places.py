"""Where the services of the region a person works in are, and the token that is good there.

Home's own region is reached over loopback with the token of the log-in (`HERE`). Every other region is reached where
its catalogue says, with a token that home bound to it: should a sponsor's machine keep it, it opens nothing else.
"""

from typing import Any
from urllib.parse import urlsplit

import msgspec

# The path under which the console knows a service → the catalogue's type for it.
SERVICES = {
    "/compute/v2.1": "compute",
    "/network": "network",
    "/image": "image",
    "/object-store/v1": "object-store",
    "/placement": "placement",
}

LEASES = "/signup/leases"  # beside the compute service of the region whose servers are leased


class Place(msgspec.Struct, frozen=True):
    """`addresses`: the console's path of a service → that service's public endpoint. No region: all is here."""

    region: str = ""
    token: str = ""
    addresses: dict[str, str] = {}

    def serves(self, path: str) -> bool:
        """Whether a call with this path goes to the region and not home."""
        return bool(self.region) and path.startswith((*(f"{service}/" for service in SERVICES), LEASES))

    def url(self, path: str) -> str:
        """The address of a call that `serves` says goes there; "" where the region has no such service."""
        for prefix, address in self.addresses.items():
            if path == prefix or path.startswith((prefix + "/", prefix + "?")):
                return address + path.removeprefix(prefix)
        return ""


HERE = Place()


def endpoints(token: dict[str, Any]) -> list[list[str]]:
    """(service type, region, public URL) of each endpoint in a token's catalogue."""
    return [
        [service["type"], endpoint["region"], endpoint["url"]]
        for service in token.get("catalog", [])
        for endpoint in service["endpoints"]
        if endpoint["interface"] == "public"
    ]


def place(region: str, text: str, token: dict[str, Any]) -> Place:
    """From the body of a token bound to `region`, whose text is `text`. What is no web address is left out."""
    found = {kind: url.rstrip("/") for kind, where, url in endpoints(token) if where == region and _is_web(url)}
    addresses = {path: found[kind] for path, kind in SERVICES.items() if kind in found}
    if "object-store" in found:
        addresses["/object-store/v1"] = found["object-store"].rpartition("/")[0]  # the account is in our paths already
    if "compute" in found:
        addresses[LEASES] = "{0.scheme}://{0.netloc}".format(urlsplit(found["compute"])) + LEASES
    return Place(region, text, addresses)


def _is_web(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not parts.query and not parts.fragment
