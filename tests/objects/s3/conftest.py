"""A node, and keys of its admin for the clients of S3."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.config import Config

from tests.support.node import Node


class Site(NamedTuple):
    node: Node
    access: str
    secret: str
    project: str
    user: str

    def client(self, version: str = "s3v4", **more: Any) -> Any:
        """boto3's, as unmodified as it comes."""
        config = Config(signature_version=version, retries={"max_attempts": 0}, s3={"addressing_style": "path"})
        named = {"aws_access_key_id": self.access, "aws_secret_access_key": self.secret, **more}
        url = more.pop("endpoint_url", self.node.url)
        named.pop("endpoint_url", None)
        return boto3.client("s3", endpoint_url=url, region_name="us-east-1", config=config, **named)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    environ = {
        "STACKLAB_OBJECTS_S3_DOMAIN": "s3.example",
        "STACKLAB_OBJECTS_S3_CORS_ORIGINS": "https://app.example,https://other.example",
        "STACKLAB_OBJECTS_POLICIES": "gold,silver",
    }
    node = Node(tmp_path_factory.mktemp("s3") / "state", hypervisor="simulated", **environ).start()
    try:
        admin = node.admin()
        user = admin.one("/identity/v3/users", "users", "admin")
        project = admin.one("/identity/v3/projects", "projects", "admin")
        path = f"/identity/v3/users/{user}/credentials/OS-EC2"
        key = admin.post(path, {"tenant_id": project})["credential"]
        yield Site(node, key["access"], key["secret"], project, user)
    finally:
        node.purge()


@pytest.fixture
def s3(site: Site) -> Any:
    return site.client()
