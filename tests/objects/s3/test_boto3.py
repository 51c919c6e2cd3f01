"""boto3, unmodified: what applications do with S3."""

import base64
import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from tests.support.client import Client

MIB = 1 << 20


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_bucket_from_its_first_to_its_last_moment(s3: Any) -> None:
    s3.create_bucket(Bucket="first")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["first"]
    assert s3.get_bucket_location(Bucket="first")["LocationConstraint"] == "RegionOne"
    s3.put_object(Bucket="first", Key="a/ü +%.txt", Body=b"hello", ContentType="text/x", Metadata={"Colour": "red"})
    head = s3.head_object(Bucket="first", Key="a/ü +%.txt")
    assert (head["ContentLength"], head["ContentType"], head["Metadata"]) == (5, "text/x", {"colour": "red"})
    assert head["ETag"] == f'"{hashlib.md5(b"hello", usedforsecurity=False).hexdigest()}"'
    got = s3.get_object(Bucket="first", Key="a/ü +%.txt", Range="bytes=1-3", ResponseContentType="text/y")
    assert (got["Body"].read(), got["ContentRange"], got["ContentType"]) == (b"ell", "bytes 1-3/5", "text/y")
    with pytest.raises(ClientError) as full:
        s3.delete_bucket(Bucket="first")
    assert code(full) == "BucketNotEmpty"
    s3.delete_object(Bucket="first", Key="a/ü +%.txt")
    s3.delete_object(Bucket="first", Key="never was")
    s3.delete_bucket(Bucket="first")
    with pytest.raises(ClientError) as gone:
        s3.list_objects_v2(Bucket="first")
    assert code(gone) == "NoSuchBucket"


def test_refusals_have_s3s_codes(s3: Any, site: Any) -> None:
    s3.create_bucket(Bucket="refusals")
    calls: list[tuple[str, Callable[[], Any]]] = [
        ("NoSuchKey", lambda: s3.get_object(Bucket="refusals", Key="x")),
        ("BucketAlreadyOwnedByYou", lambda: s3.create_bucket(Bucket="refusals")),
        ("InvalidBucketName", lambda: site.client().list_objects_v2(Bucket="Not_A_Bucket")),
        ("NotImplemented", lambda: s3.get_bucket_policy(Bucket="refusals")),
        ("NotImplemented", lambda: s3.put_object_tagging(Bucket="refusals", Key="x", Tagging={"TagSet": []})),
        ("NotImplemented", lambda: s3.get_bucket_lifecycle_configuration(Bucket="refusals")),
        ("BadDigest", lambda: s3.put_object(Bucket="refusals", Key="x", Body=b"1",
                                            ContentMD5=base64.b64encode(bytes(16)).decode())),
        ("BadDigest", lambda: s3.put_object(Bucket="refusals", Key="x", Body=b"1", ChecksumSHA256="A" * 43 + "=")),
        ("NoSuchUpload", lambda: s3.list_parts(Bucket="refusals", Key="x", UploadId="0" * 32)),
        ("InvalidArgument", lambda: s3.create_bucket(Bucket="another", ACL="nonsense")),
        ("SignatureDoesNotMatch", lambda: site.client(aws_secret_access_key="wrong").list_buckets()),
        ("InvalidAccessKeyId", lambda: site.client(aws_access_key_id="nobody").list_buckets()),
    ]  # fmt: skip
    for wanted, call in calls:
        with pytest.raises(ClientError) as error:
            call()
        assert code(error) == wanted
        assert site.secret not in str(error.value.response)


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_both_signatures_and_presigned_urls(site: Any, version: str) -> None:
    s3, bucket = site.client(version), f"signed-{version}"
    s3.create_bucket(Bucket=bucket)
    for name in ("plain", "a b+c&d=é/~x"):
        s3.put_object(Bucket=bucket, Key=name, Body=name.encode(), Metadata={"k": "v  w"})
        assert s3.get_object(Bucket=bucket, Key=name)["Body"].read() == name.encode()
        url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": name}, ExpiresIn=60)
        with urllib.request.urlopen(url, timeout=20) as answer:
            assert answer.read() == name.encode()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url + "x", timeout=20)
    assert refused.value.code == 403
    refused.value.close()
    put = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "put"}, ExpiresIn=60)
    asked = urllib.request.Request(put, b"there", {"content-type": ""}, method="PUT")
    with urllib.request.urlopen(asked, timeout=20) as answer:
        assert answer.status == 200
    assert s3.get_object(Bucket=bucket, Key="put")["Body"].read() == b"there"


