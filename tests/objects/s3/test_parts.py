"""Uploads in parts: what becomes of parts when their upload, object, version or bucket ends; and pages of uploads."""

import io
import tarfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.client import Client, until

MIB = 1 << 20
Ask = Callable[[str], Any]


@pytest.fixture
def swift(site: Any) -> Ask:
    """A listing of the account, by Swift."""
    admin = site.node.admin()

    def ask(path: str) -> Any:
        status, headers, _ = admin.raw("HEAD", f"/object-store/v1/AUTH_{site.project}{path}")
        return status, int(headers.get("x-container-object-count", 0)), int(headers.get("x-account-bytes-used", 0))

    return ask


def begin(s3: Any, bucket: str, key: str, parts: int = 2) -> tuple[str, dict[str, Any]]:
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    made = []
    for number in range(1, parts + 1):
        body = bytes([number]) * (5 * MIB if number < parts else 7)
        told = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body)
        made.append({"PartNumber": number, "ETag": told["ETag"]})
    return upload, {"Parts": made}


def put(s3: Any, bucket: str, key: str) -> Any:
    upload, parts = begin(s3, bucket, key)
    return s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload=parts)


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_parts_end_with_their_object(s3: Any, swift: Ask) -> None:
    s3.create_bucket(Bucket="ends")
    before = swift("")[2]

    def parts(count: int) -> None:
        until(f"{count} parts", lambda: swift("/ends+segments")[1] == count, 10)

    put(s3, "ends", "a")
    assert swift("/ends+segments")[1] == 2
    put(s3, "ends", "a")  # in its own place
    parts(2)
    s3.put_object(Bucket="ends", Key="a", Body=b"plain")
    parts(0)
    put(s3, "ends", "b/c")
    s3.copy_object(Bucket="ends", Key="b/c", CopySource="ends/a")
    parts(0)
    put(s3, "ends", "a")
    put(s3, "ends", "d")
    s3.delete_object(Bucket="ends", Key="a")
    parts(2)
    s3.delete_objects(Bucket="ends", Delete={"Objects": [{"Key": "d"}, {"Key": "b/c"}]})
    parts(0)
    until("nothing to count", lambda: swift("")[2] == before, 5)
    s3.delete_bucket(Bucket="ends")
    assert swift("/ends+segments")[0] == 404


def test_who_reads_an_object_reads_it_to_its_end(s3: Any, swift: Ask) -> None:
    """Though another takes its place meanwhile and the rows of its parts are gone."""
    s3.create_bucket(Bucket="slow")
    upload, parts = begin(s3, "slow", "k", 4)
    s3.complete_multipart_upload(Bucket="slow", Key="k", UploadId=upload, MultipartUpload=parts)
    body = s3.get_object(Bucket="slow", Key="k")["Body"]
    s3.put_object(Bucket="slow", Key="k", Body=b"other")
    until("the parts to be gone", lambda: swift("/slow+segments")[1] == 0, 10)
    assert body.read() == b"\1" * 5 * MIB + b"\2" * 5 * MIB + b"\3" * 5 * MIB + b"\4" * 7
    assert s3.get_object(Bucket="slow", Key="k")["Body"].read() == b"other"


def test_parts_end_with_their_version(s3: Any, swift: Ask) -> None:
    s3.create_bucket(Bucket="kept")
    s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    first, second = put(s3, "kept", "k")["VersionId"], put(s3, "kept", "k")["VersionId"]
    marker = s3.delete_object(Bucket="kept", Key="k")["VersionId"]
    assert swift("/kept+segments")[1] == 4
    assert s3.get_object(Bucket="kept", Key="k", VersionId=first, Range="bytes=-3")["Body"].read() == b"\2\2\2"
    told = s3.delete_objects(Bucket="kept", Delete={"Objects": [{"Key": "k", "VersionId": first}]})
    assert told["Deleted"] == [{"Key": "k", "VersionId": first}]
    until("the parts of one to go", lambda: swift("/kept+segments")[1] == 2, 10)
    gone = s3.delete_object(Bucket="kept", Key="k", VersionId=marker)
    assert (gone["VersionId"], gone["DeleteMarker"]) == (marker, True)
    assert len(s3.list_object_versions(Bucket="kept")["Versions"]) == 1
    assert s3.head_object(Bucket="kept", Key="k")["VersionId"] == second
    s3.delete_object(Bucket="kept", Key="k", VersionId=second)
    until("the parts of the other to go", lambda: swift("/kept+segments")[1] == 0, 10)
    s3.delete_bucket(Bucket="kept")


