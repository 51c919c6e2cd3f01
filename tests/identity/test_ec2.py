"""EC2 keys: made and shown, and what a service gets for a request that was signed with one."""

import hashlib
import hmac
from base64 import b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from stacklab.core import clock
from stacklab.identity import application_credentials, grants, oauth1, signatures
from stacklab.identity.model_delegation import AccessToken
from stacklab.identity.schemas.delegation import Signed
from tests.support.api import Answer
from tests.support.identity_cloud import Cloud


def keys(cloud: Cloud, user: str = "member") -> str:
    return f"/v3/users/{cloud.ids[user]}/credentials/OS-EC2"


def made(cloud: Cloud, persona: str = "member") -> Any:
    answer = cloud.call("POST", keys(cloud, persona), persona, {"tenant_id": cloud.ids["project"]})
    assert answer.status == 201, answer.raw
    return answer.json["credential"]


def held_to(cloud: Cloud, access: str = "AKIA", **blob: str) -> dict[str, str]:
    """A key of the member's whose blob names what it acts under."""
    key = {"access": access, "secret": "s3cret"}
    credential = {
        "type": "ec2",
        "blob": msgspec.json.encode({**key, **blob}).decode(),
        "user_id": cloud.ids["member"],
        "project_id": cloud.ids["project"],
    }
    answer = cloud.call("POST", "/v3/credentials", "member", {"credential": credential})
    assert answer.status == 201, answer.raw
    return key


