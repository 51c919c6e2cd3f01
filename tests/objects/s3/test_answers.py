"""Answers as tables: conditions, ranges, parts, lists, codes of refusals, as a real s3api and Amazon give them."""

import datetime
import urllib.error
import urllib.request
from functools import partial
from typing import Any
from urllib.parse import unquote

import pytest
from botocore.exceptions import ClientError

TAG = '"5d41402abc4b2a76b9719d911017c592"'
PAST, FUTURE = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC), datetime.datetime(2035, 1, 1, tzinfo=datetime.UTC)
AT = {"Bucket": "answers", "Key": "k"}
KEYS = ["ünï/代码", "a b+c%20d", "q?x=y&z", "#h", "~t", "x\tn", "trail/", "'quote\"<>&", "a/../b/./c//d", "m" * 1024]


@pytest.fixture(scope="module", autouse=True)
def bucket(site: Any) -> None:
    s3 = site.client()
    s3.create_bucket(Bucket="answers")
    s3.put_object(**AT, Body=b"hello", ContentType="text/plain")


def outcome(call: Any, **more: Any) -> str:
    """The code of a refusal, or the status."""
    try:
        return str(call(**more)["ResponseMetadata"]["HTTPStatusCode"])
    except ClientError as error:
        return str(error.response["Error"]["Code"])


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"IfMatch": TAG}, "200"),
        ({"IfMatch": '"x"'}, "PreconditionFailed"),
        ({"IfNoneMatch": TAG}, "304"),
        ({"IfNoneMatch": "*"}, "304"),
        ({"IfNoneMatch": '"x"'}, "200"),
        ({"IfModifiedSince": PAST}, "200"),
        ({"IfUnmodifiedSince": PAST}, "PreconditionFailed"),
        ({"IfUnmodifiedSince": FUTURE}, "200"),
        ({"Range": "bytes=9-"}, "InvalidRange"),
        ({"Range": "bytes=x"}, "200"),
        ({"Range": "bytes=1-2"}, "206"),
        ({"PartNumber": 1}, "206"),
        ({"PartNumber": 2}, "InvalidPartNumber"),
        ({"VersionId": "1234567890.12345"}, "NoSuchVersion"),
        ({"VersionId": "nonsense"}, "NoSuchVersion"),
        ({"Key": "none"}, "NoSuchKey"),
        ({"Bucket": "none-such"}, "NoSuchBucket"),
    ],
)
def test_get(s3: Any, more: dict[str, Any], wanted: str) -> None:
    """With a checksum asked for, which must not come where the bytes do not."""
    assert outcome(s3.get_object, **{**AT, **more}, ChecksumMode="ENABLED") == wanted


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"IfNoneMatch": "*"}, "PreconditionFailed"),
        ({"IfNoneMatch": '"x"'}, "NotImplemented"),
        ({"IfMatch": TAG}, "NotImplemented"),
        ({"StorageClass": "GLACIER"}, "InvalidStorageClass"),
        ({"ServerSideEncryption": "AES256"}, "NotImplemented"),
        ({"Tagging": "a=b"}, "NotImplemented"),
        ({"ContentMD5": "zz"}, "InvalidDigest"),
        ({"ContentMD5": "A" * 22 + "=="}, "BadDigest"),
        ({"Key": "k" * 1025}, "KeyTooLongError"),
        ({"Bucket": "none-such"}, "NoSuchBucket"),
    ],
)
def test_put(s3: Any, more: dict[str, Any], wanted: str) -> None:
    assert outcome(s3.put_object, **{**AT, "Body": b"other", **more}) == wanted
    assert s3.get_object(**AT)["Body"].read() == b"hello"


def test_only_one_makes_a_new_object(s3: Any) -> None:
    new = {"Bucket": "answers", "Key": "made once", "IfNoneMatch": "*"}
    assert [outcome(s3.put_object, **new, Body=body) for body in (b"1", b"2")] == ["200", "PreconditionFailed"]
    s3.delete_object(Bucket="answers", Key="made once")
    assert outcome(s3.put_object, **new, Body=b"3") == "200"
    s3.delete_object(Bucket="answers", Key="made once")


@pytest.mark.parametrize("key", KEYS)
def test_any_name(s3: Any, key: str) -> None:
    """Written, listed with and without `encoding-type`, copied, read by a presigned URL, deleted."""
    named = {"Bucket": "answers", "Key": key}
    s3.put_object(**named, Body=key.encode())
    assert s3.get_object(**named)["Body"].read() == key.encode()
    for version in (s3.list_objects, s3.list_objects_v2):
        assert keys(version(Bucket="answers", Prefix=key[:1])) == [key]
        escaped = version(Bucket="answers", Prefix=key[:1], EncodingType="url")
        assert [unquote(one) for one in keys(escaped)] == [key]
    s3.copy_object(Bucket="answers", Key="copy", CopySource=named)
    assert s3.get_object(Bucket="answers", Key="copy")["Body"].read() == key.encode()
    with urllib.request.urlopen(s3.generate_presigned_url("get_object", Params=named), timeout=20) as answer:
        assert answer.read() == key.encode()
    s3.delete_objects(Bucket="answers", Delete={"Objects": [{"Key": key}, {"Key": "copy"}]})
    assert outcome(s3.head_object, **named) == "404"


