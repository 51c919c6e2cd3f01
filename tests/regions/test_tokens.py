"""Which token is good where: a table of audiences and doors, on three regions of one machine."""

import json
import time
from typing import Any

import pytest

from tests.support.client import Client, Refused, until
from tests.support.regions import Site, status

SERVERS = "/compute/v2.1/servers"
MINE = "/identity{}/v3/auth/projects"


@pytest.fixture(scope="module")
def person(three: Site) -> tuple[str, str]:
    return "ana@example.org", three.newcomer("ana@example.org")


@pytest.fixture(scope="module")
def tokens(three: Site, person: tuple[str, str]) -> dict[str, str]:
    """By the region they are bound to; "" is bound to none."""
    return {region: three.login(*person, region)[0] for region in ("", "RegionOne", "Northwind", "Lent")}


# bound to → where its services answer
@pytest.mark.parametrize(
    ("bound", "welcome"),
    [("", {"RegionOne", "Northwind"}), ("RegionOne", {"RegionOne"}), ("Northwind", {"Northwind"}), ("Lent", {"Lent"})],
)
def test_services(three: Site, tokens: dict[str, str], bound: str, welcome: set[str]) -> None:
    doors = {"RegionOne": three.home, **three.members}
    for path in (SERVERS, "/network/v2.0/networks", "/image/v2/images", "/placement/resource_providers?name=x"):
        answers = {
            name: status(Client(node.host, node.port), "GET", path, x_auth_token=tokens[bound])
            for name, node in doors.items()
        }
        good = {name for name, code in answers.items() if code != 401}
        assert good == welcome, (path, answers)


@pytest.mark.parametrize("bound", ["", "RegionOne", "Northwind", "Lent"])
@pytest.mark.parametrize("region", ["", "RegionOne", "Northwind", "Lent"])
def test_home_lets_a_bound_token_look_below_its_region_only(
    three: Site, tokens: dict[str, str], bound: str, region: str
) -> None:
    client = Client(three.home.host, three.home.port)
    place = f"/{region}" if region else ""
    expected = 200 if bound in ("", region) else 401
    for path in (MINE.format(place), f"/identity{place}/v3/auth/catalog"):
        assert status(client, "GET", path, x_auth_token=tokens[bound]) == expected


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v3/users/{user}"),
        ("POST", "/v3/users/{user}/password"),
        ("POST", "/v3/users/{user}/application_credentials"),
        ("GET", "/v3/users/{user}/application_credentials"),
        ("GET", "/v3/credentials"),
        ("POST", "/v3/credentials"),
        ("GET", "/v3/OS-TRUST/trusts"),
        ("POST", "/v3/OS-TRUST/trusts"),
        ("GET", "/v3/projects"),
    ],
)
def test_a_bound_token_that_is_replayed_at_home_opens_nothing(
    three: Site, tokens: dict[str, str], method: str, path: str
) -> None:
    client = Client(three.home.host, three.home.port)
    user = Client(three.home.host, three.home.port)
    user.token = tokens[""]
    mine = user.raw("GET", "/identity/v3/auth/tokens", None, {"x-subject-token": tokens[""]})[2]
    path = path.format(user=json.loads(mine)["token"]["user"]["id"])
    body: Any = {"user": {}, "credential": {}, "trust": {}, "application_credential": {}} if method == "POST" else None
    assert status(client, method, f"/identity/Lent{path}", body, x_auth_token=tokens["Lent"]) == 404
    at_home = status(client, method, f"/identity{path}", body, x_auth_token=tokens["Lent"])
    assert at_home in (400, 401)  # 400: a password is changed without a token
    assert at_home == status(client, method, f"/identity{path}", body)


@pytest.mark.parametrize("path", ["/signup/account", "/regions/v1/invites"])
def test_homes_other_doors_want_no_bound_token(three: Site, tokens: dict[str, str], path: str) -> None:
    client = Client(three.home.host, three.home.port)
    for bound in ("RegionOne", "Northwind", "Lent"):
        assert status(client, "GET", path, x_auth_token=tokens[bound]) == 401


@pytest.mark.parametrize(
    ("earlier", "asked", "expected"),
    [
        ("", "Lent", 201),
        ("", "Northwind", 201),
        ("Lent", "Lent", 201),
        ("Lent", "", 401),
        ("Lent", "Northwind", 401),
        ("Northwind", "", 401),
        ("RegionOne", "", 401),
    ],
)
def test_a_bound_token_leads_to_bound_ones_only(
    three: Site, person: tuple[str, str], tokens: dict[str, str], earlier: str, asked: str, expected: int
) -> None:
    try:
        three.exchange(tokens[earlier], person[1], asked)
        found = 201
    except Refused as refused:
        found = refused.status
    assert found == expected


