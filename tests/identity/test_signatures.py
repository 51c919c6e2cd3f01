"""Signatures of AWS clients, against the examples that AWS published, and against what is signed wrongly."""

import hashlib
import hmac
from base64 import b64encode, urlsafe_b64encode
from typing import Any

import pytest
from msgspec.structs import replace

from stacklab.identity import signatures
from stacklab.identity.schemas.delegation import Signed

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
EMPTY = hashlib.sha256(b"").hexdigest()

# "Signature Version 2 signing process": DescribeJobFlows.
V2 = Signed(
    access="AKIAIOSFODNN7EXAMPLE",
    signature="i91nKc4PWAt0JJIdXwz9HxZCJDdiy6cf/Mj6vPxyYIs=",
    host="elasticmapreduce.amazonaws.com",
    verb="GET",
    path="/",
    params={
        "AWSAccessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "Action": "DescribeJobFlows",
        "SignatureMethod": "HmacSHA256",
        "SignatureVersion": "2",
        "Timestamp": "2011-10-03T15:19:30",
        "Version": "2009-03-31",
    },
)
# "Signature Version 4 signing process": ListUsers.
V4_SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
V4 = Signed(
    access="AKIDEXAMPLE",
    signature="5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    host="iam.amazonaws.com",
    verb="GET",
    path="/",
    params={"Action": "ListUsers", "Version": "2010-05-08"},
    headers={
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79",
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "Host": "iam.amazonaws.com",
        "X-Amz-Date": "20150830T123600Z",
    },
    body_hash=EMPTY,
)
# "Authenticating requests: query parameters (Signature Version 4)": a presigned GET of an object.
PRESIGNED = Signed(
    access="AKIAIOSFODNN7EXAMPLE",
    signature="aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    host="examplebucket.s3.amazonaws.com",
    verb="GET",
    path="/test.txt",
    params={
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request",
        "X-Amz-Date": "20130524T000000Z",
        "X-Amz-Expires": "86400",
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    },
    headers={"Host": "examplebucket.s3.amazonaws.com"},
    body_hash="UNSIGNED-PAYLOAD",
)
# "Signing and authenticating REST requests" of S3: object GET.
S3_V1 = Signed(
    access="AKIAIOSFODNN7EXAMPLE",
    signature="bWq2s1WEIj+Ydj0vQ697zp+IXMU=",
    token=urlsafe_b64encode(b"GET\n\n\nTue, 27 Mar 2007 19:36:42 +0000\n/johnsmith/photos/puppy.jpg").decode(),
)
# "Authenticating requests: authorization header": GET object.
S3_TEXT = (
    "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"
    "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972"
)
S3_V4 = Signed(
    access="AKIAIOSFODNN7EXAMPLE",
    signature="f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    token=urlsafe_b64encode(S3_TEXT.encode()).decode(),
)


@pytest.mark.parametrize(
    ("secret", "asked"), [(SECRET, V2), (V4_SECRET, V4), (SECRET, PRESIGNED)], ids=["2", "4", "4 in a URL"]
)
def test_published_examples(secret: str, asked: Signed) -> None:
    assert signatures.matches(secret, asked)
    assert not signatures.matches(f"{secret}x", asked)
    assert not signatures.matches(secret, replace(asked, signature=""))
    for changed in ({"verb": "PUT"}, {"path": "/other"}, {"params": {**asked.params, "Version": "other"}}):
        assert not signatures.matches(secret, replace(asked, **changed))


@pytest.mark.parametrize("asked", [S3_V1, S3_V4], ids=["1", "4"])
def test_published_examples_of_s3(asked: Signed) -> None:
    assert signatures.matches_s3(SECRET, asked)
    assert not signatures.matches_s3(f"{SECRET}x", asked)
    assert not signatures.matches_s3(SECRET, replace(asked, token=asked.token[4:]))
    assert not signatures.matches_s3(SECRET, replace(asked, token="é"))


def _sha1(text: str) -> str:
    return b64encode(hmac.new(SECRET.encode(), text.encode(), "sha1").digest()).decode()


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"SignatureVersion": "0", "Action": "Do", "Timestamp": "now"}, "Donow"),
        ({"SignatureVersion": "1", "b": "2", "A": 1}, "A1b2SignatureVersion1"),
    ],
)
def test_the_oldest(params: dict[str, Any], text: str) -> None:
    asked = Signed(access="a", signature=_sha1(text), params=params)
    assert signatures.matches(SECRET, asked)
    assert not signatures.matches(SECRET, replace(asked, params={**params, "Action": "Undo"}))


def test_a_port_that_was_not_signed() -> None:
    assert signatures.matches(SECRET, replace(V2, host=f"{V2.host}:8773"))
    assert not signatures.matches(SECRET, replace(V2, host="elsewhere.amazonaws.com:8773"))


def test_the_headers_may_be_written_in_any_case() -> None:
    assert signatures.matches(V4_SECRET, replace(V4, headers={k.lower(): v for k, v in V4.headers.items()}))


@pytest.mark.parametrize(
    "changed",
    [
        {"params": {}, "headers": {}},
        {"params": {"SignatureVersion": "3"}},
        {"params": {"SignatureVersion": "0"}},
        {"headers": {"Authorization": "AWS4-HMAC-SHA256"}},
        {"headers": {"Authorization": "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host"}},
        {"headers": {**V4.headers, "X-Amz-Date": "20150831T123600Z"}},
        {"headers": {**V4.headers, "Host": "elsewhere"}},
        {"body_hash": "other"},
        {"signature": "é"},
    ],
)
def test_what_is_not_signed_so(changed: dict[str, Any]) -> None:
    assert not signatures.matches(V4_SECRET, replace(V4, **changed))


@pytest.mark.parametrize(("service", "right"), [("s3", True), ("iam", True), ("sts", True), ("ec2", False)])
def test_an_s3_text_is_signed_for_s3(service: str, right: bool) -> None:
    text = S3_TEXT.replace("/s3/", f"/{service}/")
    key = f"AWS4{SECRET}".encode()
    for part in ("20130524", "us-east-1", service, "aws4_request"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    asked = Signed(access="a", signature=signature, token=urlsafe_b64encode(text.encode()).decode())
    assert signatures.matches_s3(SECRET, asked) is right
