"""Which microversion a request speaks, and the headers that say so (the OpenStack API-WG microversion rules)."""

import re

from msgspec import Struct

from stacklab.core.errors import BadRequest, NotAcceptable

Version = tuple[int, int]
NONE: Version = (0, 0)
EVER: Version = (9999, 0)
_FORM = re.compile(r"([1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\Z")


def parse(text: str) -> Version:
    """`"2.37"` → (2, 37). Raises BadRequest."""
    match = _FORM.match(text)
    if not match:
        raise BadRequest(f"API Version String {text} is of invalid format. Must be of format MajorNum.MinorNum.")
    return int(match[1]), int(match[2])


def show(version: Version) -> str:
    return f"{version[0]}.{version[1]}"


class Microversions(Struct, frozen=True):
    """The range a service serves. `service` is the name in the header; `legacy` an older header of its own."""

    service: str
    lowest: Version
    highest: Version
    legacy: str = ""

    def negotiate(self, headers: dict[str, str]) -> Version:
        """The version asked for; the lowest when none is. Raises BadRequest or NotAcceptable."""
        asked = self._asked(headers)
        if asked is None:
            return self.lowest
        if asked == "latest":
            return self.highest
        version = parse(asked)
        if not self.lowest <= version <= self.highest:
            raise NotAcceptable(
                f"Version {show(version)} is not supported by the API. "
                f"Minimum is {show(self.lowest)} and maximum is {show(self.highest)}."
            )
        return version

    def _asked(self, headers: dict[str, str]) -> str | None:
        for part in headers.get("openstack-api-version", "").split(","):
            service, _, version = part.strip().partition(" ")
            if service == self.service and version:
                return version.strip()
        return headers.get(self.legacy.lower()) if self.legacy else None

    def headers(self, version: Version) -> list[tuple[bytes, bytes]]:
        """What every answer carries."""
        found = [(b"openstack-api-version", f"{self.service} {show(version)}".encode())]
        vary = "OpenStack-API-Version"
        if self.legacy:
            found.append((self.legacy.lower().encode(), show(version).encode()))
            vary += f", {self.legacy}"
        return [*found, (b"vary", vary.encode())]
