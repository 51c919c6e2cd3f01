"""The bytes: up and down, streamed."""

import re
from collections.abc import Iterator

from starlette.responses import StreamingResponse

from stacklab.core.errors import BadRequest, Forbidden, RangeNotSatisfiable, Unavailable, UnsupportedMedia
from stacklab.http import files
from stacklab.http.reply import Reply, no_content
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.images import access, data, locations, web_download
from stacklab.images.service import Images

_BYTES = "application/octet-stream"
_MOST_RELAYS = 8


_RANGE = re.compile(r" *(\d{0,18}) *- *(\d{0,18}) *", re.ASCII)


async def upload(service: Images, request: Request) -> Reply:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _BYTES:
        raise UnsupportedMedia(f"Content type must be {_BYTES}.")
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise BadRequest("The Content-Length header must be a whole number.")
    image_id = request.path["image_id"]
    stream = request.stream()
    store = request.headers.get("x-image-meta-store", "")
    await data.upload(
        service.settings, service.stores, service.disks, request.ctx, image_id, stream, int(length), store
    )
    return no_content()


_relays: list[str] = []
"""Addresses whose bytes pass through us now. Each takes a thread while its server is slow, so there is a most."""


def _relayed(service: Images, url: str) -> StreamingResponse:
    if len(_relays) >= _MOST_RELAYS:
        raise Unavailable("Too many images are being fetched from elsewhere now; try again later.")
    return StreamingResponse(_through(service, url), media_type=_BYTES)


def _through(service: Images, url: str) -> Iterator[bytes]:
    _relays.append(url)
    try:
        yield from web_download.blocks(service.settings.images, url)
    finally:
        _relays.remove(url)


def _require_range(asked: str | None, size: int) -> None:
    """Raises RangeNotSatisfiable for what is no range, or none of these bytes: Glance answers 416 to either."""
    unit, _, ranges = (asked or "bytes=0-").partition("=")
    found = [_RANGE.fullmatch(part) for part in ranges.split(",")]
    if unit.strip().lower() != "bytes" or not all(part and _fits(part[1], part[2], size) for part in found):
        raise RangeNotSatisfiable(
            f"The range {asked!r} is not one of this image's {size} bytes.",
            headers={"content-range": f"bytes */{size}"},
        )


def _fits(first: str, last: str, size: int) -> bool:
    if not first:
        return last.strip("0") != "" and size > 0
    return int(first) < size and (not last or int(first) <= int(last))


async def download(service: Images, request: Request) -> Reply | Asgi:
    """204 for an image without bytes; ranges are answered with 206 (RFC 9110, section 14)."""
    image = access.visible(request.ctx, request.path["image_id"])
    if image.status == "deactivated" and not request.ctx.can("images:images:download_deactivated"):
        raise Forbidden("The requested image has been deactivated. Image data download is forbidden.")
    if image.blob is None and image.status == "active" and (elsewhere := locations.of(image.id)):
        return _relayed(service, elsewhere[0].url)
    if image.blob is None or image.checksum is None:
        return no_content()
    path, size = service.stores.path(image.blob, image.stores), image.size or 0
    if "if-range" not in request.headers:
        _require_range(request.headers.get("range"), size)
    told = {"content-md5": image.checksum, "etag": f'"{image.checksum}"'}
    return await files.answer(request, lambda: files.OneFile.open(path), size, told, _BYTES, image.checksum)
