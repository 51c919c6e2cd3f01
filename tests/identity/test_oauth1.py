"""OAuth1, from a consumer that asks for a project to the token it works with; signed here by hand, as RFC 5849 says."""

import hmac
import secrets
import time
from base64 import b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest

from stacklab.core import clock
from stacklab.core.db.database import rows
from tests.support.api import Answer
from tests.support.identity_cloud import Cloud

BASE = "/v3/OS-OAUTH1"
AUTH = {"auth": {"identity": {"methods": ["oauth1"], "oauth1": {}}}}


@dataclass
class Client:
    """A consumer, and what it holds of a token at the moment."""

    cloud: Cloud
    key: str
    secret: str
    token: str = ""
    token_secret: str = ""

    def header(self, path: str, **fields: str) -> str:
        """An Authorization header for a POST, signed with HMAC-SHA1 (RFC 5849, 3.4)."""
        said = {
            "oauth_consumer_key": self.key,
            "oauth_nonce": secrets.token_hex(8),
            "oauth_signature_method": "HMAC-SHA1",
            "oauth_timestamp": str(int(time.time())),
            "oauth_version": "1.0",
            **({"oauth_token": self.token} if self.token else {}),
            **fields,
        }
        said = {k: v for k, v in said.items() if v}
        query = path.partition("?")[2]
        pairs = sorted((quote(k, "~"), quote(v, "~")) for k, v in [*said.items(), *parse_qsl(query)])
        url = "http://cloud.test/identity" + path.partition("?")[0]
        text = "&".join(["POST", quote(url, "~"), quote("&".join(f"{k}={v}" for k, v in pairs), "~")])
        key = f"{quote(self.secret, '~')}&{quote(self.token_secret, '~')}"
        signature = b64encode(hmac.new(key.encode(), text.encode(), "sha1").digest()).decode()
        said["oauth_signature"] = signature
        return "OAuth " + ", ".join(f'{k}="{quote(v, "~")}"' for k, v in said.items())

    def post(self, path: str, body: Any = None, header: str = "", project: str = "", **fields: str) -> Answer:
        headers = {"requested_project_id": project} if project else {}
        return self.cloud.call("POST", path, None, body, authorization=header or self.header(path, **fields), **headers)

    def ask(self, **fields: str) -> Answer:
        """For a request token in the cloud's project."""
        project = fields.pop("project", self.cloud.ids["project"])
        return self.post(f"{BASE}/request_token", project=project, oauth_callback="oob", **fields)

    def hold(self, answer: Answer) -> dict[str, str]:
        assert answer.status == 201, answer.raw
        assert answer.headers["content-type"] == "application/x-www-form-urlencoded"
        given = dict(parse_qsl(answer.raw.decode()))
        self.token, self.token_secret = given["oauth_token"], given["oauth_token_secret"]
        return given

    def enter(self, **fields: str) -> Answer:
        return self.post("/v3/auth/tokens", AUTH, **fields)


@pytest.fixture
def client(cloud: Cloud) -> Client:
    consumer = cloud.call("POST", f"{BASE}/consumers", "admin", {"consumer": {"description": "a robot"}})
    assert consumer.status == 201
    admin = cloud.made.admin_user_id
    path = f"/v3/projects/{cloud.ids['project']}/users/{admin}/roles/{cloud.made.roles['admin']}"
    assert cloud.call("PUT", path, "admin").status == 204
    cloud.tokens["admin"] = cloud.token("admin", {"project": {"id": cloud.made.admin_project_id}})
    return Client(cloud, consumer.json["consumer"]["id"], consumer.json["consumer"]["secret"])


def authorize(client: Client, persona: str = "admin", roles: Any = ({"name": "member"},)) -> Answer:
    return client.cloud.call("PUT", f"{BASE}/authorize/{client.token}", persona, {"roles": list(roles)})


@pytest.fixture
def verifier(client: Client) -> str:
    """The client holds a request token that the admin has authorized."""
    client.hold(client.ask())
    answer = authorize(client)
    assert answer.status == 200, answer.raw
    return str(answer.json["token"]["oauth_verifier"])


