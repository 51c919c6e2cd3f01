"""S3 on a region's node: its own objects, keys that home tells, and what such a key is no use for."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.support.client import Client, until
from tests.support.commands import command
from tests.support.node import Node
from tests.support.regions import Site


class Person(NamedTuple):
    access: str
    secret: str
    id: str
    project: str

    def client(self, node: Node, region: str, version: str = "s3v4", **more: Any) -> Any:
        config = Config(signature_version=version, retries={"max_attempts": 0}, s3={"addressing_style": "path"})
        named = {"aws_access_key_id": self.access, "aws_secret_access_key": self.secret, **more}
        return boto3.client("s3", endpoint_url=node.url, region_name=region, config=config, **named)

    def signed(self, node: Node, region: str) -> dict[str, str]:
        """The headers of a list of buckets, signed for a node."""
        asked = AWSRequest("GET", f"{node.url}/", {"host": f"{node.host}:{node.port}"})
        S3SigV4Auth(Credentials(self.access, self.secret), "s3", region).add_auth(asked)
        return {name.lower(): value for name, value in asked.headers.items()}


def newcomer(site: Site, email: str) -> Person:
    project = site.newcomer(email)
    token, body = site.login(email, project)
    theirs = Client(site.home.host, site.home.port)
    theirs.token = token
    user = body["user"]["id"]
    key = theirs.post(f"/identity/v3/users/{user}/credentials/OS-EC2", {"tenant_id": project})["credential"]
    return Person(key["access"], key["secret"], user, project)


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as error:
        call()
    return str(error.value.response["Error"]["Code"])


@pytest.mark.parametrize("region", ["Lent", "us-east-1"])
def test_a_region_answers_with_its_own_objects(three: Site, region: str) -> None:
    """Also to clients that were told no region: the answer says which it is, and they sign again."""
    person = newcomer(three, f"{region}@example.org")
    lent, home = person.client(three.members["Lent"], region), person.client(three.home, "us-east-1")
    bucket = f"own-{region.lower()}"
    lent.create_bucket(Bucket=bucket)
    again = person.client(three.members["Lent"], region)
    assert again.head_bucket(Bucket=bucket)["BucketRegion"] == "Lent"  # which has no body to say so
    lent.put_object(Bucket=bucket, Key="k/ü", Body=b"x" * 300_000, Metadata={"a": "b"})
    assert lent.get_object(Bucket=bucket, Key="k/ü", Range="bytes=-2")["Body"].read() == b"xx"
    assert [one["Key"] for one in lent.list_objects_v2(Bucket=bucket)["Contents"]] == ["k/ü"]
    assert lent.get_bucket_location(Bucket=bucket)["LocationConstraint"] == "Lent"
    assert home.list_buckets()["Buckets"] == []
    token, _ = three.login(f"{region}@example.org", person.project, "Lent")
    client = three.members["Lent"].client(token)
    assert client.get(f"/object-store/v1/AUTH_{person.project}/{bucket}?format=json")[0]["bytes"] == 300_000


def test_a_key_of_one_region_is_none_anywhere_else(three: Site) -> None:
    person = newcomer(three, "apart@example.org")
    person.client(three.members["Lent"], "Lent").list_buckets()
    for node in (three.home, three.members["Northwind"]):
        there = Client(node.host, node.port)
        for region in ("Lent", "RegionOne", "Northwind"):  # whatever a region makes a client write
            sent = person.signed(three.members["Lent"], region)
            status, _, body = there.raw("GET", "/", None, sent)
            assert status in (400, 403)
            assert b"AuthorizationHeaderMalformed" in body or b"the address of another region" in body
    home = three.home
    status, _, body = Client(home.host, home.port).raw("GET", "/", None, person.signed(home, "Lent"))
    assert (status, b"<Region>RegionOne</Region>" in body) == (400, True)


def test_what_home_sees_cannot_be_sent_to_a_region(three: Site) -> None:
    person = newcomer(three, "there@example.org")
    lent = three.members["Lent"]
    status, _, body = Client(lent.host, lent.port).raw("GET", "/", None, person.signed(three.home, "Lent"))
    assert (status, b"the address of another region" in body) == (403, True)


def test_version_2_is_for_regions_that_are_trusted(three: Site) -> None:
    person = newcomer(three, "older@example.org")
    trusted = person.client(three.members["Northwind"], "Northwind", "s3")
    trusted.create_bucket(Bucket="older")
    trusted.put_object(Bucket="older", Key="k", Body=b"v")
    assert trusted.get_object(Bucket="older", Key="k")["Body"].read() == b"v"
    wrong = person.client(three.members["Northwind"], "Northwind", "s3", aws_secret_access_key="wrong")
    assert refusal(wrong.list_buckets) == "SignatureDoesNotMatch"
    assert refusal(person.client(three.members["Lent"], "Lent", "s3").list_buckets) == "InvalidRequest"


def test_refusals(three: Site) -> None:
    person, lent = newcomer(three, "wrong@example.org"), three.members["Lent"]
    assert refusal(person.client(lent, "Lent", aws_access_key_id="nobody").list_buckets) == "InvalidAccessKeyId"
    wrong = person.client(lent, "Lent", aws_secret_access_key="wrong")
    assert refusal(wrong.list_buckets) == "SignatureDoesNotMatch"
    endless = person.client(lent, "Lent", aws_access_key_id="a" * 1000)
    assert refusal(endless.list_buckets) == "InvalidAccessKeyId"
    person.client(lent, "Lent").list_buckets()
    assert refusal(wrong.list_buckets) == "SignatureDoesNotMatch"
    kept = b"".join(path.read_bytes() for path in lent.state.rglob("*.db*")) + lent.log().encode()
    assert person.secret.encode() not in kept


def test_what_is_taken_away_at_home_is_soon_gone(three: Site) -> None:
    lent = three.members["Lent"]
    for how in ("key", "user"):
        person = newcomer(three, f"leaving-{how}@example.org")
        there = person.client(lent, "Lent")
        there.list_buckets()
        if how == "key":
            three.admin.delete(f"/identity/v3/users/{person.id}/credentials/OS-EC2/{person.access}")
        else:
            three.admin.call("PATCH", f"/identity/v3/users/{person.id}", {"user": {"enabled": False}})
        until("the key to be refused", partial(_refused, there), 10)
        assert refusal(there.list_buckets) == {"key": "InvalidAccessKeyId", "user": "AccessDenied"}[how]


def _refused(client: Any) -> bool:
    try:
        client.list_buckets()
    except ClientError:
        return True
    return False


def test_without_home_known_keys_go_on(site: Site) -> None:
    lent = site.join("Lent")
    known, unknown = newcomer(site, "known@example.org"), newcomer(site, "unknown@example.org")
    there = known.client(lent, "Lent")
    there.create_bucket(Bucket="before")
    site.home.kill()
    there.put_object(Bucket="before", Key="k", Body=b"still")
    assert there.get_object(Bucket="before", Key="k")["Body"].read() == b"still"
    assert refusal(unknown.client(lent, "Lent").list_buckets) == "ServiceUnavailable"
    site.home.start()
    until("home to be asked again", lambda: not _refused(unknown.client(lent, "Lent")), 10)


def test_s3cmd_and_rclone_in_a_region(three: Site, tmp_path: Path) -> None:
    """s3cmd signs again with the region it is told of; rclone has a setting."""
    person, lent = newcomer(three, "commands@example.org"), three.members["Lent"]
    (tmp_path / "file").write_bytes(bytes(range(256)) * (30 << 10))
    where = f"{lent.host}:{lent.port}"
    settings = {"access_key": person.access, "secret_key": person.secret, "host_base": where, "host_bucket": where,
                "use_https": "False", "multipart_chunk_size_mb": "5"}  # fmt: skip
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    (tmp_path / "config").write_text(f"[default]\n{lines}")
    s3cmd = command(["s3cmd", "-c", "config", "--no-progress"], tmp_path, {})
    s3cmd("mb", "s3://by-commands")
    s3cmd("put", "file", "s3://by-commands/file")
    s3cmd("get", "s3://by-commands/file", "back")
    assert (tmp_path / "back").read_bytes() == (tmp_path / "file").read_bytes()
    remote = {"TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": lent.url, "REGION": "Lent",
              "ACCESS_KEY_ID": person.access, "SECRET_ACCESS_KEY": person.secret}  # fmt: skip
    environ = {f"RCLONE_CONFIG_LENT_{name}": value for name, value in remote.items()}
    rclone = command(["rclone"], tmp_path, {**environ, "RCLONE_CONFIG": ""})
    rclone("copyto", "lent:by-commands/file", "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "file").read_bytes()
    rclone("purge", "lent:by-commands")
