"""The bytes: up and down, streamed."""

from starlette.responses import FileResponse

from stacklab.core.errors import BadRequest, Forbidden, UnsupportedMedia
from stacklab.http.reply import Reply, no_content
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.images import access, data
from stacklab.images.service import Images
from stacklab.images.store import BLOCK

_BYTES = "application/octet-stream"


class _File(FileResponse):
    chunk_size = BLOCK


async def upload(service: Images, request: Request) -> Reply:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _BYTES:
        raise UnsupportedMedia(f"Content type must be {_BYTES}.")
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise BadRequest("The Content-Length header must be a whole number.")
    image_id = request.path["image_id"]
    stream = request.stream()
    await data.upload(service.settings, service.store, service.disks, request.ctx, image_id, stream, int(length))
    return no_content()


async def download(service: Images, request: Request) -> Reply | Asgi:
    """204 for an image without bytes; ranges are answered with 206 (RFC 9110, section 14)."""
    image = access.visible(request.ctx, request.path["image_id"])
    if image.status == "deactivated" and not request.ctx.can("images:images:download_deactivated"):
        raise Forbidden("The requested image has been deactivated. Image data download is forbidden.")
    if image.blob is None or image.checksum is None:
        return no_content()
    path = service.store.path(image.blob)
    return _File(path, headers={"content-md5": image.checksum}, media_type=_BYTES, stat_result=path.stat())