@pytest.fixture
def lent(client: Client, verifier: str) -> Client:
    """The client holds an access token."""
    client.hold(client.post(f"{BASE}/access_token", oauth_verifier=verifier))
    return client


def alive(cloud: Cloud, text: str) -> bool:
    return cloud.call("GET", "/v3/auth/projects", text).status == 200


def test_consumers(cloud: Cloud) -> None:
    path = f"{BASE}/consumers"
    made = cloud.call("POST", path, "admin", {"consumer": {"description": "one", "note": 1}}).json["consumer"]
    assert len(made.pop("secret")) == 32
    assert (made["description"], made["note"]) == ("one", 1)
    one = f"{path}/{made['id']}"
    assert made["links"]["self"].endswith(one)
    assert cloud.call("GET", one, "auditor").json["consumer"] == made
    assert cloud.call("GET", path, "admin").json["consumers"] == [made]
    changed = cloud.call("PATCH", one, "admin", {"consumer": {"description": None, "more": 2}}).json["consumer"]
    assert changed == {**made, "description": None, "more": 2}
    for wrong in ({}, {"secret": "mine"}, {"id": "other"}, {"description": 1}):
        assert cloud.call("PATCH", one, "admin", {"consumer": wrong}).status == 400
    assert cloud.call("PATCH", one, "admin", {}).status == 400
    assert cloud.call("DELETE", one, "admin").status == 204
    assert cloud.call("DELETE", one, "admin").status == 404
    assert cloud.call("POST", path, "admin", {}).json["consumer"]["description"] is None


def test_no_secret_is_kept_readable(lent: Client) -> None:
    kept = (lent.cloud.state / "test.db").read_bytes() + (lent.cloud.state / "test.db-wal").read_bytes()
    assert lent.token.encode() in kept
    assert lent.token_secret.encode() not in kept
    assert lent.secret.encode() not in kept


def test_the_whole_way(client: Client) -> None:
    asked = client.hold(client.ask())
    assert clock.parse(asked["oauth_expires_at"]) > clock.now() + 28_000 * clock.SECOND
    verifier = authorize(client).json["token"]["oauth_verifier"]
    assert len(verifier) == 8
    given = client.hold(client.post(f"{BASE}/access_token", oauth_verifier=verifier))
    assert clock.parse(given["oauth_expires_at"]) > clock.now() + 86_000 * clock.SECOND
    answer = client.enter()
    assert answer.status == 201, answer.raw
    shown = answer.json["token"]
    assert shown["methods"] == ["oauth1"]
    assert shown["OS-OAUTH1"] == {"consumer_id": client.key, "access_token_id": client.token}
    assert (shown["user"]["name"], shown["project"]["id"]) == ("admin", client.cloud.ids["project"])
    assert {role["name"] for role in shown["roles"]} == {"member", "reader"}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"project": "missing"}, 404),
        ({"project": ""}, 400),
        ({"oauth_consumer_key": "0" * 32}, 404),
        ({"oauth_consumer_key": ""}, 400),
        ({"oauth_callback": ""}, 400),
        ({"oauth_nonce": "not hexadecimal"}, 400),
        ({"oauth_timestamp": "1000000000"}, 400),
        ({"oauth_signature_method": "HMAC-MD5"}, 400),
        ({"oauth_signature_method": "RSA-SHA1"}, 400),
        ({"oauth_version": "2.0"}, 400),
    ],
)
def test_what_is_not_asked_so(client: Client, fields: dict[str, str], status: int) -> None:
    project = fields.pop("project", client.cloud.ids["project"])
    answer = client.post(f"{BASE}/request_token", project=project, **{"oauth_callback": "oob", **fields})
    assert answer.status == status, answer.raw


def test_who_has_not_the_secret(client: Client) -> None:
    client.secret = "0" * 32
    assert client.ask().status == 401
    client.cloud.call("POST", f"{BASE}/request_token")
    assert client.cloud.call("POST", f"{BASE}/request_token").status == 400
    assert client.cloud.call("POST", "/v3/auth/tokens", body=AUTH).status == 400
    assert client.cloud.call("POST", "/v3/auth/tokens", body=AUTH, authorization="Basic x").status == 400


