"""Refusals that name what was wrong, as a Swift's s3api and Amazon name it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture(scope="module", autouse=True)
def bucket(site: Any) -> None:
    site.client().create_bucket(Bucket="refusals")
    site.client().put_object(Bucket="refusals", Key="k", Body=b"hello")


@pytest.mark.parametrize(
    ("call", "how", "code", "argument"),
    [
        ("list_objects_v2", {"ContinuationToken": "bad!"}, "InvalidArgument", "continuation-token"),
        ("list_object_versions", {"KeyMarker": "k", "VersionIdMarker": "bad"}, "InvalidArgument", "version-id-marker"),
        ("get_object", {"Key": "k", "PartNumber": 1, "Range": "bytes=0-1"}, "InvalidRequest", None),
        ("get_object", {"Key": "k", "PartNumber": 2}, "InvalidPartNumber", None),
        ("get_object", {"Key": "k", "PartNumber": 0}, "InvalidArgument", "partNumber"),
    ],
)
def test_refused(s3: Any, call: str, how: dict[str, Any], code: str, argument: str | None) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(s3, call)(Bucket="refusals", **how)
    error = refused.value.response["Error"]
    assert (error["Code"], error.get("ArgumentName")) == (code, argument)


@pytest.mark.parametrize("call", ["get_object", "head_object"])
def test_what_was_put_whole_is_one_part(s3: Any, call: str) -> None:
    told = getattr(s3, call)(Bucket="refusals", Key="k", PartNumber=1)
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert (told["ContentRange"], told["ContentLength"]) == ("bytes 0-4/5", 5)
