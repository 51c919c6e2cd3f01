"""How many statements a request costs: as many for a thousand rows as for one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from stacklab.core.db.database import proxy
from tests.support.cloud import InProcess

ON = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"


class Counting:
    """Requests by hand, and the statements of the last one, without the savepoints between them."""

    def __init__(self, cloud: InProcess) -> None:
        user = cloud.one("/identity/v3/users", cloud.admin, "users", "admin")
        project = cloud.one("/identity/v3/projects", cloud.admin, "projects", "admin")
        path = f"/identity/v3/users/{user}/credentials/OS-EC2"
        key = cloud.ok(cloud.post(path, cloud.admin, {"tenant_id": project}))["credential"]
        self.cloud, self.who = cloud, Credentials(key["access"], key["secret"])
        self.statements: list[str] = []

    def __call__(self, method: str, path: str, data: bytes = b"") -> int:
        """How many statements it took; it must be done well."""
        asked = AWSRequest(method, f"http://cloud.test{path}", data=data)
        asked.context["payload_signing_enabled"] = True
        S3SigV4Auth(self.who, "s3", "us-east-1").add_auth(asked)
        headers = {name.lower(): value for name, value in asked.headers.items()}
        self.statements.clear()
        answer = self.cloud.call(method, path, None, data, {**headers, "content-length": str(len(data))})
        assert answer.status < 300, answer.raw
        return sum("SAVEPOINT" not in one for one in self.statements)


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    cloud = InProcess(tmp_path)
    made = Counting(cloud)
    run = proxy.obj.execute_sql

    def execute_sql(sql: str, *more: Any) -> Any:
        made.statements.append(sql)
        return run(sql, *more)

    monkeypatch.setattr(proxy.obj, "execute_sql", execute_sql)
    made("PUT", "/bucket")
    yield made
    cloud.close()


def test_statements(s3: Counting) -> None:
    assert s3("PUT", "/bucket/a", b"x") == 6  # bucket with account, again inside, the object; it, and both their counts
    assert s3("GET", "/bucket/a") == 2
    lists = ["?list-type=2", "?versions", "?uploads", "?uploads&prefix=a&max-uploads=10", "?versions&prefix=a"]
    s3("PUT", "/bucket?versioning", ON)
    s3("POST", "/bucket/a?uploads")
    few = [s3("GET", f"/bucket{query}") for query in lists]
    for number in range(20):
        s3("PUT", f"/bucket/a{number}", b"x")
        s3("DELETE", f"/bucket/a{number}")
        s3("POST", f"/bucket/a{number}?uploads")
    assert [s3("GET", f"/bucket{query}") for query in lists] == few
    assert max(few) <= 4
