"""The real keystonemiddleware in front of a small WSGI application, and a real `stacklab` behind it: the seam through
which services that are not ours (Swift, Glance, a Ceph gateway) take our tokens.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from stacklab.core import clock
from stacklab.identity import totp
from stacklab.identity.keys import signing_key
from stacklab.identity.tokens import Signer
from tests.support.client import Client
from tests.support.node import Node

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
PASSWORD = "correct horse battery"
TYPE = "messaging"
Ask = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    found = Node(tmp_path_factory.mktemp("node") / "state")
    try:
        yield found.start()
    finally:
        found.purge()


@pytest.fixture(scope="module")
def admin(node: Node) -> Client:
    """Also makes what the service needs: its entry in the catalogue, and a user who may validate tokens."""
    client = node.admin()
    service = client.post("/identity/v3/services", {"service": {"type": TYPE, "name": "swift"}})["service"]
    endpoint = {"service_id": service["id"], "interface": "public", "url": "http://swift.test/v1/$(project_id)s"}
    client.post("/identity/v3/endpoints", {"endpoint": endpoint})
    make_user(client, "swift", make_project(client, "service"), "service")
    return client


@pytest.fixture(scope="module")
def project(admin: Client) -> str:
    return make_project(admin, "lab")


@pytest.fixture
def user(admin: Client, project: str) -> Iterator[dict[str, str]]:
    made = make_user(admin, "ana", project, "member")
    yield made
    status, _, _ = admin.raw("DELETE", f"/identity/v3/users/{made['id']}")
    assert status == 204


def make_project(admin: Client, name: str) -> str:
    return str(
        admin.post("/identity/v3/projects", {"project": {"name": name, "domain_id": "default"}})["project"]["id"]
    )


def make_user(admin: Client, name: str, project: str, role: str) -> dict[str, str]:
    asked = {"name": name, "domain_id": "default", "password": PASSWORD}
    user = admin.post("/identity/v3/users", {"user": asked})["user"]
    (found,) = admin.get(f"/identity/v3/roles?name={role}")["roles"]
    admin.raw("PUT", f"/identity/v3/projects/{project}/users/{user['id']}/roles/{found['id']}")
    return {"id": user["id"], "name": name}


def login(node: Node, name: str, project: str) -> Client:
    return Client(node.host, node.port).login(name, PASSWORD, project)


@pytest.fixture(scope="module")
def ask(node: Node, admin: Client) -> Ask:
    """`ask(path, token, …)`: the status, and what the application was told about who asks."""
    from keystonemiddleware import auth_token
    from webob import Request  # type: ignore[import-untyped]

    def application(environ: dict[str, Any], start_response: Callable[..., None]) -> list[bytes]:
        told = {k: v for k, v in environ.items() if k.startswith(("HTTP_X_", "HTTP_IDENTITY")) and isinstance(v, str)}
        start_response("200 OK", [("content-type", "application/json")])
        return [json.dumps(told).encode()]

    settings = {
        "auth_type": "password",
        "auth_url": f"{node.url}/identity",
        "www_authenticate_uri": f"{node.url}/identity",
        "username": "swift",
        "password": PASSWORD,
        "project_name": "service",
        "user_domain_id": "default",
        "project_domain_id": "default",
        "service_type": TYPE,
        "service_token_roles": "service",
        "service_token_roles_required": "true",
        "token_cache_time": "-1",  # every request is validated anew
    }
    guarded = auth_token.AuthProtocol(application, settings)

    def call(path: str, token: str = "", method: str = "GET", along: str = "") -> tuple[int, dict[str, Any]]:
        headers = {"X-Auth-Token": token, "X-Service-Token": along}
        request = Request.blank(path, method=method, headers={k: v for k, v in headers.items() if v})
        answer = request.get_response(guarded)
        return answer.status_int, answer.json

    return call


def test_a_token_says_who_asks_and_for_what(node: Node, ask: Ask, user: dict[str, str], project: str) -> None:
    status, told = ask("/v1", login(node, "ana", "lab").token)
    assert status == 200
    assert told["HTTP_X_IDENTITY_STATUS"] == "Confirmed"
    assert (told["HTTP_X_USER_ID"], told["HTTP_X_USER_NAME"]) == (user["id"], "ana")
    assert (told["HTTP_X_PROJECT_ID"], told["HTTP_X_PROJECT_NAME"]) == (project, "lab")
    assert (told["HTTP_X_PROJECT_DOMAIN_NAME"], told["HTTP_X_USER_DOMAIN_ID"]) == ("Default", "default")
    assert set(told["HTTP_X_ROLES"].split(",")) == {"member", "reader"}
    urls = [
        e["publicURL"] for s in json.loads(told["HTTP_X_SERVICE_CATALOG"]) for e in s["endpoints"] if s["type"] == TYPE
    ]
    assert urls == [f"http://swift.test/v1/{project}"]


@pytest.mark.parametrize("token", ["", "nonsense", "eyJhbGciOiJFZERTQSJ9.W10.AAAA"])
def test_what_is_no_token(ask: Ask, token: str) -> None:
    assert ask("/v1", token)[0] == 401


@pytest.mark.usefixtures("user")
def test_a_revoked_token_is_refused_at_once(node: Node, ask: Ask) -> None:
    client = login(node, "ana", "lab")
    assert ask("/v1", client.token)[0] == 200
    assert client.raw("DELETE", "/identity/v3/auth/tokens", headers={"x-subject-token": client.token})[0] == 204
    assert ask("/v1", client.token)[0] == 401


def test_a_disabled_user_is_refused_at_once(node: Node, ask: Ask, admin: Client, user: dict[str, str]) -> None:
    token = login(node, "ana", "lab").token
    admin.raw("PATCH", f"/identity/v3/users/{user['id']}", {"user": {"enabled": False}})
    assert ask("/v1", token)[0] == 401


@pytest.mark.usefixtures("user")
def test_a_service_goes_on_with_a_token_that_ended(node: Node, ask: Ask) -> None:
    """Only beside a service's own token, and not for ever."""
    signer = Signer(signing_key(node.state / "keys"))
    claims, now = signer.read(login(node, "ana", "lab").token), clock.now()

    def ended(seconds: int) -> str:
        return signer.sign(replace(claims, expires_at=now - seconds * clock.SECOND))

    service = login(node, "swift", "service").token
    assert ask("/v1", ended(60))[0] == 401
    assert ask("/v1", ended(60), along=service)[0] == 200
    assert ask("/v1", ended(60), along=login(node, "ana", "lab").token)[0] == 401
    assert ask("/v1", ended(49 * 3600), along=service)[0] == 401