def signed(key: dict[str, str], at: int | None = None, **changed: Any) -> dict[str, Any]:
    """What a service sends of a GET that a client signed with version 4, computed as AWS describes it."""
    moment = clock.iso(at or clock.now()).replace("-", "").replace(":", "")
    scope = f"{moment[:8]}/RegionOne/ec2/aws4_request"
    nothing = hashlib.sha256(b"").hexdigest()
    params = {"Action": "DescribeInstances", "Filter.1.Name": "a b/c~é"}
    query = "&".join(f"{k}={quote(v, safe='~')}" for k, v in sorted(params.items()))
    canonical = f"GET\n/\n{query}\nhost:ec2.test\nx-amz-date:{moment}\n\nhost;x-amz-date\n{nothing}"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signing = ("AWS4" + key["secret"]).encode()
    for part in scope.split("/"):
        signing = hmac.new(signing, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(signing, text.encode(), hashlib.sha256).hexdigest()
    said = f"AWS4-HMAC-SHA256 Credential={key['access']}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}"
    return {
        "access": key["access"],
        "signature": signature,
        "host": "ec2.test",
        "verb": "GET",
        "path": "/",
        "params": params,
        "headers": {"Authorization": said, "Host": "ec2.test", "X-Amz-Date": moment},
        "body_hash": nothing,
        **changed,
    }


def signed_post(key: dict[str, str], at: int, **changed: Any) -> dict[str, Any]:
    """The same of a POST without a query; what changes later was not signed."""
    body = hashlib.sha256(b"Action=DescribeInstances").hexdigest()
    asked = {**signed(key, at), "verb": "POST", "params": {}, "body_hash": body}
    said = asked["headers"]["Authorization"].rpartition("=")[0]
    signature = signatures._v4(key["secret"], msgspec.convert(asked, Signed))
    headers = {**asked["headers"], "Authorization": f"{said}={signature}"}
    return {**asked, "signature": signature, "headers": headers, **changed}


def exchange(cloud: Cloud, credentials: Any, by: str | None = "admin", wrapper: str = "credentials") -> Answer:
    return cloud.call("POST", "/v3/ec2tokens", by, {wrapper: credentials})


def test_a_key_as_it_is_shown(cloud: Cloud) -> None:
    key = made(cloud)
    assert (key["user_id"], key["tenant_id"]) == (cloud.ids["member"], cloud.ids["project"])
    assert (len(key["access"]), len(key["secret"]), key["trust_id"]) == (32, 32, None)
    path = f"{keys(cloud)}/{key['access']}"
    assert key["links"]["self"].endswith(path)
    assert cloud.call("GET", path, "member").json["credential"] == key
    assert cloud.call("GET", keys(cloud), "member").json["credentials"] == [key]
    assert cloud.call("GET", path, "auditor").status == 200
    assert cloud.call("GET", path, "manager").status == 403
    stored = cloud.call("GET", f"/v3/credentials/{hashlib.sha256(key['access'].encode()).hexdigest()}", "member")
    assert msgspec.json.decode(stored.json["credential"]["blob"])["secret"] == key["secret"]


def test_who_makes_and_deletes_keys(cloud: Cloud) -> None:
    asked = {"tenant_id": cloud.ids["project"]}
    assert cloud.call("POST", keys(cloud, "reader"), "reader", asked).status == 403
    assert cloud.call("POST", keys(cloud, "member"), "manager", asked).status == 403
    assert cloud.call("POST", keys(cloud, "reader"), "admin", asked).status == 201
    assert cloud.call("POST", "/v3/users/missing/credentials/OS-EC2", "admin", asked).status == 404
    assert cloud.call("POST", keys(cloud), "member", {}).status == 404
    path = f"{keys(cloud)}/{made(cloud)['access']}"
    assert cloud.call("DELETE", path, "manager").status == 403
    assert cloud.call("DELETE", path, "member").status == 204
    assert cloud.call("GET", path, "member").status == 404


@pytest.mark.parametrize("wrapper", ["credentials", "credential", "ec2Credentials"])
def test_a_token_for_a_signed_request(cloud: Cloud, wrapper: str) -> None:
    answer = exchange(cloud, signed(made(cloud)), wrapper=wrapper)
    assert answer.status == 200, answer.raw
    shown = answer.json["token"]
    assert shown["methods"] == ["ec2credential"]
    assert (shown["user"]["id"], shown["project"]["id"]) == (cloud.ids["member"], cloud.ids["project"])
    assert {role["name"] for role in shown["roles"]} == {"member", "reader"}
    text = answer.headers["x-subject-token"]
    assert cloud.call("GET", "/v3/auth/tokens", "admin", x_subject_token=text).status == 200


def test_only_services_and_admins_exchange(cloud: Cloud) -> None:
    grants.add("user", cloud.ids["stranger"], "project", cloud.ids["elsewhere"], cloud.made.roles["service"])
    service = cloud.token("stranger", {"project": {"id": cloud.ids["elsewhere"]}})
    request = signed(made(cloud))
    assert exchange(cloud, request, None).status == 401
    assert exchange(cloud, request, "member").status == 403
    assert exchange(cloud, request, service).status == 200
    assert exchange(cloud, request, "system").status == 200


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"signature": "0" * 64}, 401),
        ({"signature": None}, 401),
        ({"verb": "POST"}, 401),
        ({"params": {"SignatureVersion": "9"}}, 401),
        ({"access": "missing"}, 404),
    ],
)
def test_what_is_not_signed_so(shared_cloud: Cloud, changed: dict[str, Any], status: int) -> None:
    assert exchange(shared_cloud, signed(made(shared_cloud), **changed)).status == status


@pytest.mark.parametrize(("body", "status"), [({}, 400), ({"credentials": {}}, 401), ({"credentials": 1}, 401)])
def test_what_is_no_request(shared_cloud: Cloud, body: Any, status: int) -> None:
    for path in ("/v3/ec2tokens", "/v3/s3tokens"):
        assert shared_cloud.call("POST", path, "admin", body).status == status


def test_an_old_signature_is_good_for_a_while(cloud: Cloud) -> None:
    key, quarter = made(cloud), 900 * clock.SECOND
    assert exchange(cloud, signed(key, clock.now() - quarter + 60 * clock.SECOND)).status == 200
    assert exchange(cloud, signed(key, clock.now() - quarter - 60 * clock.SECOND)).status == 401


