"""One request through the dispatcher: refusals in their order, envelopes, microversions, actions, bodies."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import pytest
from msgspec import Meta, Struct

from stacklab.core.errors import Conflict, Forbidden
from stacklab.http import faults
from stacklab.http.context import Caller
from stacklab.http.dispatch import Dispatch, Mount
from stacklab.http.faults import Faults
from stacklab.http.microversion import Microversions
from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route, Table
from tests.support.api import Api


class Named(Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=255)]


class Body(Struct, forbid_unknown_fields=True):
    server: Named


class Newer(Struct, forbid_unknown_fields=True):
    server: dict[Annotated[str, Meta(min_length=1)], str]


class Reboot(Struct, forbid_unknown_fields=True):
    type: str


def _show(_service: object, request: Request) -> Reply:
    return ok({"id": request.path["id"], "version": request.version, "project": request.ctx.project_id})


def _broken(_service: object, _request: Request) -> Reply:
    raise ZeroDivisionError


ROUTES = [
    Route("GET", "/", lambda _s, _r: Reply(300, {"versions": []}), public=True),
    Route("GET", "/v2.1/servers/{id}", _show),
    Route("GET", "/v2.1/servers/detail", lambda _s, _r: ok("detail")),
    Route("POST", "/v2.1/servers", lambda _s, r: ok(r.body.server.name), body=lambda v: Body if v < (2, 9) else Newer),
    Route("POST", "/v2.1/servers/{id}/action", lambda _s, r: ok(r.body.type), action="reboot", body=Reboot),
    Route("POST", "/v2.1/servers/{id}/action", lambda _s, _r: ok("started"), action="os-start"),
    Route("POST", "/v2.1/servers/{id}/action", lambda _s, _r: ok("tagged"), action="tag", lowest=(2, 5)),
    Route("GET", "/v2.1/old", lambda _s, _r: ok("old"), highest=(2, 3)),
    Route("GET", "/v2.1/broken", _broken),
    Route("GET", "/v2.1/slow", lambda _s, _r: ok("slow"), slow=True),
]
VERSIONS = Microversions("compute", (2, 1), (2, 9), "X-OpenStack-Nova-API-Version")


def api(envelope: Faults = faults.NOVA) -> Api:
    return Api(Mount("/compute", None, Table(ROUTES), envelope, VERSIONS))


def asked() -> Request:
    async def receive() -> dict[str, object]:
        return {}

    return Request("GET", "/", {}, b"", receive)


def at(version: str) -> dict[str, str]:
    return {"openstack-api-version": f"compute {version}"}


@pytest.mark.parametrize(
    ("method", "path", "persona", "status"),
    [
        ("GET", "/", None, 300),
        ("GET", "/v2.1/servers/1", "member", 200),
        ("HEAD", "/v2.1/servers/1", "member", 200),
        ("GET", "/v2.1/servers/1/", "member", 200),
        ("GET", "/v2.1/slow", "member", 200),
        ("GET", "/v2.1/servers/1", None, 401),
        ("GET", "/v2.1/servers/1", "stranger", 401),
        ("GET", "/v2.1/nothing", None, 401),
        ("GET", "/v2.1/nothing", "member", 404),
        ("GET", "/v2.1/servers//", "member", 405),
        ("DELETE", "/v2.1/servers/1", "member", 405),
        ("GET", "/v2.1/broken", "member", 500),
    ],
)
def test_status(method: str, path: str, persona: str | None, status: int) -> None:
    answer = api().call(method, f"/compute{path}", persona)
    assert answer.status == status
    assert answer.headers["x-openstack-request-id"].startswith("req-")
    assert (answer.raw == b"") == (method == "HEAD")


def test_a_literal_wins_over_a_parameter_and_parameters_are_unquoted() -> None:
    assert api().get("/compute/v2.1/servers/detail", "member").json == "detail"
    assert api().get("/compute/v2.1/servers/a%2Fb", "member").json["id"] == "a/b"


def test_405_says_what_is_allowed() -> None:
    assert api().delete("/compute/v2.1/servers/1", "member").headers["allow"] == "GET, HEAD"


def test_401_says_where_to_log_in_in_keystones_words() -> None:
    answer = api().get("/compute/v2.1/servers/1")
    assert answer.headers["www-authenticate"] == 'Keystone uri="http://cloud.test/identity"'
    assert answer.json["error"]["code"] == 401


def test_keystone_itself_says_where_to_log_in_too() -> None:
    answer = Api(Mount("/identity", None, Table(ROUTES), faults.KEYSTONE)).get("/identity/v2.1/servers/1")
    assert answer.headers["www-authenticate"] == 'Keystone uri="http://cloud.test/identity"'


@pytest.mark.parametrize(
    ("asked", "status", "spoken"),
    [
        ({}, 200, "2.1"),
        (at("2.7"), 200, "2.7"),
        (at("latest"), 200, "2.9"),
        ({"x-openstack-nova-api-version": "2.4"}, 200, "2.4"),
        ({"openstack-api-version": "volume 3.5, compute 2.6"}, 200, "2.6"),
        ({"openstack-api-version": "volume 3.5"}, 200, "2.1"),
        (at("2.10"), 406, None),
        (at("1.0"), 406, None),
        (at("two"), 400, None),
        (at("2." + "9" * 5000), 400, None),
        (at("2.01"), 400, None),
    ],
)
def test_microversions(asked: dict[str, str], status: int, spoken: str | None) -> None:
    answer = api().get("/compute/v2.1/servers/1", "member", headers=asked)
    assert answer.status == status
    if spoken:
        assert answer.headers["openstack-api-version"] == f"compute {spoken}"
        assert answer.headers["x-openstack-nova-api-version"] == spoken
        assert "OpenStack-API-Version" in answer.headers["vary"]


def test_a_route_exists_only_in_its_versions() -> None:
    assert api().get("/compute/v2.1/old", "member", headers=at("2.3")).status == 200
    assert api().get("/compute/v2.1/old", "member", headers=at("2.4")).status == 404


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"reboot": {"type": "HARD"}}, 200, "HARD"),
        ({"os-start": None}, 200, "started"),
        ({"reboot": {"type": 1}}, 400, "field/attribute type. Value: 1. 1 is not of type 'string'"),
        ({"explode": None}, 400, "There is no such action: explode"),
        ({"os-start": None, "os-stop": None}, 400, "exactly one action"),
        ([], 400, "not a JSON object"),
        ({"tag": None}, 404, "could not be found"),
    ],
)
def test_actions(body: object, status: int, words: str) -> None:
    answer = api().post("/compute/v2.1/servers/1/action", "member", body)
    assert answer.status == status
    assert words in answer.raw.decode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"server": {"name": 1}}, "Invalid input for field/attribute name. Value: 1. 1 is not of type 'string'"),
        ({"server": {"name": "x" * 256}}, f"Value: {'x' * 256}. '{'x' * 256}' is too long"),
        ({"server": [1]}, "Invalid input for field/attribute server. Value: [1]. [1] is not of type 'object'"),
        ({"server": {"name": "x", "colour": "red"}}, "'colour' was unexpected"),
        ({"server": {}}, "'name' is a required property"),
        (b"{", "not valid JSON"),
        (b"[" * 100_000, "it is not of type 'object'"),
        (b"\xff\xfe", "not valid JSON"),
        (b"", "missing"),
    ],
)
def test_bad_bodies_name_the_field(body: object, words: str) -> None:
    answer = api().post("/compute/v2.1/servers", "member", body)
    assert answer.status == 400
    assert words in answer.json["badRequest"]["message"]


def test_a_wrong_key_names_the_object_it_is_in() -> None:
    answer = api().post("/compute/v2.1/servers", "member", {"server": {"": "x"}}, headers=at("2.9"))
    assert answer.json["badRequest"]["message"] == (
        "Invalid input for field/attribute server. Value: {'': 'x'}. A key of it should be non-empty"
    )


def test_a_body_is_checked_by_the_schema_of_its_version() -> None:
    new = {"server": {"anything": "goes"}}
    assert api().post("/compute/v2.1/servers", "member", new, headers=at("2.8")).status == 400
    assert api().post("/compute/v2.1/servers", "member", {"server": {"name": "n"}}, headers=at("2.8")).status == 200


def test_a_huge_body_is_refused_unread() -> None:
    answer = api().post("/compute/v2.1/servers", "member", b" " * (2 << 20))
    assert answer.status == 413
    assert answer.json["overLimit"]["retryAfter"] == "0"


def _error_in_neutron(body: dict[str, dict[str, str]]) -> str:
    return body["NeutronError"]["message"]


@pytest.mark.parametrize(
    ("envelope", "reach"),
    [
        (faults.NOVA, lambda b: b["itemNotFound"]["message"]),
        (faults.NEUTRON, _error_in_neutron),
        (faults.KEYSTONE, lambda b: b["error"]["message"]),
        (faults.GLANCE, lambda b: b["message"].removesuffix("<br /><br />\n\n\n")),
        (faults.PLACEMENT, lambda b: b["errors"][0]["detail"]),
    ],
)
def test_every_envelope_shows_the_same_sentence(envelope: Faults, reach: object) -> None:
    answer = api(envelope).get("/compute/v2.1/nothing", "member")
    assert callable(reach)
    assert reach(answer.json) == "The resource could not be found."


def test_placement_shows_only_codes_of_its_own() -> None:
    answer = faults.PLACEMENT.render(Forbidden("No.", kind="PolicyNotAuthorized"), asked())
    assert answer.body["errors"][0]["code"] == "placement.undefined_code"
    answer = faults.PLACEMENT.render(Conflict("Taken.", kind="placement.concurrent_update"), asked())
    assert answer.body["errors"][0]["code"] == "placement.concurrent_update"


def test_a_broken_handler_shows_no_inside() -> None:
    answer = api().get("/compute/v2.1/broken", "member")
    assert "ZeroDivision" not in answer.raw.decode()
    assert answer.json["computeFault"]["code"] == 500


def test_passwords_are_hashed_in_threads_of_their_own() -> None:
    name = lambda _s, _r: ok(threading.current_thread().name)  # noqa: E731
    table = Table(
        [Route("GET", "/slow", name, slow=True, public=True), Route("GET", "/hash", name, hashes=True, public=True)]
    )
    client = Api()
    with ThreadPoolExecutor(1, "slow") as slow, ThreadPoolExecutor(1, "hashing") as hashing:
        client.app = Dispatch(
            [Mount("/identity", None, table, faults.KEYSTONE)], lambda _: Caller("u", "u", "d"), slow, hashing=hashing
        )
        assert [client.get(f"/identity/{path}").json[:4] for path in ("slow", "hash")] == ["slow", "hash"]
