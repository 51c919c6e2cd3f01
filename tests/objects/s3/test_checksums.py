"""Checksums: of published examples, sent with boto3, kept, told, joined from parts, refused."""

import base64
import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stacklab.objects.s3 import checksums
from stacklab.objects.s3.checksums import Said
from stacklab.objects.s3.errors import S3Error

MIB = 1 << 20
CHECK = {  # of "123456789", as the catalogue of CRCs (RevEng) and the NVMe specification have them
    "crc32": "cbf43926",
    "crc32c": "e3069283",
    "crc64nvme": "ae8b14860a799888",
    "sha1": hashlib.sha1(b"123456789", usedforsecurity=False).hexdigest(),
    "sha256": hashlib.sha256(b"123456789").hexdigest(),
}


def b64(name: str, data: bytes) -> str:
    running = checksums.begin(name)
    running.update(data)
    return checksums.text(running.digest())


@pytest.mark.parametrize("name", checksums.ALGORITHMS)
def test_the_published_examples(name: str) -> None:
    running = checksums.begin(name)
    for part in (b"1234", b"", b"56789"):
        running.update(part)
    assert running.digest().hex() == CHECK[name]


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, Said()),
        ({"x-amz-checksum-mode": "ENABLED", "x-amz-checksum-algorithm": "CRC32"}, Said()),
        ({"x-amz-checksum-crc32": "AAAAAA=="}, Said("crc32", "AAAAAA==")),
        ({"x-amz-trailer": "x-amz-checksum-crc32c"}, Said("crc32c", trailer="x-amz-checksum-crc32c")),
        ({"x-amz-checksum-crc32": "AAAA"}, None),
        ({"x-amz-checksum-crc32": "AAAAA==="}, None),
        ({"x-amz-checksum-md4": "AAAAAA=="}, None),
        ({"x-amz-trailer": "x-amz-meta-a"}, None),
        ({"x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-crc32c": "AAAAAA=="}, None),
        ({"x-amz-checksum-crc32": "AAAAAA==", "x-amz-trailer": "x-amz-checksum-crc32"}, None),
        ({"x-amz-sdk-checksum-algorithm": "CRC32"}, None),
        ({"x-amz-sdk-checksum-algorithm": "SHA1", "x-amz-checksum-crc32": "AAAAAA=="}, None),
    ],
)
def test_what_headers_say(headers: dict[str, str], wanted: Said | None) -> None:
    if wanted is None:
        with pytest.raises(S3Error) as refused:
            checksums.said(headers)
        assert refused.value.kind == "InvalidRequest"
    else:
        assert checksums.said(headers) == wanted


