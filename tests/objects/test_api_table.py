"""Every route of the object store, every persona → status. Each row stands on a container with one object in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stacklab.objects.api import ROUTES
from tests.support.api import PERSONAS
from tests.support.object_lab import ObjectLab

ALL = frozenset({*PERSONAS, "anonymous"})
OPERATORS = frozenset({"member", "manager", "admin", "system"})  # admin: of the cloud, and so a reseller
READERS = OPERATORS | {"reader"}
RESELLERS = frozenset({"admin", "system"})
PUBLIC = ALL

# method, path below the account ("/…": below the mount), headers, who is let in, what they get
TABLE: list[tuple[str, str, dict[str, str], frozenset[str], int]] = [
    ("GET", "/info", {}, PUBLIC, 200),
    ("OPTIONS", "/info", {}, PUBLIC, 200),
    ("GET", "/healthcheck", {}, PUBLIC, 200),
    ("GET", "/crossdomain.xml", {}, PUBLIC, 200),
    ("GET", "/endpoints/v1/AUTH_x/c/o", {}, PUBLIC, 200),
    ("GET", "", {}, READERS, 200),
    ("HEAD", "", {}, READERS, 204),
    ("PUT", "", {}, RESELLERS, 202),
    ("POST", "", {}, OPERATORS, 204),
    ("POST", "", {"x-account-quota-bytes": "1"}, RESELLERS, 204),
    ("DELETE", "", {}, RESELLERS, 204),
    ("GET", "box", {}, READERS, 200),
    ("HEAD", "box", {}, READERS, 204),
    ("PUT", "box", {}, OPERATORS, 202),
    ("PUT", "new", {}, OPERATORS, 201),
    ("POST", "box", {}, OPERATORS, 204),
    ("DELETE", "box", {}, OPERATORS, 409),
    ("DELETE", "missing", {}, OPERATORS, 404),
    ("GET", "missing", {}, READERS, 404),
    ("GET", "box/thing", {}, READERS, 200),
    ("HEAD", "box/thing", {}, READERS, 200),
    ("GET", "box/missing", {}, READERS, 404),
    ("PUT", "box/thing", {}, OPERATORS, 201),
    ("PUT", "missing/thing", {}, OPERATORS, 404),
    ("POST", "box/thing", {}, OPERATORS, 202),
    ("COPY", "box/thing", {"destination": "box/other"}, OPERATORS, 201),
    ("DELETE", "box/thing", {}, OPERATORS, 204),
    ("DELETE", "box/missing", {}, OPERATORS, 404),
    ("OPTIONS", "", {}, PUBLIC, 200),
    ("OPTIONS", "box", {}, PUBLIC, 200),
    ("OPTIONS", "missing/thing", {}, PUBLIC, 200),
]


@pytest.mark.parametrize(("method", "path", "headers", "let_in", "status"), TABLE)
def test_every_persona(
    database: Callable[..., None],
    tmp_path: Path,
    method: str,
    path: str,
    headers: dict[str, str],
    let_in: frozenset[str],
    status: int,
) -> None:
    database("stacklab.objects")
    lab = ObjectLab(tmp_path)
    found = {persona: ask(lab, method, path, headers, persona) for persona in sorted(ALL)}
    refused = {persona: 401 if persona == "anonymous" else 403 for persona in ALL - let_in}
    assert found == {**dict.fromkeys(let_in, status), **refused}
    lab.service.close()


def ask(lab: ObjectLab, method: str, path: str, headers: dict[str, str], persona: str) -> int:
    for name in ("new/thing", "new", "box/other"):
        lab.ask("DELETE", name)
    lab.put("box")
    lab.put("box/thing", b"bytes")
    named = {name.replace("-", "_"): value for name, value in headers.items()}
    token = None if persona == "anonymous" else persona
    if path.startswith("/"):
        return lab.api.call(method, f"/object-store{path}", token).status
    return lab.ask(method, path, b"", token, **named).status


def test_every_route_has_a_row() -> None:
    def kind(path: str) -> str:
        names = ["/v1/{account}", "/v1/{account}/{container}", "/v1/{account}/{container}/{object:rest}"]
        if path.startswith("/endpoints"):
            return "/endpoints/{rest:rest}"
        return path if path.startswith("/") else names[path.count("/") + 1 if path else 0]

    rows = {(method, kind(path)) for method, path, *_ in TABLE}
    assert {(route.method, route.path) for route in ROUTES} - rows == set()
