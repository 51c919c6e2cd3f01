"""Buckets as hosts below `[objects] s3_domain`. Names of the test resolve nowhere: the node stands in as a proxy."""

import urllib.request
from typing import Any

import boto3
import pytest
from botocore.config import Config


def client(site: Any, version: str) -> Any:
    proxies = {"http": site.node.url}
    config = Config(signature_version=version, proxies=proxies, s3={"addressing_style": "virtual"})
    keys = {"aws_access_key_id": site.access, "aws_secret_access_key": site.secret}
    return boto3.client("s3", endpoint_url="http://s3.example", region_name="us-east-1", config=config, **keys)


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_bucket_in_the_host(site: Any, version: str) -> None:
    s3, bucket = client(site, version), f"hosted.{version}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a/b ü", Body=b"there", Metadata={"a": "b"})
    assert s3.get_object(Bucket=bucket, Key="a/b ü")["Body"].read() == b"there"
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["a/b ü"]
    assert site.client().get_object(Bucket=bucket, Key="a/b ü")["Metadata"] == {"a": "b"}
    assert bucket in [one["Name"] for one in s3.list_buckets()["Buckets"]]
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a/b ü"})
    assert url.startswith(f"http://{bucket}.s3.example/")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": site.node.url}))
    with opener.open(url, timeout=20) as answer:
        assert answer.read() == b"there"
    s3.delete_object(Bucket=bucket, Key="a/b ü")
    s3.delete_bucket(Bucket=bucket)
