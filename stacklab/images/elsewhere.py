"""`glance-download`: an image of another region (or of this one) taken over, fetched with the asker's own token.

The regions of a cloud are told by its catalogue, so what is fetched from is the operator's, not the user's, to say. A
token is a secret: it waits in memory for its job and never reaches a disk. A job that finds none, because the node was
started anew, fails and says so.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from stacklab.core import ids
from stacklab.core.errors import BadRequest
from stacklab.core.settings import Images as Settings
from stacklab.http.context import Context
from stacklab.images import attributes, web_download
from stacklab.images.web_download import DownloadFailed

METHOD = "glance-download"
_COPIED = ("hw_", "trait:", "os_distro", "os_secure_boot", "os_type")  # Glance's default of what is taken over
_LONGEST = 8 << 20  # bytes of a catalogue or of what is said of one image


class Remote(Struct, frozen=True):
    """An image elsewhere: what it is, and where its bytes are."""

    uri: str
    token: str
    disk_format: str
    container_format: str
    properties: dict[str, str]
    hash_algo: str
    hash_value: str


class Elsewhere:
    """`identity` says where this cloud's users log in, in any region; set by the composition root."""

    def __init__(self, settings: Settings) -> None:
        # The catalogue's addresses are inside as often as not: they are the operator's.
        self._settings = replace(settings, import_private=True, import_ports=[])
        self._callers: dict[str, tuple[str, str]] = {}  # task id → token, the region it is bound to
        self.identity: Callable[[], str] = str

    def remember(self, task_id: str, ctx: Context) -> None:
        self._callers[task_id] = (ctx.token, ctx.caller.audience)

    def forget(self, task_id: str) -> None:
        self._callers.pop(task_id, None)

    def find(self, task_id: str, method: dict[str, Any]) -> Remote:
        """What the method of an import names. Raises DownloadFailed, BadRequest for what no image here may have."""
        if task_id not in self._callers:
            raise DownloadFailed("The node was started again before the import began: ask for it again.")
        token, region = self._callers[task_id]
        endpoint = self._endpoint(token, region, method)
        uri = f"{endpoint}/v2/images/{method['glance_image_id']}"
        image = self._json(uri, token)
        if not isinstance(image, dict) or image.get("status") != "active":
            raise DownloadFailed("The image there is not active.")
        disk, container = (attributes.check(name, image.get(name)) for name in ("disk_format", "container_format"))
        if not (disk and container):
            raise DownloadFailed("The image there has no formats.")
        properties = {k: attributes.check(k, v) for k, v in image.items() if k.startswith(_COPIED)}
        said = (str(image.get("os_hash_algo") or ""), str(image.get("os_hash_value") or ""))
        return Remote(f"{uri}/file", token, disk, container, properties, *said)

    def blocks(self, remote: Remote) -> Iterator[bytes]:
        return web_download.blocks(self._settings, remote.uri, remote.token)

    def _endpoint(self, token: str, bound: str, method: dict[str, Any]) -> str:
        """A token that is bound to a region is known below that region alone, with a catalogue of it alone."""
        wanted = (method["glance_region"], method["glance_service_interface"])
        below = f"/{bound}" if bound else ""
        found = self._json(f"{self.identity()}{below}/v3/auth/catalog", token)
        for service in found.get("catalog", []):
            for one in service["endpoints"] if service["type"] == "image" else []:
                if (one["region_id"], one["interface"]) == wanted:
                    return str(one["url"]).rstrip("/")
        raise DownloadFailed(
            f"The catalogue has no image service of region {wanted[0]!r} with interface {wanted[1]!r}."
        )

    def _json(self, uri: str, token: str) -> Any:
        content = bytearray()
        for block in web_download.blocks(self._settings, uri, token):
            content += block
            if len(content) > _LONGEST:
                raise DownloadFailed("The answer was too long.")
        try:
            return msgspec.json.decode(content)
        except msgspec.DecodeError as error:
            raise DownloadFailed("The answer made no sense.") from error


def check(method: dict[str, Any]) -> None:
    """Raises BadRequest for a request that names no image."""
    method.setdefault("glance_service_interface", "public")
    for name in ("glance_region", "glance_image_id", "glance_service_interface"):
        if not isinstance(method.get(name), str) or len(method[name]) > 255:
            raise BadRequest(f"'{name}' is required for the method '{METHOD}' and must be a text.")
    if not ids.is_uuid(method["glance_image_id"]):
        raise BadRequest("Remote image id does not look like a UUID: 'glance_image_id'.")