def test_the_query_is_signed(client: Client) -> None:
    project, path = client.cloud.ids["project"], f"{BASE}/request_token?a=b%20c"
    assert client.post(path, project=project, oauth_callback="oob").status == 201
    header = client.header(path, oauth_callback="oob")
    assert client.post(f"{BASE}/request_token?a=other", header=header, project=project).status == 401


def test_a_request_is_let_in_once(lent: Client) -> None:
    path, project = f"{BASE}/request_token", lent.cloud.ids["project"]
    again = lent.header("/v3/auth/tokens")
    assert [lent.post("/v3/auth/tokens", AUTH, again).status for _ in range(2)] == [201, 401]
    lent.token = lent.token_secret = ""
    header = lent.header(path, oauth_callback="oob")
    assert [lent.post(path, header=header, project=project).status for _ in range(2)] == [201, 401]


def test_only_who_knows_the_secret_uses_a_nonce_up(client: Client) -> None:
    nonce, stamp = "abcdef", str(int(time.time()))
    thief = Client(client.cloud, client.key, "0" * 32)
    assert thief.ask(oauth_nonce=nonce, oauth_timestamp=stamp).status == 401
    assert client.ask(oauth_nonce=nonce, oauth_timestamp=stamp).status == 201


@pytest.mark.parametrize(
    ("roles", "status"),
    [
        ([{"name": "missing"}], 404),
        ([{"id": "missing"}], 401),
        ([{"name": "service"}], 401),
        ([{"id": "a", "name": "b"}], 400),
        ("member", 400),
        ([{"name": "reader"}], 200),
    ],
)
def test_what_can_be_lent(client: Client, roles: Any, status: int) -> None:
    client.hold(client.ask())
    answer = client.cloud.call("PUT", f"{BASE}/authorize/{client.token}", "admin", {"roles": roles})
    assert answer.status == status, answer.raw


def test_who_authorizes(client: Client) -> None:
    """Keystone's default rule: an administrator, with a token of a project."""
    client.hold(client.ask())
    assert [authorize(client, p).status for p in ("member", "manager", "system", "admin")] == [403, 403, 403, 200]


def test_a_request_token_that_nobody_authorized(client: Client) -> None:
    client.hold(client.ask())
    assert client.post(f"{BASE}/access_token", oauth_verifier="abcdefgh").status == 401


@pytest.mark.parametrize(("wrong", "status"), [("abcdefgh", 401), ("short", 400), ("", 400)])
def test_a_wrong_verifier(client: Client, verifier: str, wrong: str, status: int) -> None:
    assert verifier != wrong
    assert client.post(f"{BASE}/access_token", oauth_verifier=wrong).status == status


def test_a_request_token_is_used_once(client: Client, verifier: str) -> None:
    first = client.post(f"{BASE}/access_token", oauth_verifier=verifier)
    assert first.status == 201
    assert client.post(f"{BASE}/access_token", oauth_verifier=verifier).status == 404


def test_a_request_token_is_its_consumers(client: Client, verifier: str) -> None:
    made = client.cloud.call("POST", f"{BASE}/consumers", "admin", {"consumer": {}}).json["consumer"]
    other = Client(client.cloud, made["id"], made["secret"], client.token, client.token_secret)
    assert other.post(f"{BASE}/access_token", oauth_verifier=verifier).status == 401


def test_tokens_are_over_after_a_time(client: Client, verifier: str) -> None:
    now = clock.now()
    late = now + 28_801 * clock.SECOND
    clock.use(lambda: late)
    try:
        assert client.post(f"{BASE}/access_token", oauth_verifier=verifier).status == 401
        clock.use(lambda: now)
        client.hold(client.post(f"{BASE}/access_token", oauth_verifier=verifier))
        clock.use(lambda: now + 86_400 * clock.SECOND - 60 * clock.SECOND)
        answer = client.enter()
        assert clock.parse(answer.json["token"]["expires_at"]) == now + 86_400 * clock.SECOND
        clock.use(lambda: now + 86_401 * clock.SECOND)
        assert client.enter().status == 401
    finally:
        clock.use(None)


