"""Every route of the registry by who asks → status; and what only nodes may ask."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stacklab.regions.home.api import ROUTES
from tests.support.cloud import PASSWORD, InProcess

ADMIN = frozenset({"admin", "system"})
ALL = ADMIN | {"anonymous", "member"}
TABLE: list[tuple[str, str, Any, frozenset[str], int]] = [
    ("GET", "/v1/regions", None, ALL, 200),
    ("GET", "/v1/key", None, ALL, 200),
    ("POST", "/v1/join", {"invite": "x", "proof": "x", "request": "x"}, ALL, 403),
    ("GET", "/v1/feed", None, ALL, 403),
    ("POST", "/v1/report", {}, ALL, 403),
    ("POST", "/v1/s3-keys", {}, ALL, 403),
    ("DELETE", "/v1/regions/missing", None, ADMIN, 404),
    ("DELETE", "/v1/regions/RegionOne", None, ADMIN, 404),  # home's own cannot go
    ("GET", "/v1/regions/RegionOne/admins", None, ADMIN, 200),
    ("GET", "/v1/regions/missing/admins", None, ADMIN, 404),
    ("PUT", "/v1/regions/missing/admins/somebody", None, ADMIN, 404),
    ("DELETE", "/v1/regions/RegionOne/admins/nobody", None, ADMIN, 404),
    ("GET", "/v1/invites", None, ADMIN, 200),
    ("POST", "/v1/invites", {"invite": {"name": "v3"}}, ADMIN, 400),
    ("DELETE", "/v1/invites/missing", None, ADMIN, 404),
]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    made = InProcess(Path(tmp_path_factory.mktemp("cloud")), STACKLAB_SIGNUP_PROOF="off")
    yield made
    made.close()


@pytest.fixture(scope="module")
def tokens(cloud: InProcess) -> dict[str, str | None]:
    return {
        "anonymous": None,
        "admin": cloud.admin,
        "system": cloud.login("admin", PASSWORD, system=True),
        "member": cloud.newcomer("member@example.org"),
    }


@pytest.mark.parametrize("persona", sorted(ALL))
@pytest.mark.parametrize(("method", "path", "body", "allowed", "status"), TABLE, ids=[f"{r[0]} {r[1]}" for r in TABLE])
def test_status(
    cloud: InProcess,
    tokens: dict[str, str | None],
    persona: str,
    method: str,
    path: str,
    body: Any,
    allowed: frozenset[str],
    status: int,
) -> None:
    expected = status if persona in allowed else 401 if persona == "anonymous" else 403
    answer = cloud.call(method, f"/regions{path}", tokens[persona], body)
    assert answer.status == expected, answer.raw


def _fits(route: str, path: str) -> bool:
    ours, theirs = route.split("/"), path.split("/")
    return len(ours) == len(theirs) and all(a == b or a.startswith("{") for a, b in zip(ours, theirs, strict=True))


def test_every_route_has_a_row() -> None:
    missing = [r for r in ROUTES if not any(m == r.method and _fits(r.path, p) for m, p, *_ in TABLE)]
    assert missing == []
