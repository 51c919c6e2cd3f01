"""Trusts, EC2 keys and OAuth1 by unmodified clients: the `openstack` command and keystoneauth, against a real node."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3
from keystoneauth1.identity.base import BaseIdentityPlugin
from oauthlib.oauth1 import Client as Signer

from stacklab.core import clock
from tests.support.client import Client
from tests.support.node import Node

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    found = Node(tmp_path_factory.mktemp("node") / "state")
    try:
        yield found.start()
    finally:
        found.purge()


@pytest.fixture(scope="module")
def admin(node: Node) -> Client:
    return node.admin()


@pytest.fixture(scope="module")
def trustee(admin: Client) -> str:
    asked = {"name": "trustee", "domain_id": "default", "password": PASSWORD}
    return str(admin.post("/identity/v3/users", {"user": asked})["user"]["id"])


def openstack(node: Node, *words: str, **environ: str) -> Any:
    """Run the `openstack` command of this environment as the admin; its JSON answer."""
    program = shutil.which("openstack", path=str(os.path.dirname(sys.executable))) or "openstack"
    command = [program, "--os-cloud", "stacklab-admin", *words]
    known = {**os.environ, "OS_CLIENT_CONFIG_FILE": str(node.state / "clouds.yaml"), **environ}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=known)
    assert done.returncode == 0, f"openstack {' '.join(words)}: {done.stderr}"
    return json.loads(done.stdout) if done.stdout.strip() else None


def url(node: Node) -> str:
    return f"http://{node.host}:{node.port}/identity/v3"


def by_trust(node: Node, trust_id: str) -> session.Session:
    plugin = v3.Password(
        auth_url=url(node), username="trustee", password=PASSWORD, user_domain_id="default", trust_id=trust_id
    )
    return session.Session(auth=plugin)


def test_a_trust_by_the_command_and_its_token_by_keystoneauth(node: Node, admin: Client, trustee: str) -> None:
    trust = openstack(
        node, "trust", "create", "--project", "admin", "--role", "member", "--impersonate", "admin", trustee,
        "-f", "json",
    )  # fmt: skip
    assert (trust["is_impersonation"], trust["trustee_user_id"]) == (True, trustee), trust
    assert trust["id"] in [listed["ID"] for listed in openstack(node, "trust", "list", "-f", "json")]
    entered = by_trust(node, trust["id"])
    assert entered.get_user_id() == trust["trustor_user_id"]
    assert entered.get_project_id() == trust["project_id"]
    assert isinstance(entered.auth, BaseIdentityPlugin)
    access = entered.auth.get_access(entered)
    assert (access.trust_scoped, access.trust_id) == (True, trust["id"])
    assert entered.get(f"{url(node)}/auth/projects").status_code == 200
    openstack(node, "trust", "delete", trust["id"])
    with pytest.raises(exceptions.Unauthorized):
        by_trust(node, trust["id"]).get_token()
    with pytest.raises(exceptions.Unauthorized):
        entered.get(f"{url(node)}/auth/projects", headers={"X-Auth-Token": access.auth_token}, authenticated=False)


def test_an_ec2_key_by_the_command(node: Node, admin: Client) -> None:
    key = openstack(node, "ec2", "credentials", "create", "-f", "json")
    listed = openstack(node, "ec2", "credentials", "list", "-f", "json")
    assert key["access"] in [one["Access"] for one in listed]
    assert openstack(node, "ec2", "credentials", "show", key["access"], "-f", "json")["secret"] == key["secret"]
    credential = openstack(node, "credential", "show", hashlib.sha256(key["access"].encode()).hexdigest(), "-f", "json")
    assert json.loads(credential["blob"])["secret"] == key["secret"]
    assert admin.post("/identity/v3/ec2tokens", {"credentials": _signed(key)})["token"]["methods"] == ["ec2credential"]
    openstack(node, "ec2", "credentials", "delete", key["access"])
    assert openstack(node, "ec2", "credentials", "list", "-f", "json") == []


def _signed(key: dict[str, str]) -> dict[str, Any]:
    """As keystoneclient, which real services sign with, signs version 2."""
    from keystoneclient.contrib.ec2.utils import Ec2Signer

    params = {"SignatureVersion": "2", "Timestamp": clock.iso(clock.now()), "AWSAccessKeyId": key["access"]}
    request = {"access": key["access"], "host": "ec2.test:8773", "verb": "GET", "path": "/", "params": params}
    return {**request, "signature": Ec2Signer(key["secret"]).generate(request)}


def test_oauth1_by_the_command_and_keystoneauth(node: Node, admin: Client) -> None:
    consumer = openstack(node, "consumer", "create", "--description", "a robot", "-f", "json")
    project = admin.get("/identity/v3/auth/projects")["projects"][0]["id"]
    held = ["--consumer-key", consumer["id"], "--consumer-secret", consumer["secret"]]
    asked = openstack(node, "request", "token", "create", *held, "--project", project, "-f", "json")
    request = ["--request-key", asked["id"]]
    verifier = openstack(node, "request", "token", "authorize", *request, "--role", "member", "-f", "json")
    given = openstack(
        node, "access", "token", "create", *held, *request, "--request-secret", asked["secret"],
        "--verifier", verifier["oauth_verifier"], "-f", "json",
    )  # fmt: skip
    plugin = _oauth1(node, consumer, given)
    entered = session.Session(auth=plugin)
    assert entered.get_project_id() == project
    access = plugin.get_access(entered)
    assert (access.oauth_consumer_id, access.oauth_access_token_id) == (consumer["id"], given["id"])
    openstack(node, "consumer", "delete", consumer["id"])
    with pytest.raises(exceptions.ClientException):
        session.Session(auth=_oauth1(node, consumer, given)).get_token()


def _oauth1(node: Node, consumer: Any, given: Any) -> Any:
    from keystoneauth1.extras.oauth1 import V3OAuth1

    return V3OAuth1(
        url(node),
        consumer_key=consumer["id"],
        consumer_secret=consumer["secret"],
        access_key=given["id"],
        access_secret=given["secret"],
    )


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "PLAINTEXT"])
def test_every_signature_that_oauthlib_makes(node: Node, admin: Client, method: str) -> None:
    consumer = admin.post("/identity/v3/OS-OAUTH1/consumers", {"consumer": {}})["consumer"]
    project = admin.get("/identity/v3/auth/projects")["projects"][0]["id"]
    target = f"{url(node)}/OS-OAUTH1/request_token"
    signer = Signer(consumer["id"], consumer["secret"], signature_method=method, callback_uri="oob")
    _, headers, _ = signer.sign(target, "POST", headers={"Requested-Project-Id": project})
    answer = session.Session().post(target, headers=headers, authenticated=False)
    assert (answer.status_code, len(dict(parse_qsl(answer.text))["oauth_token"])) == (201, 32)
