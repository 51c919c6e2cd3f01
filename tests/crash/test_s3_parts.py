"""SIGKILL in the middle of S3 uploads in parts: each object is the old or the new one, whole; in the end there are no
parts but those of objects, no files but those of rows, and the account counts just these."""

import os
import random
import threading
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from tests.support.client import until
from tests.support.hammer import ask, die_under
from tests.support.node import Node

SEED = int(os.environ.get("TEST_SEED", "20131123"))
KILLS = 8
KEYS = [f"k/{number}" for number in range(4)]
Content = bytes | None


class Hand(threading.Thread):
    """One client with keys of its own, until the node is gone. `maybe`: what each may hold; more than one thing where
    an answer never came."""

    def __init__(self, s3: Any, number: int, chance: random.Random, maybe: dict[str, set[Content]]) -> None:
        super().__init__()
        self.s3, self.number, self.chance = s3, number, chance
        self.maybe = maybe or {f"{number}/{key}": {None} for key in KEYS}
        self.done = 0
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            while True:
                key = self.chance.choice(sorted(self.maybe))
                self.chance.choice([self.parts, self.parts, self.abort, self.put, self.delete])(key)
                self.done += 1
        except (BotoCoreError, KeyError):  # no answer, or the head of one
            return
        except BaseException as error:
            self.failed = error

    def upload(self, key: str, data: bytes) -> tuple[dict[str, str], Any]:
        """In one part or in three; only the last one may be small, so the others are small too and not used."""
        named = {"Bucket": "bucket", "Key": key}
        named["UploadId"] = self.s3.create_multipart_upload(**named)["UploadId"]
        for number in range(1, self.chance.choice((2, 4))):
            tag = self.s3.upload_part(**named, PartNumber=number, Body=data)["ETag"]
        return named, {"Parts": [{"PartNumber": number, "ETag": tag}]}

    def parts(self, key: str) -> None:
        data = self.chance.randbytes(self.chance.choice((1, 4096, 200_000)))
        named, parts = self.upload(key, data)
        self.maybe[key].add(data)
        self.s3.complete_multipart_upload(**named, MultipartUpload=parts)
        self.maybe[key] = {data}

    def abort(self, key: str) -> None:
        named, _ = self.upload(key, b"in vain")
        self.s3.abort_multipart_upload(**named)

    def put(self, key: str) -> None:
        data = self.chance.randbytes(4096)
        self.maybe[key].add(data)
        self.s3.put_object(Bucket="bucket", Key=key, Body=data)
        self.maybe[key] = {data}

    def delete(self, key: str) -> None:
        self.maybe[key].add(None)
        self.s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": key}]})
        self.maybe[key] = {None}

    def settle(self, s3: Any) -> None:
        """Each key is one of the things it may be; from now on it is that."""
        for key, may in self.maybe.items():
            found = read(s3, key)
            assert found in may, f"{key}: not any of {[one and len(one) for one in may]}"
            self.maybe[key] = {found}


def read(s3: Any, key: str) -> Content:
    try:
        return bytes(s3.get_object(Bucket="bucket", Key=key)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return None


def test_killed_in_the_middle_of_uploads(tmp_path: Path) -> None:
    node = Node(tmp_path / "state").start()
    chance = random.Random(SEED)
    try:
        s3 = client(node)
        s3.create_bucket(Bucket="bucket")
        hands = [Hand(s3, number, random.Random(SEED + number), {}) for number in range(3)]
        done = 0
        for _ in range(KILLS):
            hands = round_of(node, s3, hands, chance)
            done += sum(hand.done for hand in hands)
        assert done > 30
        for upload in s3.list_multipart_uploads(Bucket="bucket").get("Uploads", []):
            s3.abort_multipart_upload(Bucket="bucket", Key=upload["Key"], UploadId=upload["UploadId"])
        until("the parts to be those of objects", lambda: only_parts_of_objects(node), 20)
        until("the files to be those of the rows", lambda: files(node) == named(node), 20)
        for hand in hands:
            hand.settle(s3)
    finally:
        node.purge()


def client(node: Node) -> Any:
    admin = node.admin()
    user = admin.one("/identity/v3/users", "users", "admin")
    project = admin.one("/identity/v3/projects", "projects", "admin")
    key = admin.post(f"/identity/v3/users/{user}/credentials/OS-EC2", {"tenant_id": project})["credential"]
    named = {"aws_access_key_id": key["access"], "aws_secret_access_key": key["secret"], "endpoint_url": node.url}
    config = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}, read_timeout=20)
    return boto3.client("s3", region_name="us-east-1", config=config, **named)


def round_of(node: Node, s3: Any, before: list[Hand], chance: random.Random) -> list[Hand]:
    """Everybody works until the node dies under them; then it is back, and what it has is looked at."""
    hands = [Hand(s3, old.number, old.chance, old.maybe) for old in before]
    die_under(hands, node, chance.uniform(0.1, 0.6))
    for hand in hands:
        assert hand.failed is None, repr(hand.failed)
        hand.settle(s3)
    return hands


def only_parts_of_objects(node: Node) -> bool:
    """And both containers and the account count what is there."""
    kept = ask(node, "SELECT o.name || '/' || json_extract(o.metadata, '$.slo-s3-upload') FROM objects AS o "
                     "WHERE json_extract(o.metadata, '$.slo-s3-upload') IS NOT NULL")  # fmt: skip
    parts = ask(node, "SELECT o.name FROM objects AS o JOIN objects_containers AS c ON c.id = o.container "
                      "WHERE c.name = 'bucket+segments'")  # fmt: skip
    if sorted(name.rpartition("/")[0] for (name,) in parts) != sorted(name for (name,) in kept):
        return False
    rows = ask(node, "SELECT container, count(*), sum(size) FROM objects GROUP BY container ORDER BY container")
    counted = ask(node, "SELECT id, objects, bytes FROM objects_containers WHERE objects > 0 ORDER BY id")
    whole = ask(node, "SELECT sum(objects), sum(bytes) FROM objects_accounts")
    assert rows == counted
    assert whole == [(sum(row[1] for row in rows), sum(row[2] for row in rows))]
    return True


def named(node: Node) -> set[str]:
    return {name for (name,) in ask(node, "SELECT file FROM objects")}


def files(node: Node) -> set[str]:
    folder = node.state / "objects"
    return {path.name for part in ("files", "incoming") for path in (folder / part).rglob("*") if path.is_file()}
