"""The bytes: up and down, streamed."""

import re
from collections.abc import Iterator
from itertools import chain

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from stacklab.core.errors import BadRequest, Forbidden, RangeNotSatisfiable, Unavailable, UnsupportedMedia
from stacklab.http import files
from stacklab.http.again import again
from stacklab.http.reply import Reply, no_content
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.images import access, cache, data, locations, web_download
from stacklab.images.reach import Unreachable
from stacklab.images.service import Images
from stacklab.images.web_download import DownloadFailed

_BYTES = "application/octet-stream"
_MOST_RELAYS = 8


_RANGE = re.compile(r" *(\d{0,18}) *- *(\d{0,18}) *", re.ASCII)
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII)


async def upload(service: Images, request: Request) -> Reply:
    length, image_id = announced(request), request.path["image_id"]
    stream, store = request.stream(), request.headers.get("x-image-meta-store", "")
    await data.upload(service.settings, service.stores, service.disks, request.ctx, image_id, stream, length, store)
    return no_content()


def announced(request: Request) -> int:
    """How many bytes will come, 0 when nobody says. Raises UnsupportedMedia for another content type, BadRequest for a
    size that is none.

    The SDK says it apart from Content-Length: what reads a file by chunks cannot tell otherwise that some are missing.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _BYTES:
        raise UnsupportedMedia(f"Content type must be {_BYTES}.")
    length, size = (_number(request, name) for name in ("content-length", "x-openstack-image-size"))
    if size is not None and length not in (None, size):
        raise BadRequest(f"Size mismatch: expected {size} bytes, got {length} bytes")
    return size or length or 0


def _number(request: Request, header: str) -> int | None:
    said = request.headers.get(header)
    if said is not None and not (said.isascii() and said.isdigit() and len(said) < 19):
        raise BadRequest(f"The {header} header must be a whole number.")
    return None if said is None else int(said)


_relays: list[str] = []
"""Addresses whose bytes pass through us now. Each takes a thread while its server is slow, so there is a most."""


async def _relayed(service: Images, url: str) -> StreamingResponse:
    """Raises Unavailable while there is nothing to answer 200 for: until the first bytes are here."""
    if len(_relays) >= _MOST_RELAYS:
        raise Unavailable("Too many images are being fetched from elsewhere now; try again later.")
    blocks = _through(service, url)
    try:
        first = await run_in_threadpool(next, blocks, b"")
    except (DownloadFailed, Unreachable):
        raise Unavailable("Where the image's data is did not answer as it should.") from None
    return StreamingResponse(chain([first], blocks), media_type=_BYTES)


def _through(service: Images, url: str) -> Iterator[bytes]:
    _relays.append(url)
    try:
        yield from web_download.blocks(service.settings.images, url)
    finally:
        _relays.remove(url)


def _require_range(headers: dict[str, str], size: int) -> None:
    """Raises RangeNotSatisfiable for what is no range, or none of these bytes: Glance answers 416 to either.

    Its older clients ask with the answer's header, Content-Range; that becomes a Range here.
    """
    older = headers.get("content-range")
    if older is not None and "range" not in headers:
        headers["range"] = _newer(older, size)
    if (asked := headers.get("range")) is None:
        return
    unit, _, ranges = asked.partition("=")
    found = [_RANGE.fullmatch(part) for part in ranges.split(",")]
    if unit.strip().lower() != "bytes" or not all(part and _fits(part[1], part[2], size) for part in found):
        raise RangeNotSatisfiable(
            f"The range {asked!r} is not one of this image's {size} bytes.",
            headers={"content-range": f"bytes */{size}"},
        )


def _newer(asked: str, size: int) -> str:
    """`bytes 0-9/*` → `bytes=0-9`; what does not end within the bytes that are there → no range."""
    found = _CONTENT_RANGE.fullmatch(asked.strip())
    total = size if found is None or found[3] == "*" else min(int(found[3]), size)
    return f"bytes={found[1]}-{found[2]}" if found and int(found[2]) < total else asked


def _fits(first: str, last: str, size: int) -> bool:
    if not first:
        return last.strip("0") != "" and size > 0
    return int(first) < size and (not last or int(first) <= int(last))


async def download(service: Images, request: Request) -> Reply | Asgi:
    """204 for an image without bytes; ranges are answered with 206 (RFC 9110, section 14)."""
    return await again(lambda: _sent(service, request), "The image's data is not there now.")


async def _sent(service: Images, request: Request) -> Reply | Asgi:
    """Raises FileNotFoundError where the image was deleted, or left this store, since its row was read: look again."""
    image = access.visible(request.ctx, request.path["image_id"])
    request.ctx.authorize("images:images:download")
    if image.status == "deactivated" and not request.ctx.can("images:images:download_deactivated"):
        raise Forbidden("The requested image has been deactivated. Image data download is forbidden.")
    if image.blob is None and image.status == "active" and (elsewhere := locations.of(image.id)):
        return await _relayed(service, elsewhere[0].url)
    if image.blob is None or image.checksum is None:
        return no_content()
    path, size = service.stores.path(image.blob, image.stores), image.size or 0
    if "if-range" not in request.headers:
        _require_range(request.headers, size)
    told = {"content-md5": image.checksum, "etag": f'"{image.checksum}"'}
    answer = await files.answer(request, lambda: files.OneFile.open(path), size, told, _BYTES, image.checksum)
    if request.method == "GET" and "range" not in request.headers:
        cache.note(image.id)
    return answer
