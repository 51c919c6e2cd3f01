"""Accounts in a whole cloud: suspended and resumed, deleted with everything they own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stacklab.core import clock
from stacklab.core.db.database import rows
from stacklab.core.errors import Forbidden
from stacklab.core.jobs import pending
from stacklab.http.context import Caller
from stacklab.signup.accounts import require_own
from tests.support.cloud import PASSWORD, InProcess
from tests.support.hypervisors import wait_for

ANA = "ana@example.org"
NOVA, NEUTRON = "/compute/v2.1", "/network/v2.0"


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[InProcess]:
    cheap = {"STACKLAB_IDENTITY_PASSWORD_TIME_COST": "1", "STACKLAB_IDENTITY_PASSWORD_MEMORY_KIB": "8"}
    made = InProcess(tmp_path, **cheap)
    yield made
    made.close()


@pytest.fixture
def ana(cloud: InProcess) -> str:
    return cloud.newcomer(ANA)


def user_of(cloud: InProcess, token: str) -> str:
    return str(cloud.ok(cloud.get("/signup/account", token))["account"]["id"])


def server(cloud: InProcess, token: str, name: str = "web") -> str:
    """The id of a server that is ACTIVE."""
    image = cloud.one("/image/v2/images", token, "images", "stacklab-guest")
    body = {"server": {"name": name, "imageRef": image, "flavorRef": "lab.nano", "networks": "auto"}}
    made = cloud.ok(cloud.post(f"{NOVA}/servers", token, body, headers={"openstack-api-version": "compute 2.96"}))
    server_id = str(made["server"]["id"])
    wait_for(lambda: status(cloud, token, server_id) == "ACTIVE", "a server")
    return server_id


def status(cloud: InProcess, token: str, server_id: str) -> str:
    return str(cloud.ok(cloud.get(f"{NOVA}/servers/{server_id}", token))["server"]["status"])


def suspend(cloud: InProcess, user: str, persona: str | None = None, **reason: str) -> int:
    return cloud.post(f"/signup/accounts/{user}/suspend", persona or cloud.admin, reason).status


def test_suspended_and_resumed(cloud: InProcess, ana: str) -> None:
    user, web = user_of(cloud, ana), server(cloud, ana)
    credential = {"application_credential": {"name": "cli", "secret": "a long secret of mine"}}
    made = cloud.ok(cloud.post(f"/identity/v3/users/{user}/application_credentials", ana, credential))
    assert suspend(cloud, user, reason="mined coins") == 202
    assert cloud.get(f"{NOVA}/servers", ana).status == 401
    assert login(cloud).status == 401
    by_credential = {
        "methods": ["application_credential"],
        "application_credential": {
            "id": made["application_credential"]["id"], "secret": "a long secret of mine",
        },
    }  # fmt: skip
    tokens = "/identity/v3/auth/tokens"
    assert cloud.post(tokens, body={"auth": {"identity": by_credential}}).status == 401
    wait_for(lambda: status(cloud, cloud.admin, web) == "SHUTOFF", "the server to stop")
    shown = cloud.ok(cloud.get(f"/signup/accounts/{user}", cloud.admin))["account"]
    assert (shown["enabled"], shown["suspended"]["reason"]) == (False, "mined coins")
    (listed,) = cloud.ok(cloud.get("/signup/suspensions", cloud.admin))["suspensions"]
    assert listed["user_id"] == user
    assert cloud.post(f"/signup/accounts/{user}/resume", cloud.admin, {}).status == 202
    assert login(cloud).status == 201
    assert status(cloud, cloud.admin, web) == "SHUTOFF"
    assert cloud.ok(cloud.get("/signup/suspensions", cloud.admin)) == {"suspensions": []}


def login(cloud: InProcess) -> Any:
    user = {"name": ANA, "domain": {"id": "default"}, "password": PASSWORD}
    identity = {"methods": ["password"], "password": {"user": user}}
    return cloud.post("/identity/v3/auth/tokens", body={"auth": {"identity": identity}})


def everything(cloud: InProcess, token: str) -> None:
    """One of each thing that an account can own."""
    server(cloud, token)
    network = cloud.one(f"{NEUTRON}/networks", token, "networks", "lab")
    cloud.ok(cloud.post(f"{NEUTRON}/ports", token, {"port": {"network_id": network}}))
    public = cloud.one(f"{NEUTRON}/networks", token, "networks", "public")
    cloud.ok(cloud.post(f"{NEUTRON}/floatingips", token, {"floatingip": {"floating_network_id": public}}))
    cloud.ok(cloud.post(f"{NEUTRON}/security-groups", token, {"security_group": {"name": "mine"}}))
    cloud.ok(cloud.post(f"{NOVA}/os-keypairs", token, {"keypair": {"name": "mine"}}))
    cloud.ok(cloud.post("/image/v2/images", token, {"name": "mine", "disk_format": "raw", "container_format": "bare"}))
    user = user_of(cloud, token)
    credential = {"type": "cert", "blob": "mine", "user_id": user}
    cloud.ok(cloud.post("/identity/v3/credentials", token, {"credential": credential}))
    body = {"application_credential": {"name": "mine"}}
    cloud.ok(cloud.post(f"/identity/v3/users/{user}/application_credentials", token, body))
    cloud.ok(cloud.post("/signup/totp", token))


def left(user: str, project: str) -> dict[str, list[Any]]:
    """Rows of any table that name the user or the project; deleted servers stay, for `changes-since`."""
    found = {}
    for (table,) in rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
        owned = [row for row in rows(f"SELECT * FROM {table}") if user in row or project in row]
        if owned and table not in ("identity_revocations", "actions"):
            found[table] = owned
    gone = rows("SELECT count(*) FROM servers WHERE deleted_at = 0")
    return {table: owned for table, owned in found.items() if table != "servers" or gone != [(0,)]}


def test_deleted_with_everything(cloud: InProcess, ana: str) -> None:
    account = cloud.ok(cloud.get("/signup/account", ana))["account"]
    everything(cloud, ana)
    assert cloud.post("/signup/account/delete", ana, {"password": "not the right one"}).status == 403
    assert cloud.post("/signup/account/delete", ana, {"password": PASSWORD}).status == 202
    assert cloud.get("/signup/account", ana).status == 401
    wait_for(lambda: pending() == 0, "the news and the deletion")
    remains = left(account["id"], account["project_id"])
    remains.pop("usages", None)  # what the project adds up to: nothing
    assert remains == {}
    assert cloud.cloud.hypervisor.facts() == {}
    assert login(cloud).status == 401


def test_a_fresh_log_in_is_as_good_as_the_password(cloud: InProcess, ana: str) -> None:
    late = clock.now() + 601 * clock.SECOND
    clock.use(lambda: late)
    try:
        assert cloud.post("/signup/account/delete", ana, {}).status == 403
    finally:
        clock.use(None)
    rescoped = {"methods": ["token"], "token": {"id": ana}}
    answer = cloud.post("/identity/v3/auth/tokens", body={"auth": {"identity": rescoped}})
    assert cloud.post("/signup/account/delete", answer.headers["x-subject-token"], {}).status == 403
    assert cloud.post("/signup/account/delete", ana, {}).status == 202


def test_deleted_by_an_administrator(cloud: InProcess, ana: str) -> None:
    path = f"/signup/accounts/{user_of(cloud, ana)}"
    assert cloud.call("DELETE", path, cloud.admin).status == 202
    assert cloud.call("DELETE", path, cloud.admin).status == 404
    assert cloud.get("/signup/account", ana).status == 401


def test_a_project_that_others_work_in_stays_and_runs(cloud: InProcess, ana: str) -> None:
    account, web = cloud.ok(cloud.get("/signup/account", ana))["account"], server(cloud, ana)
    bob = user_of(cloud, cloud.newcomer("bob@example.org"))
    member = cloud.one("/identity/v3/roles", cloud.admin, "roles", "member")
    shared = f"/identity/v3/projects/{account['project_id']}"
    assert cloud.call("PUT", f"{shared}/users/{bob}/roles/{member}", cloud.admin).status == 204
    assert suspend(cloud, account["id"]) == 202
    assert login(cloud).status == 401
    assert cloud.call("DELETE", f"/signup/accounts/{account['id']}", cloud.admin).status == 202
    wait_for(lambda: pending() == 0, "the news")
    assert cloud.ok(cloud.get(shared, cloud.admin))["project"]["enabled"] is True
    assert status(cloud, cloud.admin, web) == "ACTIVE"


def test_the_first_administrator_stays(cloud: InProcess) -> None:
    admin = user_of(cloud, cloud.admin)
    assert suspend(cloud, admin) == 409
    assert cloud.call("DELETE", f"/signup/accounts/{admin}", cloud.admin).status == 409
    assert cloud.post("/signup/account/delete", cloud.admin, {"password": PASSWORD}).status == 409


def test_only_administrators_manage_accounts(cloud: InProcess, ana: str) -> None:
    path = f"/signup/accounts/{user_of(cloud, ana)}"
    for persona, expected in ((ana, 403), (None, 401)):
        assert cloud.get(path, persona).status == expected
        assert cloud.get("/signup/suspensions", persona).status == expected
        assert cloud.call("DELETE", path, persona).status == expected
        for verb in ("suspend", "resume"):
            assert cloud.post(f"{path}/{verb}", persona, {}).status == expected
    assert suspend(cloud, "nobody") == 404


@pytest.mark.parametrize("methods", [("ec2credential",), ("oauth1",), ("application_credential",), ()])
def test_no_key_stands_for_its_user_here(methods: tuple[str, ...]) -> None:
    """The token of an EC2 key has nothing but its method to tell it by."""
    with pytest.raises(Forbidden):
        require_own(Caller("u", "u", "default", methods=methods))
    require_own(Caller("u", "u", "default", methods=("password", "token")))


def test_what_was_lent_manages_no_account(cloud: InProcess, ana: str) -> None:
    user = user_of(cloud, ana)
    body = {"application_credential": {"name": "cli", "unrestricted": True}}
    made = cloud.ok(cloud.post(f"/identity/v3/users/{user}/application_credentials", ana, body))
    lent = made["application_credential"]
    proof = {"methods": ["application_credential"], "application_credential": {k: lent[k] for k in ("id", "secret")}}
    token = cloud.post("/identity/v3/auth/tokens", body={"auth": {"identity": proof}}).headers["x-subject-token"]
    assert cloud.get("/signup/account", token).status == 403
    assert cloud.post("/signup/account/delete", token, {"password": PASSWORD}).status == 403
    assert cloud.post("/signup/totp", token).status == 403