def test_a_key_that_looks_like_an_upload_keeps_its_parts(s3: Any, swift: Ask) -> None:
    """Parts of `k/<upload of k>` lie among those of `k`, and are none."""
    s3.create_bucket(Bucket="nested")
    upload, parts = begin(s3, "nested", "k")
    put(s3, "nested", f"k/{upload}")
    listed = s3.list_parts(Bucket="nested", Key="k", UploadId=upload)["Parts"]
    assert [one["PartNumber"] for one in listed] == [1, 2]
    s3.complete_multipart_upload(Bucket="nested", Key="k", UploadId=upload, MultipartUpload=parts)
    s3.delete_object(Bucket="nested", Key="k")
    until("the parts of one to go", lambda: swift("/nested+segments")[1] == 2, 10)
    assert len(s3.get_object(Bucket="nested", Key=f"k/{upload}")["Body"].read()) == 5 * MIB + 7


def test_a_bucket_goes_with_what_was_under_way(s3: Any, swift: Ask) -> None:
    s3.create_bucket(Bucket="half")
    before = swift("")[2]
    upload, parts = begin(s3, "half", "k")
    assert swift("")[2] > before
    s3.delete_bucket(Bucket="half")
    assert swift("")[2] == before
    s3.create_bucket(Bucket="half")
    with pytest.raises(ClientError) as gone:
        s3.complete_multipart_upload(Bucket="half", Key="k", UploadId=upload, MultipartUpload=parts)
    assert code(gone) == "NoSuchUpload"
    s3.delete_bucket(Bucket="half")


def test_parts_are_under_the_policy_of_their_bucket(site: Any, s3: Any) -> None:
    admin, base = site.node.admin(), f"/object-store/v1/AUTH_{site.project}"
    assert admin.raw("PUT", f"{base}/cold", b"", {"x-storage-policy": "silver"})[0] == 201
    begin(s3, "cold", "k")
    assert admin.raw("HEAD", f"{base}/cold+segments")[1]["x-storage-policy"] == "silver"
    s3.delete_bucket(Bucket="cold")
    used = admin.raw("HEAD", base)[1]
    assert {used[f"x-account-storage-policy-silver-{what}"] for what in ("container-count", "bytes-used")} == {"0"}


def test_an_upload_ends_once(s3: Any, swift: Ask) -> None:
    s3.create_bucket(Bucket="once")
    upload, parts = begin(s3, "once", "k", 3)
    named = {"Bucket": "once", "Key": "k", "UploadId": upload}
    some = {"Parts": [parts["Parts"][0], parts["Parts"][2]]}
    first = s3.complete_multipart_upload(**named, MultipartUpload=some)
    again = s3.complete_multipart_upload(**named, MultipartUpload=some)  # the first answer was lost
    assert first["ETag"] == again["ETag"]
    assert s3.head_object(Bucket="once", Key="k")["ContentLength"] == 5 * MIB + 7
    until("the part that is not used to go", lambda: swift("/once+segments")[1] == 2, 10)
    for call, more in ((s3.upload_part, {"PartNumber": 4, "Body": b""}), (s3.abort_multipart_upload, {})):
        with pytest.raises(ClientError) as over:
            call(**named, **more)
        assert code(over) == "NoSuchUpload"
    one = s3.get_object(Bucket="once", Key="k", PartNumber=2)
    assert (one["Body"].read(), one["PartsCount"]) == (b"\3" * 7, 2)


def test_whoever_may_read_an_object_may_read_its_parts(site: Any, s3: Any) -> None:
    """The bucket's ACL is theirs, however it is set, while the container they are in stays closed."""
    s3.create_bucket(Bucket="shown")
    put(s3, "shown", "k")
    base = f"/object-store/v1/AUTH_{site.project}"
    nobody, admin = Client(site.node.host, site.node.port), site.node.admin()
    assert nobody.raw("GET", f"{base}/shown/k")[0] == 401
    assert admin.raw("POST", f"{base}/shown", b"", {"x-container-read": ".r:*"})[0] == 204
    status, _, body = nobody.raw("GET", f"{base}/shown/k")
    assert (status, len(body)) == (200, 5 * MIB + 7)
    part = admin.get(f"{base}/shown+segments?format=json")[0]["name"]
    assert nobody.raw("GET", f"{base}/shown+segments/{part}")[0] == 401
    copied = {"destination": "/shown/copy"}
    assert admin.raw("COPY", f"{base}/shown/k?multipart-manifest=get", None, copied)[0] == 201
    assert nobody.raw("GET", f"{base}/shown/copy")[0] == 409  # of parts that are not its own
    s3.delete_objects(Bucket="shown", Delete={"Objects": [{"Key": "k"}, {"Key": "copy"}]})
    s3.delete_bucket(Bucket="shown")


