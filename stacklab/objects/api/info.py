"""What the service says of itself: /info, /healthcheck, /crossdomain.xml, /endpoints."""

from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.objects import bulk, endpoints, extraction, heartbeat, info, links, manifests, versioning
from stacklab.objects.info import Facts
from stacklab.objects.metadata import LIMITS
from stacklab.objects.service import Objects

FEATURES: dict[str, dict[str, object]] = {
    "slo": {
        "max_manifest_segments": manifests.MOST_SEGMENTS,
        "max_manifest_size": manifests.MOST_BYTES,
        "yield_frequency": int(heartbeat.BEAT),
        "min_segment_size": 1,
        "allow_async_delete": True,
    },
    "dlo": {},
    "symlink": {"symloop_max": links.MOST_LINKS, "static_links": True},
    "versioned_writes": {"allowed_flags": [versioning.STACK, versioning.HISTORY]},
    "object_versioning": {},
    "bulk_upload": {
        "max_containers_per_extraction": extraction.MOST_CONTAINERS,
        "max_failed_extractions": bulk.MOST_FAILED,
    },
    "bulk_delete": {"max_deletes_per_request": bulk.MOST_DELETES, "max_failed_deletes": bulk.MOST_FAILED},
}
"""Sections of what others serve, by Swift's names."""


async def show(service: Objects, _request: Request) -> Reply:
    said = service.settings.objects
    features = FEATURES | service.features
    facts = Facts(
        LIMITS, service.room.policies, said.tempurl_digests, said.formpost_digests, service.lines.limits, features
    )  # fmt: skip
    return Reply(200, info.body(facts), media="application/json; charset=UTF-8")


async def healthy(_service: Objects, _request: Request) -> Reply:
    return Reply(200, info.HEALTHY, {}, "text/plain")


async def crossdomain(_service: Objects, _request: Request) -> Reply:
    return Reply(200, info.CROSSDOMAIN, {}, "application/xml")


async def located(_service: Objects, request: Request) -> Reply:
    return ok(endpoints.answer(request.path["rest"], f"{request.base}/v1"))