def test_leases_are_the_regions(three: Site, tokens: dict[str, str]) -> None:
    doors = {"RegionOne": three.home, **three.members}
    for bound, welcome in (("", {"RegionOne", "Northwind"}), ("RegionOne", {"RegionOne"}), ("Lent", {"Lent"})):
        token = {"x_auth_token": tokens[bound]}
        found = {n for n, d in doors.items() if status(Client(d.host, d.port), "GET", "/signup/leases", **token) == 200}
        assert found == welcome


# bound to, asked below → whether the token is shown to whoever validates it there
@pytest.mark.parametrize(
    ("bound", "region", "expected"),
    [
        ("", "", 200),
        ("Lent", "Lent", 200),
        ("Lent", "", 404),
        ("Northwind", "", 404),
        ("", "Northwind", 200),
        ("", "Lent", 404),
    ],
)
def test_validation(three: Site, tokens: dict[str, str], bound: str, region: str, expected: int) -> None:
    path = f"/identity/{region}/v3/auth/tokens" if region else "/identity/v3/auth/tokens"
    found = status(three.admin, "GET", path, x_subject_token=tokens[bound])
    assert found == expected


def urls(token: Any) -> dict[tuple[str, str], str]:
    return {
        (service["type"], endpoint["region"]): endpoint["url"]
        for service in token["catalog"]
        for endpoint in service["endpoints"]
        if endpoint["interface"] == "public"
    }


def test_catalogues(three: Site, person: tuple[str, str]) -> None:
    open_one = urls(three.login(*person)[1])
    assert {region for _, region in open_one} == {"RegionOne", "Northwind"}
    assert open_one["compute", "Northwind"] == f"{three.members['Northwind'].url}/compute/v2.1"
    assert open_one["identity", "Northwind"] == f"{three.home.url}/identity/v3"
    for region, node in (("RegionOne", three.home), *three.members.items()):
        bound = urls(three.login(*person, region)[1])
        assert {where for _, where in bound} == {region}
        assert bound["identity", region] == f"{three.home.url}/identity/{region}/v3"
        assert bound["image", region] == f"{node.url}/image"


def test_a_region_says_where_to_log_in(three: Site) -> None:
    lent = three.members["Lent"]
    client = Client(lent.host, lent.port)
    code, headers, _ = client.raw("GET", SERVERS)
    assert (code, headers["www-authenticate"]) == (401, f'Keystone uri="{three.home.url}/identity/Lent"')
    assert client.get("/") == {"region": "Lent", "identity": f"{three.home.url}/identity/Lent"}
    home = Client(three.home.host, three.home.port)
    assert home.get("/identity/Lent/v3")["version"]["links"][0]["href"] == f"{three.home.url}/identity/Lent/v3/"
    for path in ("/identity/v3", "/regions/v1/regions", "/login"):
        assert status(client, "GET", path) == 404
    client.token, _ = three.login("ana@example.org", three.newcomer("ana@example.org"), "Lent")
    assert status(client, "GET", "/signup") == status(client, "GET", "/signup/account") == 404


def test_a_revoked_token_is_refused_everywhere_within_two_seconds(three: Site, person: tuple[str, str]) -> None:
    one, other = three.login(*person)[0], three.login(*person, "Lent")[0]
    trusted, lent = three.members["Northwind"].client(one), three.members["Lent"].client(other)
    assert status(trusted, "GET", SERVERS) == status(lent, "GET", SERVERS) == 200
    began = time.monotonic()
    mine = Client(three.home.host, three.home.port)
    mine.token = one
    assert status(mine, "DELETE", "/identity/v3/auth/tokens", x_subject_token=one) == 204
    mine.token = other
    assert status(mine, "DELETE", "/identity/Lent/v3/auth/tokens", x_subject_token=other) == 204
    until("the regions to hear", lambda: {status(trusted, "GET", SERVERS), status(lent, "GET", SERVERS)} == {401}, 2)
    assert time.monotonic() - began < 2


def test_a_disabled_user_is_refused_within_two_seconds(three: Site) -> None:
    project = three.newcomer("eve@example.org")
    token, body = three.login("eve@example.org", project, "Lent")
    lent = three.members["Lent"].client(token)
    assert status(lent, "GET", SERVERS) == 200
    three.admin.call("PATCH", f"/identity/v3/users/{body['user']['id']}", {"user": {"enabled": False}})
    until("the region to hear", lambda: status(lent, "GET", SERVERS) == 401, 2)
