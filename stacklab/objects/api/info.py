"""What the service says of itself: /info, /healthcheck, /crossdomain.xml."""

from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.objects import info
from stacklab.objects.info import Facts
from stacklab.objects.metadata import LIMITS
from stacklab.objects.ratelimit import Limits
from stacklab.objects.service import Objects

FEATURES: dict[str, dict[str, object]] = {}
"""Sections of what others serve, by Swift's names."""


async def show(_service: Objects, _request: Request) -> Reply:
    return ok(info.body(Facts(LIMITS, ["default"], ["sha256", "sha512"], ["sha256", "sha512"], Limits(), FEATURES)))


async def healthy(_service: Objects, _request: Request) -> Reply:
    return Reply(200, info.HEALTHY, {}, "text/plain")


async def crossdomain(_service: Objects, _request: Request) -> Reply:
    return Reply(200, info.CROSSDOMAIN, {}, "application/xml")
