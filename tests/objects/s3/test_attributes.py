"""GetObjectAttributes: what Amazon tells of an object without its bytes."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

MIB = 1 << 20
ALL = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]


@pytest.fixture(autouse=True)
def bucket(s3: Any) -> None:
    s3.create_bucket(Bucket="attributes") if "attributes" not in names(s3) else None


def names(s3: Any) -> list[str]:
    return [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


def uploaded(s3: Any, **how: str) -> list[dict[str, Any]]:
    """An object in two parts, 1 and 3; what was said of them."""
    named = {"Bucket": "attributes", "Key": "parts"}
    named["UploadId"] = s3.create_multipart_upload(**named, **how)["UploadId"]
    parts = []
    for number, size in ((1, 5 * MIB), (3, 7)):
        more = {"ChecksumAlgorithm": how["ChecksumAlgorithm"]} if how else {}
        done = s3.upload_part(**named, PartNumber=number, Body=b"x" * size, **more)
        parts.append({"PartNumber": number, "ETag": done["ETag"]})
        parts[-1] |= {name: value for name, value in done.items() if name == "ChecksumSHA256"}
    s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    return parts


def test_only_what_is_asked_for(s3: Any) -> None:
    s3.put_object(Bucket="attributes", Key="whole", Body=b"hello", ChecksumAlgorithm="SHA256")
    told = s3.get_object_attributes(Bucket="attributes", Key="whole", ObjectAttributes=ALL)
    assert (told["ETag"], told["ObjectSize"]) == ("5d41402abc4b2a76b9719d911017c592", 5)
    assert told["StorageClass"] == "STANDARD"
    assert told["Checksum"] == {
        "ChecksumSHA256": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
        "ChecksumType": "FULL_OBJECT",
    }
    assert "ObjectParts" not in told
    told = s3.get_object_attributes(Bucket="attributes", Key="whole", ObjectAttributes=["ObjectSize"])
    assert not {"ETag", "Checksum", "StorageClass"} & set(told)


def test_of_parts_with_checksums(s3: Any) -> None:
    parts = uploaded(s3, ChecksumAlgorithm="SHA256")
    told = s3.get_object_attributes(Bucket="attributes", Key="parts", ObjectAttributes=ALL)
    assert told["ObjectSize"] == 5 * MIB + 7
    assert told["ETag"].endswith("-2")
    found = told["ObjectParts"]
    assert (found["TotalPartsCount"], found["IsTruncated"]) == (2, False)
    assert [(part["PartNumber"], part["Size"]) for part in found["Parts"]] == [(1, 5 * MIB), (3, 7)]
    assert [part["ChecksumSHA256"] for part in found["Parts"]] == [part["ChecksumSHA256"] for part in parts]
    asked = {"Bucket": "attributes", "Key": "parts", "ObjectAttributes": ["ObjectParts"]}
    first = s3.get_object_attributes(**asked, MaxParts=1)["ObjectParts"]
    assert (first["IsTruncated"], first["NextPartNumberMarker"]) == (True, 1)
    (last,) = s3.get_object_attributes(**asked, PartNumberMarker=1)["ObjectParts"]["Parts"]
    assert last["PartNumber"] == 3


def test_of_parts_without(s3: Any) -> None:
    uploaded(s3)
    told = s3.get_object_attributes(Bucket="attributes", Key="parts", ObjectAttributes=["ObjectParts"])
    assert told["ObjectParts"] == {"TotalPartsCount": 2}


@pytest.mark.parametrize(
    ("key", "asked", "code"), [("whole", ["Colour"], "InvalidArgument"), ("none", ["ETag"], "NoSuchKey")]
)
def test_refused(s3: Any, key: str, asked: list[str], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        s3.get_object_attributes(Bucket="attributes", Key=key, ObjectAttributes=asked)
    assert refused.value.response["Error"]["Code"] == code