def test_access_rules_are_kept(node: Node, ask: Ask, user: dict[str, str]) -> None:
    rule = {"service": TYPE, "method": "GET", "path": "/v1/*/pictures/**"}
    asked = {"application_credential": {"name": "viewer", "access_rules": [rule]}}
    client = login(node, "ana", "lab")
    made = client.post(f"/identity/v3/users/{user['id']}/application_credentials", asked)["application_credential"]
    proof = {"id": made["id"], "secret": made["secret"]}
    identity = {"methods": ["application_credential"], "application_credential": proof}
    status, headers, _ = client.raw("POST", "/identity/v3/auth/tokens", {"auth": {"identity": identity}})
    assert status == 201
    token = headers["x-subject-token"]
    assert ask("/v1/AUTH_lab/pictures/cat.jpg", token)[0] == 200
    assert ask("/v1/AUTH_lab/pictures/2026/cat.jpg", token)[0] == 200
    assert ask("/v1/AUTH_lab/letters/1", token)[0] == 401
    assert ask("/v1/AUTH_lab/pictures/cat.jpg", token, "PUT")[0] == 401
    service = login(node, "swift", "service").token
    assert ask("/v1/AUTH_lab/letters/1", token, along=service)[0] == 200


def test_the_client_library_logs_in_with_two_factors(node: Node, admin: Client, user: dict[str, str]) -> None:
    from keystoneauth1.exceptions import MissingAuthMethods
    from keystoneauth1.identity import v3
    from keystoneauth1.session import Session

    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    admin.post("/identity/v3/credentials", {"credential": {"type": "totp", "blob": seed, "user_id": user["id"]}})
    rules = {"multi_factor_auth_enabled": True, "multi_factor_auth_rules": [["password", "totp"]]}
    assert admin.raw("PATCH", f"/identity/v3/users/{user['id']}", {"user": {"options": rules}})[0] == 200
    who: dict[str, Any] = {
        "username": "ana",
        "user_domain_id": "default",
        "project_name": "lab",
        "project_domain_id": "default",
    }
    first = v3.Password(f"{node.url}/identity/v3", password=PASSWORD, **who)
    with pytest.raises(MissingAuthMethods) as begun:
        Session().get_token(first)
    assert begun.value.methods == ["password"]
    assert [sorted(rule) for rule in begun.value.required_auth_methods] == [["password", "totp"]]
    code = totp.code(totp.seed(seed), clock.now() // totp.STEP)
    second = v3.TOTP(f"{node.url}/identity/v3", passcode=code, **who)
    second.add_method(v3.ReceiptMethod(receipt=str(begun.value.receipt)))
    access = second.get_access(Session())
    assert (access.user_id, access.project_name) == (user["id"], "lab")
