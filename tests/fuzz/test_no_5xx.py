"""Ten thousand requests that nobody planned: every one gets an answer below 500, in its service's envelope."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.support import fuzz
from tests.support.cloud import InProcess

COUNT = int(os.environ.get("TEST_REQUESTS", "10000"))
VERSIONS = ["2.1", "2.37", "2.60", "2.79", "latest", "2.9999", "x", "1.10"]
# Password hashing is slow on purpose; what these do with a body is tested by tables.
SLOW = {("POST", "/v3/auth/tokens"), ("POST", "/v3/users"), ("POST", "")}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    made = InProcess(tmp_path_factory.mktemp("fuzz"), STACKLAB_IDENTITY_PASSWORD_MEMORY_KIB="64")
    yield made
    made.close()


def known_ids(cloud: InProcess) -> list[str]:
    """Ids that exist. Those of Keystone are throw-aways: a request may take them away."""
    found = []
    for url, collection in (
        ("/image/v2/images", "images"),
        ("/compute/v2.1/flavors", "flavors"),
        ("/network/v2.0/networks", "networks"),
        ("/network/v2.0/subnets", "subnets"),
        ("/network/v2.0/security-groups", "security_groups"),
    ):
        found += [str(thing["id"]) for thing in cloud.ok(cloud.get(url, cloud.admin))[collection]]
    for noun in ("user", "project", "role", "group", "domain"):
        made = cloud.ok(cloud.post(f"/identity/v3/{noun}s", cloud.admin, {noun: {"name": f"fuzz-{noun}"}}))
        found.append(made[noun]["id"])
    return found


def test_ten_thousand_requests(cloud: InProcess) -> None:
    targets = [t for t in fuzz.targets(list(cloud.app.mounts.values())) if not slow(t)]
    tokens = [cloud.admin, cloud.newcomer("fuzz@example.org"), None, "forged.token.text"]
    ids = known_ids(cloud)
    seen: dict[int, int] = {}

    @seed(20131123)
    @settings(max_examples=COUNT, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def run(data: st.DataObject) -> None:
        target = data.draw(st.sampled_from(targets))
        path = data.draw(fuzz.paths(target, ids))
        url = f"{path}?{data.draw(fuzz.queries)}"
        token = tokens[min(data.draw(st.integers(0, 9)), 3) if data.draw(st.booleans()) else 0]
        headers = {"openstack-api-version": f"compute {data.draw(st.sampled_from(VERSIONS))}"}
        body = data.draw(fuzz.bodies(target))
        answer = cloud.call(target.route.method, url, token, body, headers)
        seen[answer.status // 100] = seen.get(answer.status // 100, 0) + 1
        assert answer.status < 500, (target.route.method, url, body, answer.raw)

    run()
    assert seen[2] > COUNT // 20, f"too few requests got through to mean anything: {seen}"


def slow(target: fuzz.Target) -> bool:
    return (target.route.method, target.route.path.rstrip("/")) in SLOW
