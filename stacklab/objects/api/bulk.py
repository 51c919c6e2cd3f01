"""?extract-archive and ?bulk-delete, on any path of an account: the answer begins at once and ends with a report."""

from collections.abc import Mapping
from functools import partial

from msgspec.structs import replace

from stacklab.core.errors import BadRequest, LengthRequired, NotAcceptable, NotFound
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.objects import access, archives, bulk, containers, extraction, metadata, model, objects, outcome, slo
from stacklab.objects.access import Place
from stacklab.objects.api import places
from stacklab.objects.archives import Archive
from stacklab.objects.extraction import Take
from stacklab.objects.heartbeat import Running
from stacklab.objects.model import Account
from stacklab.objects.rights import Verdict
from stacklab.objects.service import Objects

EXTRACT, DELETE = "extract-archive", "bulk-delete"


def wanted(request: Request) -> bool:
    """Whether a request is one of these, whatever its path names."""
    if request.method == "PUT":
        return EXTRACT in request.query
    return request.method in ("POST", "DELETE") and DELETE in request.query


async def answer(service: Objects, request: Request) -> Asgi:
    """Raises BadRequest for an unknown kind of archive, NotAcceptable, LengthRequired; the rest is in the report."""
    media = outcome.negotiate(request.headers.get("accept", ""))
    if media is None:
        raise NotAcceptable("")
    if "content-length" not in request.headers and "transfer-encoding" not in request.headers:
        raise LengthRequired("")
    account = service.account(request.path["account"])
    if request.method == "PUT":
        return _extracting(service, request, account, media)
    return _deleting(service, request, account, media)


def _extracting(service: Objects, request: Request, account: Account, media: str) -> Asgi:
    kind = archives.KINDS.get((request.query.get(EXTRACT) or "").lower().strip("."))
    if kind is None:
        raise BadRequest("Unsupported archive format")
    base = "/".join(filter(None, (request.path.get("container"), request.path.get("object"))))
    placing = _Placing(service, request, account)

    async def work() -> bytes:
        archive = Archive(request.stream(), kind)
        report = await extraction.extract(archive, account.name, base, request.headers, placing.create, placing.put)
        return report.body(media, "extract")

    return Running(200, media, work)


class _Placing:
    """Makes containers and objects as the caller may."""

    def __init__(self, service: Objects, request: Request, account: Account) -> None:
        self._service, self._request, self._account = service, request, account

    async def create(self, container: str) -> bool:
        if model.container(self._account.name, container):
            return False
        place = Place(self._account)
        verdict = access.require(self._request, place, "PUT", in_container=True)
        owner, reseller = verdict is Verdict.OWNER, places.reseller(self._request)
        return containers.put(self._account.name, container, {}, owner, self._service.room, reseller)

    def put(self, container: str, name: str, headers: Mapping[str, str]) -> Take:
        metadata.check_object_name(name)
        holder = model.container(self._account.name, container)
        access.require(self._request, Place(self._account, holder, name), "PUT", in_container=True)
        if holder is None:
            raise NotFound("")
        new = replace(objects.described(headers, name), reseller=places.reseller(self._request))
        return partial(objects.put, self._service, holder, name, new=new)


def _deleting(service: Objects, request: Request, account: Account, media: str) -> Asgi:
    async def names() -> list[str]:
        if not request.headers.get("content-type", "text/plain").startswith("text/plain"):
            raise NotAcceptable("")
        return await bulk.names(request.stream())

    async def work() -> bytes:
        report = await bulk.delete(names(), slo.remover(service, request, account))
        return report.body(media, "delete")

    return Running(200, media, work)
