"""Signed requests that make no sense: each is refused in words, none is an error of the server's."""

import http.client
import random
from typing import Any
from urllib.parse import quote

import pytest
from botocore.auth import HmacV1Auth, S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

WORDS = ["", "0", "-1", "9" * 20, "9" * 5000, "00000001234567",
         "١٢", "é", "a/b", "%", "null", "*", "..", "//", '"', "<x/>", "bytes=0-1", "bytes=-",
         "A" * 3000, "AAAA====", "1e9", " ", "CRC32", "COMPOSITE", "FULL_OBJECT", "REPLACE", "/hostile-0/k", 'id="a"',
         "x-amz-checksum-crc32", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "public-read", "1234567890.12345"]  # fmt: skip
QUERIES = ["acl", "uploads", "uploadId", "partNumber", "versionId", "versions", "versioning", "delete", "location",
           "tagging", "max-keys", "marker", "prefix", "delimiter", "encoding-type", "continuation-token", "list-type",
           "key-marker", "version-id-marker", "upload-id-marker", "max-parts", "part-number-marker", "policy",
           "response-content-type", "response-expires", "fetch-owner"]  # fmt: skip
HEADERS = ["x-amz-copy-source", "x-amz-copy-source-range", "x-amz-copy-source-if-match", "x-amz-metadata-directive",
           "x-amz-acl", "x-amz-grant-read", "x-amz-checksum-crc32", "x-amz-checksum-algorithm", "x-amz-checksum-type",
           "x-amz-sdk-checksum-algorithm", "x-amz-trailer", "x-amz-meta-a", "x-amz-storage-class", "content-md5",
           "range", "if-match", "if-none-match", "if-modified-since", "if-range", "content-encoding",
           "x-amz-decoded-content-length", "x-amz-mp-object-size", "x-amz-content-sha256"]  # fmt: skip
BODIES = [b"", b"hello", b"<Delete/>", b"<Delete><Object><Key>k</Key><VersionId>\xd9\xa1</VersionId></Object></Delete>",
          b"<Delete><Object><Key>a&#0;b</Key></Object></Delete>", b"<a><![CDATA[x]]></a>", b"\xff\xfe<\x00",
          b"<CompleteMultipartUpload><Part><PartNumber>\xd9\xa1</PartNumber></Part></CompleteMultipartUpload>",
          b"<?xml version='1.0' encoding='utf-7'?><Delete/>", b"<VersioningConfiguration><Status/>",
          b"<AccessControlPolicy><AccessControlList><Grant/></AccessControlList></AccessControlPolicy>"]  # fmt: skip


def request(site: Any, bucket: str, chance: random.Random) -> AWSRequest:
    """One that is signed well, mostly."""
    names = chance.sample(QUERIES, chance.randint(0, 2))
    query = "&".join(f"{name}={quote(chance.choice(WORDS))}" if chance.random() < 0.6 else name for name in names)
    odd = quote(chance.choice(WORDS))
    path = chance.choice(["/", f"/{bucket}", f"/{bucket}/k", f"/{bucket}/{odd}", f"/{bucket}/k%ff", f"/{odd}"])
    method = chance.choice(["GET", "HEAD", "PUT", "POST", "DELETE"])
    said = {name: chance.choice(WORDS).strip() for name in chance.sample(HEADERS, chance.randint(0, 3))}
    headers = {name: value.encode().decode("latin-1") for name, value in said.items()}
    url = f"{site.node.url}{path}" + (f"?{query}" if query else "")
    asked = AWSRequest(method, url, headers, chance.choice(BODIES) if method in ("PUT", "POST") else b"")
    who = Credentials(site.access, site.secret)
    asked.context["payload_signing_enabled"] = True
    (S3SigV4Auth(who, "s3", "us-east-1") if chance.random() < 0.7 else HmacV1Auth(who)).add_auth(asked)
    return asked


@pytest.mark.parametrize("seed", range(3))
def test_no_request_is_the_servers_fault(site: Any, seed: int) -> None:
    bucket = f"hostile-{seed}"  # which may be deleted among the rest
    site.client().create_bucket(Bucket=bucket)
    site.client().put_object(Bucket=bucket, Key="k", Body=b"hello")
    chance, statuses = random.Random(seed), set[int]()
    for _ in range(300):
        asked = request(site, bucket, chance)
        wire = http.client.HTTPConnection(site.node.host, site.node.port, timeout=20)
        path = asked.url.removeprefix(site.node.url)
        headers = {name: str(value) for name, value in asked.headers.items()}
        wire.request(asked.method, path, asked.data or None, headers)
        answer = wire.getresponse()
        body = answer.read()
        wire.close()
        assert answer.status < 500 or answer.status == 501, (asked.method, path, headers, body)
        statuses.add(answer.status)
    assert {200, 400, 403, 405, 501} <= statuses
    assert "request failed" not in site.node.log()