def keys(page: Any) -> list[str]:
    return [one["Key"] for one in page["Contents"]]


def prefixes(page: Any) -> list[str]:
    return [one["Prefix"] for one in page["CommonPrefixes"]]


def test_lists(s3: Any) -> None:
    s3.create_bucket(Bucket="lists")
    for key in ("a/1", "a/2", "b", "c ü/1", "d"):
        s3.put_object(Bucket="lists", Key=key, Body=b"")
    second, first = partial(s3.list_objects_v2, Bucket="lists"), partial(s3.list_objects, Bucket="lists")
    page = second(Delimiter="/", MaxKeys=2)
    assert (prefixes(page), keys(page)) == (["a/"], ["b"])
    assert (page["KeyCount"], page["MaxKeys"], page["IsTruncated"]) == (2, 2, True)
    page = second(Delimiter="/", ContinuationToken=page["NextContinuationToken"])
    assert (prefixes(page), keys(page)) == (["c ü/"], ["d"])
    page = first(Delimiter="/", MaxKeys=1)
    assert (page["NextMarker"], page["IsTruncated"]) == ("a/", True)
    assert keys(first(Delimiter="/", Marker="a/")) == ["b", "d"]
    assert second(MaxKeys=0)["IsTruncated"] is False
    assert "Owner" in second(FetchOwner=True)["Contents"][0]
    assert "Owner" not in second()["Contents"][0]
    refused: list[dict[str, Any]] = [{"MaxKeys": -1}, {"EncodingType": "xx"}, {"ContinuationToken": "!!"}]
    assert [outcome(second, **more) for more in refused] == ["InvalidArgument"] * 3


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_what_presigned_urls_hold(site: Any, version: str) -> None:
    """One method and one object, until they end, and what the answer is to be called."""
    s3 = site.client(version)
    more = {"ResponseContentDisposition": 'attachment; filename="报告 ü.txt"', "ResponseContentType": "text/x"}
    url = s3.generate_presigned_url("get_object", Params={**AT, **more})
    with urllib.request.urlopen(url, timeout=20) as answer:
        assert (answer.read(), answer.headers["content-type"]) == (b"hello", "text/x")
        told = answer.headers["content-disposition"].encode("latin-1").decode()
        assert told == more["ResponseContentDisposition"]
    over = s3.generate_presigned_url("get_object", Params=AT, ExpiresIn=-10)
    asked: list[tuple[str, str]] = [(over, "GET"), (url, "DELETE"), (url.replace("/k?", "/other?"), "GET")]
    for address, method in asked:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(address, method=method), timeout=20)
        assert refused.value.code == (400 if version == "s3v4" and address == over else 403)
        refused.value.close()
    assert s3.get_object(**AT)["Body"].read() == b"hello"


def test_a_form_of_upload_says_what_it_is(s3: Any) -> None:
    """Nothing is guessed from a name; what is asked for that there is none of is empty."""
    s3.put_object(Bucket="answers", Key="page.html", Body=b"")
    assert s3.head_object(Bucket="answers", Key="page.html")["ContentType"] == "binary/octet-stream"
    assert s3.get_bucket_tagging(Bucket="answers")["TagSet"] == []
    assert s3.get_object_tagging(**AT)["TagSet"] == []
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket="answers")
    assert outcome(s3.get_object_lock_configuration, Bucket="answers") == "ObjectLockConfigurationNotFoundError"
    unknown = (s3.get_bucket_policy, s3.get_bucket_encryption, s3.get_bucket_replication, s3.get_bucket_website)
    assert {outcome(call, Bucket="answers") for call in unknown} == {"NotImplemented"}


def test_head_of_a_range_tells_what_get_would_send(s3: Any) -> None:
    told = s3.head_object(**AT, Range="bytes=1-2")
    assert (told["ResponseMetadata"]["HTTPStatusCode"], told["ContentLength"]) == (206, 2)
    assert told["ResponseMetadata"]["HTTPHeaders"]["content-range"] == "bytes 1-2/5"
    assert outcome(s3.head_object, **AT, Range="bytes=9-") == "416"
    assert s3.head_object(**AT, Range="bytes=0-0,2-2")["ContentLength"] == 5


def test_uploads_say_that_their_keys_are_encoded(s3: Any) -> None:
    upload = s3.create_multipart_upload(Bucket="answers", Key="a b")["UploadId"]
    told = s3.list_multipart_uploads(Bucket="answers", EncodingType="url")
    assert (told["EncodingType"], told["Uploads"][0]["Key"]) == ("url", "a%20b")
    s3.abort_multipart_upload(Bucket="answers", Key="a b", UploadId=upload)