def test_an_access_token_is_its_consumers(lent: Client) -> None:
    made = lent.cloud.call("POST", f"{BASE}/consumers", "admin", {"consumer": {}}).json["consumer"]
    other = Client(lent.cloud, made["id"], made["secret"], lent.token, lent.token_secret)
    assert other.enter().status == 401
    lent.token_secret = "0" * 32
    assert lent.enter().status == 401
    lent.token = "0" * 32
    assert lent.enter().status == 404


def test_what_a_user_has_lent(lent: Client) -> None:
    cloud = lent.cloud
    path = f"/v3/users/{cloud.made.admin_user_id}/OS-OAUTH1/access_tokens"
    one, elsewhere = f"{path}/{lent.token}", f"/v3/users/{cloud.ids['member']}/OS-OAUTH1/access_tokens/{lent.token}"
    shown = cloud.call("GET", one, "admin").json["access_token"]
    expected = (lent.key, cloud.made.admin_user_id, cloud.ids["project"])
    assert (shown["consumer_id"], shown["authorizing_user_id"], shown["project_id"]) == expected
    assert shown["links"]["roles"].endswith(f"{one}/roles")
    assert "secret" not in str(shown)
    assert cloud.call("GET", path, "admin").json["access_tokens"] == [shown]
    assert cloud.call("GET", elsewhere, "admin").status == 404
    roles = cloud.call("GET", f"{one}/roles", "admin").json["roles"]
    assert [role["id"] for role in roles] == [cloud.made.roles["member"]]
    assert cloud.call("GET", f"{one}/roles/{roles[0]['id']}", "admin").json["role"] == roles[0]
    assert cloud.call("GET", f"{one}/roles/{cloud.made.roles['admin']}", "admin").status == 404
    assert cloud.call("DELETE", elsewhere, "admin").status == 401
    text = lent.enter().headers["x-subject-token"]
    assert cloud.call("DELETE", one, "admin").status == 204
    assert not alive(cloud, text)
    assert lent.enter().status == 404


@pytest.mark.parametrize("what", ["OS-OAUTH1/consumers/{consumer}", "projects/{project}", "users/{lender}"])
def test_it_goes_with_what_it_rests_on(lent: Client, what: str) -> None:
    cloud, text = lent.cloud, lent.enter().headers["x-subject-token"]
    ids = {**cloud.ids, "consumer": lent.key, "lender": cloud.made.admin_user_id}
    assert cloud.call("DELETE", f"/v3/{what.format(**ids)}", "admin").status == 204
    assert rows("SELECT id FROM identity_access_tokens") == []
    assert not alive(cloud, text)


def test_it_lends_what_its_user_still_has(lent: Client) -> None:
    cloud, text = lent.cloud, lent.enter().headers["x-subject-token"]
    path = f"/v3/projects/{cloud.ids['project']}/users/{cloud.made.admin_user_id}/roles/"
    cloud.call("PUT", path + cloud.made.roles["reader"], "admin")
    assert cloud.call("DELETE", path + cloud.made.roles["admin"], "admin").status == 204
    assert not alive(cloud, text)
    assert [role["name"] for role in lent.enter().json["token"]["roles"]] == ["reader"]


def test_its_token_makes_nothing_that_outlives_it(lent: Client) -> None:
    cloud, text, admin = lent.cloud, lent.enter().headers["x-subject-token"], lent.cloud.made.admin_user_id
    trust = {"trustor_user_id": admin, "trustee_user_id": cloud.ids["member"], "impersonation": True}
    credential = {"type": "cert", "blob": "x", "user_id": admin}
    for method, path, body in (
        ("POST", "/v3/OS-TRUST/trusts", {"trust": trust}),
        ("POST", "/v3/credentials", {"credential": credential}),
        ("POST", f"/v3/users/{admin}/credentials/OS-EC2", {"tenant_id": cloud.ids["project"]}),
        ("POST", f"/v3/users/{admin}/application_credentials", {"application_credential": {"name": "x"}}),
        ("POST", "/v3/auth/tokens", {"auth": {"identity": {"methods": ["token"], "token": {"id": text}}}}),
    ):
        answer = cloud.call(method, path, text, body)
        assert answer.status == 403, (path, answer.raw)
