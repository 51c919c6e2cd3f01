"""Every route of /signup and who may call it: a route without a row fails."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stacklab.http.audience import region
from stacklab.signup.api import leases as leases_api
from tests.support.cloud import PASSWORD, InProcess

NOBODY = "0123456789abcdef0123456789abcdef"
PERSONAS = ("anonymous", "newcomer", "bound", "admin")
"""`bound`: an administrator's token for the region RegionOne, where it can be shown to whoever runs that region."""

# method, path, body → the statuses the four personas meet. 400, 403 and 404 are met beyond the door.
TABLE: dict[tuple[str, str], tuple[Any, tuple[int, int, int, int]]] = {
    ("GET", "/"): (None, (200, 200, 200, 200)),
    ("GET", "/challenge"): (None, (200, 200, 200, 200)),
    ("POST", "/"): ({"email": "x"}, (400, 400, 400, 400)),
    ("POST", "/resend"): ({"email": "x@y.org"}, (403, 403, 403, 403)),
    ("POST", "/link"): ({"token": "x"}, (404, 404, 404, 404)),
    ("POST", "/verify"): ({"token": "x", "password": PASSWORD}, (404, 404, 404, 404)),
    ("POST", "/reset"): ({"email": "x@y.org"}, (403, 403, 403, 403)),
    ("POST", "/password"): ({"token": "x", "password": PASSWORD}, (404, 404, 404, 404)),
    ("POST", "/totp/recover"): ({"email": "x@y.org", "password": "x", "code": "x"}, (401, 401, 401, 401)),
    ("GET", "/account"): (None, (401, 200, 401, 200)),
    ("POST", "/account/delete"): ({"password": "wrong"}, (401, 403, 401, 403)),
    ("POST", "/totp"): (None, (401, 201, 401, 201)),
    ("POST", "/totp/confirm"): ({"code": "x"}, (401, 400, 401, 400)),
    ("POST", "/totp/codes"): ({"code": "x"}, (401, 404, 401, 404)),
    ("POST", "/totp/disable"): ({"code": "x"}, (401, 404, 401, 404)),
    ("GET", "/suspensions"): (None, (401, 403, 401, 200)),
    ("GET", "/accounts/{user_id}"): (None, (401, 403, 401, 404)),
    ("DELETE", "/accounts/{user_id}"): (None, (401, 403, 401, 404)),
    ("POST", "/accounts/{user_id}/suspend"): ({}, (401, 403, 401, 404)),
    ("POST", "/accounts/{user_id}/resume"): ({}, (401, 403, 401, 404)),
    ("GET", "/leases"): (None, (401, 200, 200, 200)),
    ("GET", "/leases/{server_id}"): (None, (401, 404, 404, 404)),
    ("POST", "/leases/{server_id}/extend"): (None, (401, 404, 404, 404)),
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    cheap = {"STACKLAB_IDENTITY_PASSWORD_TIME_COST": "1", "STACKLAB_IDENTITY_PASSWORD_MEMORY_KIB": "8"}
    made = InProcess(tmp_path_factory.mktemp("table"), **cheap)
    yield made
    made.close()


@pytest.fixture(scope="module")
def tokens(cloud: InProcess) -> dict[str, str | None]:
    user = {"name": "admin", "domain": {"id": "default"}, "password": PASSWORD}
    scope = {"project": {"name": "admin", "domain": {"id": "default"}}}
    auth = {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}
    bound = cloud.post("/identity/RegionOne/v3/auth/tokens", body={"auth": auth})
    assert bound.status == 201, bound.raw
    newcomer = cloud.newcomer("ana@example.org")
    return dict(
        zip(PERSONAS, (None, newcomer, bound.headers["x-subject-token"], cloud.admin), strict=True)
    )  # fmt: skip


def test_every_route_has_a_row(cloud: InProcess) -> None:
    assert {(route.method, route.path) for route in cloud.app.mounts["signup"].table.routes} == TABLE.keys()


@pytest.mark.parametrize("row", TABLE, ids=[f"{method} {path}" for method, path in TABLE])
def test_who_may(cloud: InProcess, tokens: dict[str, str | None], row: tuple[str, str]) -> None:
    body, expected = TABLE[row]
    path = row[1].replace("{user_id}", NOBODY).replace("{server_id}", NOBODY)
    met = [cloud.call(row[0], f"/signup{path}", tokens[persona], body).status for persona in PERSONAS]
    assert met == list(expected)


def test_a_region_node_serves_leases_alone(cloud: InProcess, tmp_path: Path) -> None:
    mount = leases_api.mount(cloud.cloud.leases)
    mount.admit = region("RegionOne")
    paths = {route.path for route in mount.table.routes}
    assert paths == {path for _, path in TABLE if path.startswith("/leases")}
