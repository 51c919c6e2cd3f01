"""The receiving end of container sync: requests signed by another cloud of the realm, with the container's own key."""

import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

from stacklab.core.db.database import transaction
from stacklab.core.db.synced import synced
from stacklab.core.errors import Conflict, NotFound
from stacklab.http.context import Context
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.objects import model, sync, versioning
from stacklab.objects.access import Visitor
from stacklab.objects.api import places
from stacklab.objects.model import Container
from stacklab.objects.service import Objects
from stacklab.objects.sync_realms import sign
from stacklab.objects.sync_sender import moment

if TYPE_CHECKING:
    from stacklab.objects.api.gate import Call

HEADER = "x-container-sync-auth"
_METHODS = ("HEAD", "PUT", "DELETE")
_QUERY = (("multipart-manifest", "put"), ("symlink", "get"))
_INVALID = b"X-Container-Sync-Auth header not valid; contact cluster operator for support."


async def answer(service: Objects, request: Request, call: "Call") -> Reply | Asgi:
    """What another cloud tells of an object happens here, unless something newer has."""
    holder = model.container(request.path["account"], request.path.get("container", ""))
    if holder is None or not _signed(service, request, holder):
        asks = f'SwiftContainerSync realm="{quote(request.path["account"])}"'
        return Reply(401, _INVALID, {"www-authenticate": asks}, "text/plain")
    at = moment(request.headers.get("x-timestamp", ""))
    visitor = Visitor("", "", "", account=holder.account, moment=at)
    request.ctx = Context(visitor, request.ctx.request_id)
    # The signature is of one object's bytes and headers: not of copies, archives or versions.
    request.query.pairs = [pair for pair in request.query.pairs if pair in _QUERY]
    request.headers.pop("x-copy-from", None)
    if request.method == "DELETE":
        return await _delete(service, holder, request.path["object"], at)
    try:
        return await call(service, request)
    except sync.Stale:
        return places.done(202)


def _signed(service: Objects, request: Request, holder: Container) -> bool:
    parts, key = request.headers[HEADER].split(), holder.said(sync.KEY)
    if len(parts) != 3 or not key or request.method not in _METHODS or not request.path.get("object"):
        return False
    realm, nonce, signature = parts
    stamp, path = request.headers.get("x-timestamp", "0"), quote(request.target)
    good = (sign(request.method, path, stamp, nonce, one, key) for one in service.realms.keys(realm))
    return moment(stamp) > 0 and any(hmac.compare_digest(signature.encode(), one.encode()) for one in good)


async def _delete(service: Objects, holder: Container, name: str, at: int) -> Reply:
    with transaction():
        there, entry = model.container_by_id(holder.id), model.entry(holder.id, name)
        if there is None or entry is None:
            raise NotFound("")
        if entry.modified > at:
            raise Conflict("")
        gone = versioning.remove(there, entry)
        sync.note(there, name, at, gone=True)
    await synced()
    service.store.remove([gone.file])
    return places.done(204)
