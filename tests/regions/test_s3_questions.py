"""What home tells a node of an S3 key, and what it does not; the envelope it is told in."""

import hmac
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stacklab.core.errors import BadRequest
from stacklab.regions import envelope
from stacklab.regions.envelope import Envelope
from stacklab.regions.home.records import Node
from stacklab.regions.home.s3_keys import HomeKeys
from stacklab.regions.home.schema import S3Question
from stacklab.regions.verdict import REFUSED, UNKNOWN, WRONG, Verdict
from tests.support.cloud import InProcess

TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    made = InProcess(Path(tmp_path_factory.mktemp("cloud")), STACKLAB_SIGNUP_PROOF="off")
    yield made
    made.close()


@pytest.fixture(scope="module")
def keys(cloud: InProcess) -> HomeKeys:
    return cloud.cloud.regions.s3_keys


@pytest.fixture
def key(cloud: InProcess) -> Any:
    user = cloud.one("/identity/v3/users", cloud.admin, "users", "admin")
    project = cloud.one("/identity/v3/projects", cloud.admin, "projects", "admin")
    path = f"/identity/v3/users/{user}/credentials/OS-EC2"
    return cloud.ok(cloud.post(path, cloud.admin, {"tenant_id": project}))["credential"]


def node(name: str = "Lent", trusted: bool = False) -> Node:
    return Node("n", name, "", "", "", int(trusted), f"http://{name.lower()}.example", "[]", "", "joined", "{}", 0, 0,
                0, 0, None)  # fmt: skip


def question(key: Any, scope: Any, text: bytes = b"text", **more: Any) -> tuple[Envelope, S3Question]:
    own, derived = Envelope(), f"AWS4{key['secret']}".encode()
    for part in (*(scope or ()), "aws4_request"):
        derived = hmac.digest(derived, part.encode(), "sha256")
    signature = hmac.digest(derived, text, "sha256").hex()
    if scope is None:
        signature = b64encode(hmac.digest(key["secret"].encode(), text, "sha1")).decode()
    asked = {"access": key["access"], "signature": signature, **more}
    return own, S3Question(texts=[b64encode(text).decode()], address=own.address, scope=scope, **asked)


def told(keys: HomeKeys, asking: Node, asked: tuple[Envelope, S3Question]) -> Verdict:
    return msgspec.json.decode(asked[0].open(keys.tell(asking, asked[1])), type=Verdict)


def day(apart: int) -> str:
    return f"{TODAY + timedelta(days=apart):%Y%m%d}"


def test_a_key_for_the_region_and_the_day(keys: HomeKeys, key: Any) -> None:
    verdict = told(keys, node(), question(key, (day(0), "Lent", "s3")))
    assert verdict.claims
    assert (verdict.why, verdict.claims.audience, len(verdict.key)) == ("", "Lent", 32)
    assert key["secret"].encode() not in verdict.key


@pytest.mark.parametrize(
    ("asking", "scope"),
    [
        (node(), (day(0), "RegionOne", "s3")),  # home's own
        (node(), (day(0), "us-east-1", "s3")),
        (node("us-east-1"), (day(0), "us-east-1", "s3")),  # a region of that name gets none either
        (node(), (day(0), "Northwind", "s3")),
        (node(), (day(0), "Lent", "iam")),
        (node(), (day(-10), "Lent", "s3")),
        (node(), (day(2), "Lent", "s3")),
        (node(), ("20261", "Lent", "s3")),
        (node(), None),  # version 2, and not trusted
    ],
)
def test_nothing_for_another_place_or_time(keys: HomeKeys, key: Any, asking: Node, scope: Any) -> None:
    with pytest.raises(BadRequest):
        keys.tell(asking, question(key, scope)[1])


def test_verdicts_without_a_key(keys: HomeKeys, key: Any, cloud: InProcess) -> None:
    scope = (day(0), "Lent", "s3")
    assert told(keys, node(), question(key, scope, signature="0" * 64)) == Verdict(WRONG)
    assert told(keys, node(), question({**key, "access": "nobody"}, scope)) == Verdict(UNKNOWN)
    second = told(keys, node(trusted=True), question(key, None))
    assert (second.why, second.key) == ("", b"")
    made = {"user": {"name": "leaver", "password": "something long enough", "enabled": False}}
    leaver = cloud.ok(cloud.post("/identity/v3/users", cloud.admin, made))["user"]["id"]
    path = f"/identity/v3/users/{leaver}/credentials/OS-EC2"
    theirs = cloud.ok(cloud.post(path, cloud.admin, {"tenant_id": key["tenant_id"]}))["credential"]
    assert told(keys, node(), question(theirs, scope)) == Verdict(REFUSED)


def test_envelopes_open_for_their_maker_alone() -> None:
    mine, other = Envelope(), Envelope()
    closed = envelope.close(mine.address, b"for me")
    assert mine.open(closed) == b"for me"
    for reader, text in ((other, closed), (mine, closed[:-4] + "AAA="), (mine, "no")):
        with pytest.raises(ValueError):  # noqa: PT011  # the class is what is promised
            reader.open(text)
    for address in ("", "!", b64encode(bytes(32)).decode()):
        with pytest.raises(ValueError):  # noqa: PT011
            envelope.close(address, b"")