def test_path_style_below_s3(site: Any) -> None:
    s3 = site.client(endpoint_url=f"{site.node.url}/s3")
    s3.create_bucket(Bucket="below")
    s3.put_object(Bucket="below", Key="k", Body=b"v")
    assert site.client().get_object(Bucket="below", Key="k")["Body"].read() == b"v"


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_in_trailers(s3: Any, algorithm: str, tmp_path: Path) -> None:
    if algorithm == "CRC32":
        s3.create_bucket(Bucket="trailers")
    file = tmp_path / "file"
    file.write_bytes(bytes(range(256)) * 1024)
    with file.open("rb") as body:
        s3.put_object(Bucket="trailers", Key=algorithm, Body=body, ChecksumAlgorithm=algorithm)
    assert s3.get_object(Bucket="trailers", Key=algorithm)["Body"].read() == file.read_bytes()


def test_a_large_file_goes_up_in_parts_and_comes_back(s3: Any, tmp_path: Path) -> None:
    s3.create_bucket(Bucket="large")
    file, back = tmp_path / "up", tmp_path / "down"
    file.write_bytes(b"".join(hashlib.sha256(str(n).encode()).digest() * (MIB // 32) for n in range(100)))
    parts = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
    s3.upload_file(str(file), "large", "file", Config=parts, ExtraArgs={"Metadata": {"a": "b"}})
    head = s3.head_object(Bucket="large", Key="file")
    assert head["ContentLength"] == 100 * MIB
    assert head["ETag"].endswith('-13"')
    assert head["Metadata"] == {"a": "b"}
    s3.download_file("large", "file", str(back), Config=parts)
    assert back.read_bytes() == file.read_bytes()
    shown = s3.list_objects_v2(Bucket="large")["Contents"][0]
    assert (shown["Size"], shown["ETag"]) == (100 * MIB, head["ETag"])
    s3.copy_object(Bucket="large", Key="copy", CopySource={"Bucket": "large", "Key": "file"})
    s3.delete_object(Bucket="large", Key="file")
    assert s3.head_object(Bucket="large", Key="copy")["ContentLength"] == 100 * MIB
    s3.delete_object(Bucket="large", Key="copy")
    s3.delete_bucket(Bucket="large")


def test_parts_are_listed_copied_and_aborted(s3: Any) -> None:
    s3.create_bucket(Bucket="parts")
    upload = s3.create_multipart_upload(Bucket="parts", Key="k/é")["UploadId"]
    first = s3.upload_part(Bucket="parts", Key="k/é", UploadId=upload, PartNumber=1, Body=b"1" * 5 * MIB)["ETag"]
    s3.put_object(Bucket="parts", Key="other", Body=b"abcdef")
    second = s3.upload_part_copy(
        Bucket="parts", Key="k/é", UploadId=upload, PartNumber=2, CopySource="parts/other", CopySourceRange="bytes=1-3"
    )["CopyPartResult"]["ETag"]
    listed = s3.list_parts(Bucket="parts", Key="k/é", UploadId=upload)["Parts"]
    assert [(part["PartNumber"], part["Size"]) for part in listed] == [(1, 5 * MIB), (2, 3)]
    assert [u["Key"] for u in s3.list_multipart_uploads(Bucket="parts")["Uploads"]] == ["k/é"]
    wrong = {"Parts": [{"PartNumber": 1, "ETag": second}]}
    with pytest.raises(ClientError) as error:
        s3.complete_multipart_upload(Bucket="parts", Key="k/é", UploadId=upload, MultipartUpload=wrong)
    assert code(error) == "InvalidPart"
    right = {"Parts": [{"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": second}]}
    s3.complete_multipart_upload(Bucket="parts", Key="k/é", UploadId=upload, MultipartUpload=right)
    assert s3.get_object(Bucket="parts", Key="k/é", Range="bytes=-4")["Body"].read() == b"1bcd"
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="parts")
    again = s3.create_multipart_upload(Bucket="parts", Key="again")["UploadId"]
    s3.upload_part(Bucket="parts", Key="again", UploadId=again, PartNumber=1, Body=b"1")
    s3.abort_multipart_upload(Bucket="parts", Key="again", UploadId=again)
    with pytest.raises(ClientError) as gone:
        s3.abort_multipart_upload(Bucket="parts", Key="again", UploadId=again)
    assert code(gone) == "NoSuchUpload"


def test_pages_of_a_list(s3: Any) -> None:
    s3.create_bucket(Bucket="pages")
    names = [f"{folder}/{n:02d}" for folder in "abc" for n in range(4)] + ["z"]
    for name in names:
        s3.put_object(Bucket="pages", Key=name, Body=b"")
    for version in ("list_objects", "list_objects_v2"):
        found = s3.get_paginator(version).paginate(Bucket="pages", PaginationConfig={"PageSize": 3})
        assert [one["Key"] for page in found for one in page["Contents"]] == names
        folded = list(s3.get_paginator(version).paginate(
            Bucket="pages", Delimiter="/", PaginationConfig={"PageSize": 2}))  # fmt: skip
        assert [one["Prefix"] for page in folded for one in page.get("CommonPrefixes", [])] == ["a/", "b/", "c/"]
        assert [one["Key"] for page in folded for one in page.get("Contents", [])] == ["z"]
    after = s3.list_objects_v2(Bucket="pages", StartAfter="b/02", Prefix="b/")
    assert [one["Key"] for one in after["Contents"]] == ["b/03"]


def test_many_are_deleted_at_once(s3: Any) -> None:
    s3.create_bucket(Bucket="many")
    for n in range(5):
        s3.put_object(Bucket="many", Key=f"k{n}", Body=b"")
    told = s3.delete_objects(Bucket="many", Delete={"Objects": [{"Key": f"k{n}"} for n in range(6)]})
    assert len(told["Deleted"]) == 6
    assert "Contents" not in s3.list_objects_v2(Bucket="many")


def test_copies_and_their_directives(s3: Any) -> None:
    s3.create_bucket(Bucket="copies")
    made = s3.put_object(Bucket="copies", Key="a", Body=b"x", Metadata={"m": "1"}, ContentType="text/x")
    there = {"Bucket": "copies", "CopySource": "copies/a"}
    s3.copy_object(Key="b", **there)
    assert s3.head_object(Bucket="copies", Key="b")["Metadata"] == {"m": "1"}
    s3.copy_object(Key="a", MetadataDirective="REPLACE", Metadata={"n": "2"}, **there)
    assert s3.head_object(Bucket="copies", Key="a")["Metadata"] == {"n": "2"}
    with pytest.raises(ClientError) as same:
        s3.copy_object(Key="a", **there)
    assert code(same) == "InvalidRequest"
    with pytest.raises(ClientError) as changed:
        s3.copy_object(Key="c", CopySourceIfNoneMatch=made["ETag"], **there)
    assert code(changed) == "PreconditionFailed"


def test_versions(s3: Any) -> None:
    s3.create_bucket(Bucket="versions")
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket="versions")["Status"] == "Enabled"
    one = s3.put_object(Bucket="versions", Key="k", Body=b"1")["VersionId"]
    two = s3.put_object(Bucket="versions", Key="k", Body=b"22")["VersionId"]
    assert s3.get_object(Bucket="versions", Key="k", VersionId=one)["Body"].read() == b"1"
    assert s3.get_object(Bucket="versions", Key="k")["VersionId"] == two
    marker = s3.delete_object(Bucket="versions", Key="k")
    assert marker["DeleteMarker"]
    with pytest.raises(ClientError) as gone:
        s3.get_object(Bucket="versions", Key="k")
    assert code(gone) == "NoSuchKey"
    listed = s3.list_object_versions(Bucket="versions")
    assert [(v["VersionId"], v["IsLatest"]) for v in listed["Versions"]] == [(two, False), (one, False)]
    assert [(m["VersionId"], m["IsLatest"]) for m in listed["DeleteMarkers"]] == [(marker["VersionId"], True)]
    s3.delete_object(Bucket="versions", Key="k", VersionId=marker["VersionId"])
    for version in (one, two):
        s3.delete_object(Bucket="versions", Key="k", VersionId=version)
    s3.delete_bucket(Bucket="versions")


def test_a_disabled_user_is_refused_at_once(site: Any) -> None:
    admin = site.node.admin()
    made = admin.post("/identity/v3/users", {"user": {"name": "short", "password": "something long enough"}})["user"]
    roles = {role["name"]: role["id"] for role in admin.get("/identity/v3/roles")["roles"]}
    admin.put(f"/identity/v3/projects/{site.project}/users/{made['id']}/roles/{roles['member']}", None)
    path = f"/identity/v3/users/{made['id']}/credentials/OS-EC2"
    key = admin.post(path, {"tenant_id": site.project})["credential"]
    theirs = site.client(aws_access_key_id=key["access"], aws_secret_access_key=key["secret"])
    theirs.list_buckets()
    admin.call("PATCH", f"/identity/v3/users/{made['id']}", {"user": {"enabled": False}})
    with pytest.raises(ClientError) as refused:
        theirs.list_buckets()
    assert code(refused) == "AccessDenied"


def test_a_trust_is_used_once_for_many_requests(site: Any) -> None:
    """A key that acts under a trust is good for as long as a token of it would be, for one of its uses."""
    admin = site.node.admin()
    made = admin.post("/identity/v3/users", {"user": {"name": "lent", "password": "something long enough"}})["user"]
    theirs = Client(site.node.host, site.node.port)
    roles = {role["name"]: role["id"] for role in admin.get("/identity/v3/roles")["roles"]}
    asked = {"trustor_user_id": site.user, "trustee_user_id": made["id"], "project_id": site.project,
             "impersonation": False, "roles": [{"id": roles["member"]}], "remaining_uses": 2}  # fmt: skip
    trust = admin.post("/identity/v3/OS-TRUST/trusts", {"trust": asked})["trust"]["id"]
    domain = {"id": "default"}
    user = {"name": "lent", "domain": domain, "password": "something long enough"}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}}
    theirs.token = theirs.raw("POST", "/identity/v3/auth/tokens", body)[1]["x-subject-token"]
    blob = json.dumps({"access": "lent-access", "secret": "lent-secret", "trust_id": trust})
    new = {"type": "ec2", "blob": blob, "user_id": made["id"], "project_id": site.project}
    theirs.post("/identity/v3/credentials", {"credential": new})
    s3 = site.client(aws_access_key_id="lent-access", aws_secret_access_key="lent-secret")
    for _ in range(3):
        s3.list_buckets()
    assert admin.get(f"/identity/v3/OS-TRUST/trusts/{trust}")["trust"]["remaining_uses"] == 1
    admin.delete(f"/identity/v3/OS-TRUST/trusts/{trust}")
    with pytest.raises(ClientError):
        s3.list_buckets()
