"""POST of a form to a container, or to the beginning of names in it: its files become objects."""

from collections.abc import AsyncIterator

from stacklab.core import clock
from stacklab.core.errors import BadRequest, NotFound, Unauthorized
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.objects import PREFIX, digests, formpost, metadata, model, multipart_form, objects
from stacklab.objects.faults import MEDIA
from stacklab.objects.formpost import Signed
from stacklab.objects.service import Objects

_TEXT = "text/plain"


def wanted(request: Request) -> bool:
    """Whether a POST is a page's form; then a token, good or bad, is not looked at."""
    media = request.headers.get("content-type", "")
    return media.lower().startswith("multipart/form-data") and bool(multipart_form.boundary(media))


async def answer(service: Objects, request: Request) -> Reply:
    account, container = request.path["account"], request.path["container"]
    holder = model.container(account, container)
    keys = digests.keys(service.account(account).metadata, "account")
    if holder:
        keys += digests.keys(holder.metadata, "container")
    paths = (request.target, request.target.removeprefix(PREFIX))
    signed = Signed(paths, tuple(keys), service.settings.objects.formpost_digests, clock.now() // clock.SECOND)

    async def put(name: str, body: AsyncIterator[bytes], headers: dict[str, str]) -> None:
        name = request.path.get("object", "") + name
        if holder is None:
            raise NotFound("")
        metadata.check_object_name(name)
        await objects.put(service, holder, name, body, objects.described(metadata.sent(headers), name))

    try:
        mark = multipart_form.boundary(request.headers["content-type"])
        told = await formpost.receive(request.stream(), mark, signed, put)
    except BadRequest as wrong:
        return Reply(400, wrong.message.encode(), {}, _TEXT)
    except Unauthorized as refused:
        return Reply(401, refused.message.encode(), {"www-authenticate": 'Swift realm="unknown"'}, MEDIA)
    headers = {"location": told.location} if told.location else {}
    return Reply(told.status, told.body.encode(), headers, "text/html; charset=UTF-8" if told.location else _TEXT)