def code(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as error:
        call()
    return str(error.value.response["Error"]["Code"])


@pytest.fixture(scope="module")
def bucket(site: Any) -> str:
    site.client().create_bucket(Bucket="sums")
    return "sums"


@pytest.mark.parametrize("name", checksums.ALGORITHMS)
def test_a_checksum_is_compared_kept_and_told(s3: Any, bucket: str, name: str) -> None:
    data, field = b"some bytes " * 1000, f"Checksum{name.upper()}"
    at = {"Bucket": bucket, "Key": name}
    told = s3.put_object(**at, Body=data, **{field: b64(name, data)})
    assert told[field] == b64(name, data)
    for read in (s3.get_object, s3.head_object):
        assert read(**at, ChecksumMode="ENABLED")[field] == b64(name, data)
    found = s3.get_object(**at, ChecksumMode="ENABLED", Range="bytes=1-3")
    assert (field in found, found["Body"].read()) == (False, data[1:4])
    assert code(lambda: s3.put_object(**at, Body=data + b"!", **{field: b64(name, data)})) == "BadDigest"
    assert s3.get_object(**at)["Body"].read() == data
    copied = s3.copy_object(Bucket=bucket, Key=f"copy-{name}", CopySource=f"{bucket}/{name}")
    assert copied["CopyObjectResult"][field] == b64(name, data)
    assert s3.head_object(Bucket=bucket, Key=f"copy-{name}", ChecksumMode="ENABLED")[field] == b64(name, data)


def test_a_copy_may_get_another_checksum(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="from", Body=b"bytes")
    s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from", ChecksumAlgorithm="SHA256")
    head = s3.head_object(Bucket=bucket, Key="to", ChecksumMode="ENABLED")
    assert (head["ChecksumSHA256"], "ChecksumCRC32" in head) == (b64("sha256", b"bytes"), False)


@pytest.mark.parametrize(("name", "kind"), [("crc32", "COMPOSITE"), ("sha256", "COMPOSITE"), ("crc32", "FULL_OBJECT"),
                                            ("crc32c", "FULL_OBJECT"), ("crc64nvme", "FULL_OBJECT")])  # fmt: skip
def test_checksums_of_parts_are_joined(s3: Any, bucket: str, name: str, kind: str) -> None:
    field, at = f"Checksum{name.upper()}", {"Bucket": bucket, "Key": f"parts-{name}-{kind}"}
    bodies = [b"1" * 5 * MIB, b"2" * 5 * MIB, b"3"]
    begun = s3.create_multipart_upload(**at, ChecksumAlgorithm=name.upper(), ChecksumType=kind)
    assert (begun["ChecksumAlgorithm"], begun["ChecksumType"]) == (name.upper(), kind)
    upload, parts = begun["UploadId"], []
    for number, body in enumerate(bodies, 1):
        told = s3.upload_part(**at, UploadId=upload, PartNumber=number, Body=body, **{field: b64(name, body)})
        parts.append({"PartNumber": number, "ETag": told["ETag"], field: told[field]})
    assert [one[field] for one in s3.list_parts(**at, UploadId=upload)["Parts"]] == [b64(name, one) for one in bodies]
    wrong = {"Parts": [{**parts[0], field: parts[1][field]}, *parts[1:]]}
    assert code(lambda: s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload=wrong)) == "InvalidPart"
    done = s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload={"Parts": parts})
    if kind == "COMPOSITE":
        joined = b"".join(base64.b64decode(b64(name, body)) for body in bodies)
        wanted = f"{b64(name, joined)}-3"
    else:
        wanted = b64(name, b"".join(bodies))
    assert (done[field], done["ChecksumType"]) == (wanted, kind)
    got = s3.get_object(**at, ChecksumMode="ENABLED")
    assert (got[field], got["ChecksumType"], len(got["Body"].read())) == (wanted, kind, 10 * MIB + 1)


def test_what_cannot_be_joined_is_refused(s3: Any, bucket: str) -> None:
    at = {"Bucket": bucket, "Key": "refused"}
    for name, kind in (("CRC64NVME", "COMPOSITE"), ("SHA256", "FULL_OBJECT")):
        begin = {**at, "ChecksumAlgorithm": name, "ChecksumType": kind}
        assert code(partial(s3.create_multipart_upload, **begin)) == "InvalidRequest"
    upload = s3.create_multipart_upload(**at, ChecksumAlgorithm="SHA1")["UploadId"]
    part = {**at, "UploadId": upload, "PartNumber": 1, "Body": b"1"}
    assert code(lambda: s3.upload_part(**part, ChecksumCRC32=b64("crc32", b"1"))) == "InvalidRequest"
    told = s3.upload_part(**part, ChecksumSHA1=b64("sha1", b"1"))
    done = {**at, "UploadId": upload, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": told["ETag"]}]}}
    assert code(lambda: s3.complete_multipart_upload(**done, ChecksumSHA1=b64("sha1", b"2"))) == "BadDigest"
    assert code(lambda: s3.complete_multipart_upload(**done, MpuObjectSize=2)) == "InvalidRequest"
    s3.complete_multipart_upload(**done, MpuObjectSize=1)