@pytest.mark.parametrize(("moment", "status"), [("2026-02-30T00:00:00Z", 401), ("2001-01-01T00:00:00Z", 401)])
def test_version_2_says_when_too(cloud: Cloud, moment: str, status: int) -> None:
    key = made(cloud)
    for at, expected in ((moment, status), (clock.iso(clock.now()), 200)):
        params = {"SignatureVersion": "2", "SignatureMethod": "HmacSHA256", "Timestamp": at}
        query = "&".join(f"{k}={quote(v, safe='~')}" for k, v in sorted(params.items()))
        digest = hmac.new(key["secret"].encode(), f"GET\nec2.test\n/\n{query}".encode(), "sha256").digest()
        request = {"access": key["access"], "signature": b64encode(digest).decode(), "params": params}
        assert exchange(cloud, {**request, "host": "ec2.test", "verb": "GET", "path": "/"}).status == expected


def test_an_old_signature_is_not_renewed_beside_it(cloud: Cloud) -> None:
    """Version 4 does not sign the query of a POST: what it says of the time is anybody's."""
    old, fresh = clock.now() - 3600 * clock.SECOND, {"Timestamp": clock.iso(clock.now()), "SignatureVersion": "4"}
    assert exchange(cloud, signed_post(made(cloud), old, params=fresh)).status == 401
    assert exchange(cloud, signed_post(made(cloud), clock.now(), params=fresh)).status == 200


def test_s3_is_told_and_gets_no_token(cloud: Cloud) -> None:
    key, text = made(cloud), b"GET\n\n\n\n/bucket"
    signature = b64encode(hmac.new(key["secret"].encode(), text, "sha1").digest()).decode()
    request = {"access": key["access"], "token": urlsafe_b64encode(text).decode(), "signature": signature}
    answer = cloud.call("POST", "/v3/s3tokens", "admin", {"credentials": request})
    assert (answer.status, answer.json["token"]["user"]["id"]) == (200, cloud.ids["member"])
    assert "x-subject-token" not in answer.headers
    wrong = {"credentials": {**request, "signature": "wrong"}}
    assert cloud.call("POST", "/v3/s3tokens", "admin", wrong).status == 401
    assert cloud.call("POST", "/v3/s3tokens", "member", {"credentials": request}).status == 403
    assert cloud.call("POST", "/v3/s3tokens", None, {"credentials": request}).status == 401


def test_its_token_is_not_for_identity(cloud: Cloud) -> None:
    text = exchange(cloud, signed(made(cloud))).headers["x-subject-token"]
    for method, path in (("GET", "/v3/credentials"), ("GET", "/v3/auth/projects"), ("GET", "/v3/OS-TRUST/trusts")):
        assert cloud.call(method, path, text).status == 403
    auth = {"auth": {"identity": {"methods": ["token"], "token": {"id": text}}}}
    assert cloud.call("POST", "/v3/auth/tokens", body=auth).status == 403


@pytest.mark.parametrize(("kind", "what"), [("user", "member"), ("project", "project")])
def test_what_is_disabled_has_no_keys(cloud: Cloud, kind: str, what: str) -> None:
    key = made(cloud)
    path = f"/v3/{kind}s/{cloud.ids[what]}"
    assert cloud.call("PATCH", path, "admin", {kind: {"enabled": False}}).status == 200
    assert exchange(cloud, signed(key)).status == 401


def test_who_lost_the_project_has_no_use_for_the_key(cloud: Cloud) -> None:
    key = made(cloud)
    path = f"/v3/projects/{cloud.ids['project']}/users/{cloud.ids['member']}/roles/{cloud.made.roles['member']}"
    assert cloud.call("DELETE", path, "admin").status == 204
    assert exchange(cloud, signed(key)).status == 401


def _trust(cloud: Cloud, trustor: str = "manager", **fields: Any) -> str:
    trust = {
        "trustor_user_id": cloud.ids[trustor],
        "trustee_user_id": cloud.ids["member"],
        "project_id": cloud.ids["project"],
        "impersonation": True,
        "roles": [{"name": "reader"}],
        **fields,
    }
    answer = cloud.call("POST", "/v3/OS-TRUST/trusts", trustor, {"trust": trust})
    assert answer.status == 201, answer.raw
    return str(answer.json["trust"]["id"])


