"""What /info tells, and the fixed pages beside it."""

from stacklab.objects import info
from stacklab.objects.info import Facts
from stacklab.objects.ratelimit import Limits

FACTS = Facts(
    {"max_file_size": 5}, ["gold", "silver"], ["sha512", "sha256"], ["sha1", "sha256"], Limits(1.0, [(100, 5.0)]),
    {"slo": {"max_manifest_segments": 1000}},
)  # fmt: skip


def test_sections() -> None:
    told = info.body(FACTS)
    assert told["swift"]["max_file_size"] == 5
    assert told["swift"]["policies"] == [
        {"name": "gold", "aliases": "gold", "default": True},
        {"name": "silver", "aliases": "silver"},
    ]
    assert told["slo"] == {"max_manifest_segments": 1000}
    assert told["ratelimit"]["container_ratelimits"] == [[100, 5.0]]
    assert "symlink" not in told


def test_digests_are_those_that_are_taken() -> None:
    told = info.body(FACTS)
    assert told["tempurl"]["allowed_digests"] == ["sha256", "sha512"]
    assert "deprecated_digests" not in told["tempurl"]
    assert told["formpost"] == {"allowed_digests": ["sha1", "sha256"], "deprecated_digests": ["sha1"]}


def test_crossdomain() -> None:
    assert info.CROSSDOMAIN.startswith(b'<?xml version="1.0"?>\n<!DOCTYPE cross-domain-policy SYSTEM ')
    assert info.CROSSDOMAIN.endswith(b"</cross-domain-policy>")
    assert len(info.CROSSDOMAIN) == 209  # as long as a real Swift's
