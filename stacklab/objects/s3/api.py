"""The contents page of S3: which method and query of the service, a bucket or an object does what."""

from collections.abc import Awaitable, Callable
from typing import Any

from stacklab.core.errors import Failure
from stacklab.http.dispatch import Mount
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi, Route, Table
from stacklab.objects import TYPE
from stacklab.objects.metadata import LIMITS
from stacklab.objects.s3 import (
    PREFIX,
    acls,
    attributes,
    buckets,
    copies,
    deletions,
    errors,
    listings,
    multipart,
    objects,
    pages,
    signatures,
    upload_lists,
    uploads,
)
from stacklab.objects.s3.call import Call, opened
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.keys import Door, Keys
from stacklab.objects.service import Objects

Handler = Callable[[Call], Awaitable[Reply | Asgi]]

SERVICE: dict[tuple[str, str], Handler] = {("GET", ""): buckets.index}
BUCKET: dict[tuple[str, str], Handler] = {
    ("GET", ""): listings.index,
    ("HEAD", ""): buckets.head,
    ("PUT", ""): buckets.create,
    ("DELETE", ""): buckets.delete,
    ("GET", "acl"): acls.show,
    ("PUT", "acl"): acls.put,
    ("POST", "delete"): deletions.delete_many,
    ("GET", "location"): buckets.location,
    ("GET", "logging"): buckets.logging,
    ("GET", "object-lock"): buckets.object_lock,
    ("GET", "tagging"): buckets.tagging,
    ("GET", "uploads"): upload_lists.index,
    ("GET", "versioning"): buckets.versioned,
    ("PUT", "versioning"): buckets.set_versioned,
    ("GET", "versions"): listings.of_versions,
}


async def _put(call: Call) -> Reply:
    return await (copies.copy if "x-amz-copy-source" in call.request.headers else objects.create)(call)


OBJECT: dict[tuple[str, str], Handler] = {
    ("GET", ""): objects.show,
    ("HEAD", ""): objects.show,
    ("PUT", ""): _put,
    ("DELETE", ""): deletions.delete,
    ("GET", "acl"): acls.show,
    ("PUT", "acl"): acls.put,
    ("GET", "attributes"): attributes.show,
    ("GET", "tagging"): buckets.tagging,
    ("POST", "uploads"): multipart.begin,
    ("PUT", "uploadId"): multipart.put_part,
    ("GET", "uploadId"): upload_lists.parts,
    ("POST", "uploadId"): multipart.complete,
    ("DELETE", "uploadId"): multipart.abort,
}
_PLAIN = frozenset({"versionId", "partNumber"})
_KNOWN = (
    *("accelerate", "analytics", "encryption", "intelligent-tiering", "inventory", "legal-hold"),
    *("metrics", "object-lock", "ownershipControls", "policyStatus", "replication", "retention", "select"),
)
_READ_ONLY = ("logging", "object-lock", "tagging")  # what there is none of, and cannot be set
_SUBRESOURCES = {name for name in signatures.SUBRESOURCES if not name.startswith("response-")}
_SUBRESOURCES |= {*_KNOWN, "attributes"}


class S3:
    """What a handler needs beside the object store: the keys, the domain of virtual hosts ("" for none), the origins
    of pages elsewhere that may use it."""

    def __init__(self, service: Objects, keys: Keys) -> None:
        said = service.settings.objects
        self.service, self.keys = service, keys
        self.domain, self.origins = said.s3_domain.lower().strip("."), said.s3_cors_origins

    def claims(self, scope: Any) -> bool:
        """Whether a request is one of S3, wherever its path leads."""
        stated = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
        query = scope["query_string"]
        if (stated or query) and signatures.claims(stated[-1] if stated else "", query.decode("latin-1")):
            return True
        return bool(self.origins) and pages.ahead(scope)


async def handle(s3: S3, request: Request) -> Reply | Asgi:
    if s3.origins and request.method == "OPTIONS" and "origin" in request.headers:
        return pages.preflight(request, s3.origins)
    call = None
    try:
        call = await opened(s3.service, s3.keys, request, s3.domain)
        return pages.told(call, _marked(request, await _choose(call)(call)))
    except Failure as failure:
        raise errors.translated(failure, call.bucket if call else "", call.key if call else "") from None


def _marked(request: Request, reply: Reply | Asgi) -> Reply | Asgi:
    if isinstance(reply, Reply):
        reply.headers = {**errors.ids(request), **reply.headers}
    return reply


def _choose(call: Call) -> Handler:
    """Raises S3Error: NotImplemented for what S3 has and this has not."""
    table = OBJECT if call.key else BUCKET if call.bucket else SERVICE
    asked = [name for name in call.request.query.names() if name in _SUBRESOURCES and name not in _PLAIN]
    name = "uploadId" if "uploadId" in asked else asked[0] if asked else ""
    found = table.get((call.request.method, name))
    if found:
        return found
    if name in _READ_ONLY or (name and not any(known == name for _, known in table)):
        raise S3Error("NotImplemented")
    raise S3Error("MethodNotAllowed", Method=call.request.method)


class _Everything(Table):
    """One route, whatever the path: virtual hosts and signed requests leave it no shape."""

    def find(self, method: str, _path: str) -> tuple[list[Route], Callable[[Route], dict[str, str]]]:
        return [
            Route(method, "/{path:rest}", handle, public=True, stream=True, max_body=LIMITS["max_file_size"] * 2)
        ], (lambda _route: {})


def mount(service: Objects, door: Door) -> Mount:
    s3 = S3(service, Keys(door))
    service.features["s3api"] = {
        "max_bucket_listing": listings.MOST,
        "max_parts_listing": listings.MOST,
        "max_upload_part_num": uploads.MOST_PARTS,
        "max_multi_delete_objects": listings.MOST,
        "allow_multipart_uploads": True,
        "min_segment_size": multipart.SMALLEST,
        "s3_acl": False,
    }
    return Mount(PREFIX, s3, _Everything([]), errors.S3, older_request_id=b"x-trans-id", claims=s3.claims, type=TYPE)
