"""Requests for any route table: bodies drawn from the structs the routes declare, mostly right and partly wrong."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from hypothesis import strategies as st

from stacklab.http.dispatch import Mount
from stacklab.http.routes import Route

ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
NASTY = ["", " ", "0", "-1", "null", "x" * 300, "\u0000", "../..", "%", "é漢字", "' OR 1=1 --", "1e999", str(2**70)]
QUERY_NAMES = [
    "limit", "marker", "sort_key", "sort_dir", "fields", "name", "status", "id", "project_id", "changes-since",
    "all_tenants", "page_reverse", "visibility", "owner", "size_min", "created_at", "device_id", "fixed_ips", "ip",
    "tenant_id", "flavor", "image", "include_names", "scope.project.id", "user.id", "enabled", "tag", "resources",
    "member_status", "effective", "deleted",
]  # fmt: skip


@dataclass(frozen=True)
class Target:
    """One route of one mount."""

    mount: Mount
    route: Route


def targets(mounts: list[Mount]) -> list[Target]:
    return [Target(mount, route) for mount in mounts for route in mount.table.routes]


def schema_values(schema: dict[str, Any], defs: dict[str, Any], depth: int = 0) -> st.SearchStrategy[Any]:
    """Values of a JSON schema as msgspec writes it; one in eight is anything at all."""
    right = _right(schema, defs, depth)
    return st.integers(0, 7).flatmap(lambda n: ANYTHING if n == 0 else right)


def _right(schema: dict[str, Any], defs: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return _right(defs[schema["$ref"].rpartition("/")[2]], defs, depth)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    if "anyOf" in schema:
        return st.one_of([_right(part, defs, depth) for part in schema["anyOf"]])
    kind = schema.get("type")
    if kind == "object" and depth < 6:
        return _objects(schema, defs, depth)
    if kind == "array" and depth < 6:
        items = schema.get("items") or {}
        return st.lists(schema_values(items, defs, depth + 1) if items else ANYTHING, max_size=3)
    return SIMPLE.get(str(kind), ANYTHING)


def _objects(schema: dict[str, Any], defs: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    fields = {name: schema_values(part, defs, depth + 1) for name, part in schema.get("properties", {}).items()}
    if not fields:
        return st.dictionaries(st.text(max_size=20), ANYTHING, max_size=3)
    required = {name: fields[name] for name in schema.get("required", []) if name in fields}
    optional = {name: value for name, value in fields.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


SIMPLE: dict[str, st.SearchStrategy[Any]] = {
    "string": st.sampled_from(NASTY)
    | st.text(max_size=60)
    | st.uuids().map(str)
    | st.just("10.77.0.9")
    | st.just("default"),
    "integer": st.integers(-5, 70000) | st.integers(),
    "number": st.integers(-5, 70000) | st.floats(allow_nan=False),
    "boolean": st.booleans(),
    "null": st.none(),
}


def bodies(target: Target) -> st.SearchStrategy[bytes]:
    """What goes into the request: nothing, rubbish, or JSON that the route's struct was written for."""
    kind = target.route.body
    if kind is None and target.route.action is None:
        return st.just(b"") | ANYTHING.map(msgspec.json.encode) if target.route.stream else st.just(b"")
    if callable(kind) and not isinstance(kind, type) and not hasattr(kind, "__origin__"):
        mount = target.mount.microversions
        kind = kind(mount.highest if mount else (0, 0))
    (schema,), defs = msgspec.json.schema_components([kind or Any], ref_template="{name}")
    values = schema_values(schema, defs)
    if target.route.action is not None:
        values = values.map(lambda value: {target.route.action: value})
    return values.map(_encode) | st.binary(max_size=30)


def _encode(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (UnicodeEncodeError, OverflowError):
        return b"{"


def paths(target: Target, known: list[str]) -> st.SearchStrategy[str]:
    """The route's path with ids that exist, ids that do not, and texts that are no ids."""
    part = st.sampled_from(known) | st.uuids().map(str) | st.sampled_from(NASTY) | st.text(max_size=10)
    pieces = target.route.path.strip("/").split("/")
    made = [
        part.map(lambda text: quote(text or "-", safe="", errors="replace")) if p.startswith("{") else st.just(p)
        for p in pieces
    ]
    return st.tuples(*made).map(lambda found: f"{target.mount.prefix}/{'/'.join(found)}")


queries = st.lists(
    st.tuples(st.sampled_from(QUERY_NAMES), st.sampled_from(NASTY) | st.integers().map(str) | st.text(max_size=12)),
    max_size=3,
).map(lambda pairs: urlencode(pairs, errors="replace"))