@pytest.mark.parametrize(("impersonation", "who"), [(True, "manager"), (False, "member")])
def test_a_key_held_to_a_trust(cloud: Cloud, impersonation: bool, who: str) -> None:
    trust_id = _trust(cloud, impersonation=impersonation, remaining_uses=1)
    key = held_to(cloud, trust_id=trust_id)
    shown = exchange(cloud, signed(key)).json["token"]
    assert (shown["OS-TRUST:trust"]["id"], shown["user"]["id"]) == (trust_id, cloud.ids[who])
    assert [role["name"] for role in shown["roles"]] == ["reader"]
    assert exchange(cloud, signed(key)).status == 404  # used up


def test_nobody_becomes_the_trustee_of_the_trust_they_gave(cloud: Cloud) -> None:
    """Without impersonation its tokens are the trustee's own: only the trustee may have them."""
    trust_id = _trust(cloud, "member", trustee_user_id=cloud.ids["manager"], impersonation=False)
    assert exchange(cloud, signed(held_to(cloud, trust_id=trust_id))).status == 401


def test_naming_a_trust_of_others_gives_nothing(cloud: Cloud) -> None:
    key = held_to(cloud, trust_id=_trust(cloud, trustee_user_id=cloud.ids["stranger"]))
    assert exchange(cloud, signed(key)).status == 401


def test_a_key_held_to_an_application_credential(cloud: Cloud) -> None:
    asked = {"application_credential": {"name": "robot", "roles": [{"name": "reader"}]}}
    path = f"/v3/users/{cloud.ids['member']}/application_credentials"
    robot = cloud.call("POST", path, "member", asked).json["application_credential"]
    key = held_to(cloud, app_cred_id=robot["id"])
    shown = exchange(cloud, signed(key)).json["token"]
    assert shown["application_credential"]["id"] == robot["id"]
    assert [role["name"] for role in shown["roles"]] == ["reader"]
    found = application_credentials.find(cloud.ids["member"], robot["id"])
    assert found
    application_credentials.delete(cloud.identity, found)
    assert exchange(cloud, signed(key)).status == 404


def test_naming_an_application_credential_of_others_gives_nothing(cloud: Cloud) -> None:
    path = f"/v3/users/{cloud.ids['manager']}/application_credentials"
    robot = cloud.call("POST", path, "manager", {"application_credential": {"name": "robot"}})
    key = held_to(cloud, app_cred_id=robot.json["application_credential"]["id"])
    assert exchange(cloud, signed(key)).status == 401


@pytest.mark.parametrize(("owner", "status"), [("member", 200), ("manager", 401)])
def test_a_key_held_to_an_access_token(cloud: Cloud, owner: str, status: int) -> None:
    consumer, _ = oauth1.create_consumer(cloud.identity, None, {})
    AccessToken.create(
        id="0" * 32,
        consumer_id=consumer.id,
        secret="",
        user_id=cloud.ids[owner],
        project_id=cloud.ids["project"],
        role_ids=[cloud.made.roles["reader"]],
        expires_at=clock.now() + 60 * clock.SECOND,
    )
    answer = exchange(cloud, signed(held_to(cloud, access_token_id="0" * 32)))
    assert answer.status == status
    if status == 200:
        shown = answer.json["token"]
        assert shown["OS-OAUTH1"] == {"access_token_id": "0" * 32, "consumer_id": consumer.id}
        assert [role["name"] for role in shown["roles"]] == ["reader"]


def test_a_credential_of_another_type_signs_nothing(cloud: Cloud) -> None:
    key = made(cloud)
    assert cloud.call("GET", f"{keys(cloud)}/{key['access']}", "member").status == 200
    credential = {"type": "cert", "blob": '{"access": "A", "secret": "s"}', "user_id": cloud.ids["member"]}
    assert cloud.call("POST", "/v3/credentials", "member", {"credential": credential}).status == 201
    assert exchange(cloud, signed({"access": "A", "secret": "s"})).status == 404
