"""What this object store can do, for clients that ask first: `/info`; and the pages beside it.

Only what is true is told: a feature that is not served has no section.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from stacklab.objects import tempurl
from stacklab.objects.ratelimit import Limits

VERSION = "2.38.0"  # of the Swift whose API this is
HEALTHY = b"OK"
CROSSDOMAIN = (
    b'<?xml version="1.0"?>\n'
    b'<!DOCTYPE cross-domain-policy SYSTEM "http://www.adobe.com/xml/dtds/cross-domain-policy.dtd" >\n'
    b'<cross-domain-policy>\n<allow-access-from domain="*" secure="false" />\n</cross-domain-policy>'
)
_DEPRECATED = ("sha1",)


class Facts(Struct, frozen=True):
    """What the sections are made of. `limits`: the constraints of names, metadata and listings by Swift's names;
    `policies`: names, the default first; `features`: sections that others serve (slo, symlink, s3api …) as they are."""

    limits: Mapping[str, int]
    policies: Sequence[str]
    tempurl_digests: Sequence[str]
    form_digests: Sequence[str]
    rates: Limits
    features: Mapping[str, Mapping[str, Any]]


def body(facts: Facts) -> dict[str, Any]:
    """The answer of `/info`, by section."""
    policies: list[dict[str, Any]] = [{"name": name, "aliases": name} for name in facts.policies]
    policies[0]["default"] = True
    swift = {
        "version": VERSION,
        "strict_cors_mode": True,
        "policies": policies,
        "allow_account_management": True,
        "account_autocreate": True,
    }
    return {
        "swift": {**swift, **facts.limits},
        "account_quotas": {},
        "container_quotas": {},
        "staticweb": {},
        "crossdomain": {},
        "formpost": _digests(facts.form_digests),
        "tempurl": _tempurl(facts),
        "ratelimit": _rates(facts.rates),
        **facts.features,
    }


def _digests(allowed: Sequence[str]) -> dict[str, list[str]]:
    old = [name for name in allowed if name in _DEPRECATED]
    return {"allowed_digests": sorted(allowed)} | ({"deprecated_digests": old} if old else {})


def _tempurl(facts: Facts) -> dict[str, Any]:
    return {
        "methods": list(tempurl.METHODS),
        "incoming_remove_headers": ["x-timestamp", "x-open-expired"],
        "incoming_allow_headers": [],
        "outgoing_remove_headers": ["x-object-meta-*"],
        "outgoing_allow_headers": ["x-object-meta-public-*"],
        **_digests(facts.tempurl_digests),
    }


def _rates(limits: Limits) -> dict[str, Any]:
    return {
        "account_ratelimit": limits.account,
        "max_sleep_time_seconds": limits.longest_wait,
        "container_ratelimits": [list(step) for step in limits.container],
        "container_listing_ratelimits": [list(step) for step in limits.listing],
    }
