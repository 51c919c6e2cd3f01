"""A region's administrator: admin over its services, nobody elsewhere. A table of doors on three nodes."""

import pytest

from tests.support.client import Client, until
from tests.support.regions import Site, status

# Only an administrator is let in to these.
ADMINS = ["/compute/v2.1/os-services", "/compute/v2.1/os-hypervisors/detail", "/network/v2.0/agents",
          "/placement/resource_providers"]  # fmt: skip
HOMES = ["/identity/v3/users", "/identity/v3/services", "/identity/v3/role_assignments", "/regions/v1/invites"]
EMAIL = "boss@lent.example"


@pytest.fixture(scope="module")
def project(three: Site) -> str:
    made = three.newcomer(EMAIL)
    three.stacklab("region", "admin", "add", "Lent", EMAIL)
    return made


def allowed(client: Client, path: str) -> bool:
    code, _, body = client.raw("GET", path)
    assert code in (200, 401, 403), body
    return code == 200


# token bound to → the nodes whose services see an administrator
@pytest.mark.parametrize(
    ("bound", "where"), [("", set()), ("RegionOne", set()), ("Northwind", set()), ("Lent", {"Lent"})]
)
def test_where_they_are_admin(three: Site, project: str, bound: str, where: set[str]) -> None:
    token, _ = three.login(EMAIL, project, bound)
    for name, node in (("RegionOne", three.home), *three.members.items()):
        client = Client(node.host, node.port)
        client.token = token
        for path in ADMINS:
            assert allowed(client, path) is (name in where), (name, path)


@pytest.mark.parametrize("bound", ["", "RegionOne", "Northwind", "Lent"])
def test_at_home_they_are_nobody(three: Site, project: str, bound: str) -> None:
    token, body = three.login(EMAIL, project, bound)
    home = Client(three.home.host, three.home.port)
    home.token = token
    for path in HOMES:
        assert not allowed(home, path)
    assert ("admin" in {role["name"] for role in body["roles"]}) is (bound == "Lent")


def test_what_an_administrator_revokes_at_home_is_their_own(three: Site, project: str) -> None:
    mine, _ = three.login(EMAIL, project, "Lent")
    other, _ = three.login("other@example.org", three.newcomer("other@example.org"), "Lent")
    home = Client(three.home.host, three.home.port)
    home.token = mine
    path = "/identity/Lent/v3/auth/tokens"
    assert status(home, "DELETE", path, x_subject_token=other) == 403
    assert status(home, "GET", path, x_subject_token=other) == 403
    assert status(home, "DELETE", path, x_subject_token=mine) == 204


def test_a_delegated_credential_hands_no_administration_on(three: Site, project: str) -> None:
    token, body = three.login(EMAIL, project)
    home = Client(three.home.host, three.home.port)
    home.token = token
    path = f"/identity/v3/users/{body['user']['id']}/application_credentials"
    made = home.post(path, {"application_credential": {"name": "robot"}})["application_credential"]
    identity = {
        "methods": ["application_credential"],
        "application_credential": {"id": made["id"], "secret": made["secret"]},
    }
    code, headers, raw = home.raw("POST", "/identity/Lent/v3/auth/tokens", {"auth": {"identity": identity}})
    assert code == 201, raw
    lent = three.members["Lent"].client(headers["x-subject-token"])
    assert [allowed(lent, path) for path in ADMINS] == [False] * len(ADMINS)
    assert allowed(lent, "/compute/v2.1/servers")


def test_a_dismissed_administrators_tokens_end(three: Site) -> None:
    project = three.newcomer("brief@example.org")
    three.stacklab("region", "admin", "add", "Lent", "brief@example.org")
    lent = three.members["Lent"].client(three.login("brief@example.org", project, "Lent")[0])
    assert allowed(lent, ADMINS[0])
    three.stacklab("region", "admin", "remove", "Lent", "brief@example.org")
    until("the region to hear", lambda: status(lent, "GET", ADMINS[0]) == 401, 2)
    lent.token = three.login("brief@example.org", project, "Lent")[0]
    assert not allowed(lent, ADMINS[0])