def test_pages_of_uploads(s3: Any) -> None:
    s3.create_bucket(Bucket="many-uploads")
    keys = ["a", "a", "a/b", "a/b/c", "a0", "é", "é"]
    made = [(key, s3.create_multipart_upload(Bucket="many-uploads", Key=key)["UploadId"]) for key in keys]
    pages = list(s3.get_paginator("list_multipart_uploads").paginate(
        Bucket="many-uploads", PaginationConfig={"PageSize": 2}))  # fmt: skip
    assert [len(page["Uploads"]) for page in pages] == [2, 2, 2, 1]
    assert [(one["Key"], one["UploadId"]) for page in pages for one in page["Uploads"]] == sorted(made)
    folded = list(s3.get_paginator("list_multipart_uploads").paginate(
        Bucket="many-uploads", Delimiter="/", PaginationConfig={"PageSize": 2}))  # fmt: skip
    assert [one["Prefix"] for page in folded for one in page.get("CommonPrefixes", [])] == ["a/"]
    assert [one["Key"] for page in folded for one in page.get("Uploads", [])] == ["a", "a", "a0", "é", "é"]
    within = s3.list_multipart_uploads(Bucket="many-uploads", Prefix="a/")["Uploads"]
    assert [one["Key"] for one in within] == ["a/b", "a/b/c"]


def test_pages_of_parts(s3: Any) -> None:
    s3.create_bucket(Bucket="parts-paged")
    upload = s3.create_multipart_upload(Bucket="parts-paged", Key="k")["UploadId"]
    named = {"Bucket": "parts-paged", "Key": "k", "UploadId": upload}
    for number in (10_000, 2, 10, 1):
        s3.upload_part(**named, PartNumber=number, Body=b"x")
    pages = list(s3.get_paginator("list_parts").paginate(**named, PaginationConfig={"PageSize": 3}))
    assert [[one["PartNumber"] for one in page["Parts"]] for page in pages] == [[1, 2, 10], [10_000]]


def test_pages_of_versions(s3: Any) -> None:
    """One page or many, each name's newest is the latest, a marker too."""
    s3.create_bucket(Bucket="latest")
    s3.put_bucket_versioning(Bucket="latest", VersioningConfiguration={"Status": "Enabled"})
    for name in ("a", "b", "c/d", "c/e"):
        for body in (b"1", b"2"):
            s3.put_object(Bucket="latest", Key=name, Body=body)
    s3.delete_object(Bucket="latest", Key="b")
    s3.delete_object(Bucket="latest", Key="never")
    whole = s3.list_object_versions(Bucket="latest")
    assert [(one["Key"], one["IsLatest"]) for one in whole["DeleteMarkers"]] == [("b", True), ("never", True)]
    latest = [(one["Key"], one["IsLatest"]) for one in whole["Versions"]]
    assert latest == [("a", True), ("a", False), ("b", False), ("b", False), ("c/d", True), ("c/d", False),
                      ("c/e", True), ("c/e", False)]  # fmt: skip
    for size in (1, 2, 3):
        paged = s3.get_paginator("list_object_versions").paginate(
            Bucket="latest", PaginationConfig={"PageSize": size})  # fmt: skip
        assert [(v["Key"], v["IsLatest"]) for page in paged for v in page.get("Versions", [])] == latest
    folded = s3.list_object_versions(Bucket="latest", Delimiter="/", MaxKeys=6)
    assert [one["Prefix"] for one in folded["CommonPrefixes"]] == ["c/"]


def fill(client: Client, container: str, count: int) -> None:
    """Empty objects o0, o1, …, by one request of Swift's for many."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for number in range(count):
            archive.addfile(tarfile.TarInfo(f"o{number}"))
    status, _, body = client.raw("PUT", f"{container}?extract-archive=tar", packed.getvalue())
    assert (status, b"201 Created" in body) == (200, True)


def test_a_thousand_are_deleted_in_one_request(site: Any, s3: Any) -> None:
    s3.create_bucket(Bucket="thousand")
    fill(site.node.admin(), f"/object-store/v1/AUTH_{site.project}/thousand", 1000)
    told = s3.delete_objects(Bucket="thousand", Delete={
        "Objects": [{"Key": f"o{n}"} for n in range(1000)], "Quiet": True})  # fmt: skip
    assert "Deleted" not in told
    assert "Contents" not in s3.list_objects_v2(Bucket="thousand")
    with pytest.raises(ClientError) as many:
        s3.delete_objects(Bucket="thousand", Delete={"Objects": [{"Key": f"o{n}"} for n in range(1001)]})
    assert code(many) == "MalformedXML"
    wrong = s3.delete_objects(Bucket="thousand", Delete={"Objects": [{"Key": "a"}, {"Key": "b", "VersionId": "no"}]})
    assert [one["Key"] for one in wrong["Deleted"]] == ["a"]
    assert [(one["Key"], one["Code"]) for one in wrong["Errors"]] == [("b", "NoSuchVersion")]
