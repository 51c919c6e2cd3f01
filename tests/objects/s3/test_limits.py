"""What an account may have, as S3 says it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.client import Client

PASSWORD = "correct horse battery staple"


def test_more_buckets_than_the_tier_has(site: Any) -> None:
    """The sixth of an account of the default tier; its owner is no reseller."""
    client = Client(site.node.host, site.node.port)
    project = client.post("/signup", {"email": "buckets@example.org", "password": PASSWORD})["project"]["id"]
    user = {"name": "buckets@example.org", "domain": {"id": "default"}, "password": PASSWORD}
    identity = {"methods": ["password"], "password": {"user": user}}
    body = {"auth": {"identity": identity, "scope": {"project": {"id": project}}}}
    status, headers, raw = client.raw("POST", "/identity/v3/auth/tokens", body)
    assert status == 201, raw
    client.token = headers["x-subject-token"]
    user_id = json.loads(raw)["token"]["user"]["id"]
    key = client.post(f"/identity/v3/users/{user_id}/credentials/OS-EC2", {"tenant_id": project})["credential"]
    s3 = site.client(aws_access_key_id=key["access"], aws_secret_access_key=key["secret"])
    for number in range(5):
        s3.create_bucket(Bucket=f"mine-{number}")
        s3.create_multipart_upload(Bucket=f"mine-{number}", Key="k")  # whose parts need a container that does not count
    with pytest.raises(ClientError) as refused:
        s3.create_bucket(Bucket="mine-5")
    assert refused.value.response["Error"]["Code"] == "TooManyBuckets"
    status, _headers, said = client.raw("PUT", f"/object-store/v1/AUTH_{project}/a+segments", b"")
    assert (status, said) == (403, b"Reached container limit of 5")
