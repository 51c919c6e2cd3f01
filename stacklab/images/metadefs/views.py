"""Namespaces and their parts as Glance shows them: what is not set is left out."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from stacklab.core import clock
from stacklab.http.request import Query
from stacklab.images.metadefs.model import Namespace, Part

_SPACES = "/v2/metadefs/namespaces"


def _times(row: Namespace | Part) -> dict[str, str]:
    return {"created_at": clock.iso(row.created_at), "updated_at": clock.iso(row.updated_at)}


def where(space: str) -> str:
    return f"{_SPACES}/{space}"


def namespace(space: Namespace, associations: list[Part] | None = None) -> dict[str, Any]:
    body = {
        "namespace": space.namespace,
        "display_name": space.display_name,
        "description": space.description,
        "visibility": space.visibility,
        "protected": space.protected,
        "owner": space.owner or None,
        **_times(space),
        "resource_type_associations": [association(one) for one in associations or ()] or None,
        "self": where(space.namespace),
        "schema": "/v2/schemas/metadefs/namespace",
    }
    return {name: value for name, value in body.items() if value is not None}


def whole(space: Namespace, parts: dict[str, list[Part]], resource_type: str | None = None) -> dict[str, Any]:
    """With all that is in it. Names of properties get the prefix they have on `resource_type`."""
    body = namespace(space, parts["association"])
    prefix = next(
        (one.document.get("prefix", "") for one in parts["association"] if one.name == resource_type and resource_type),
        "",
    )
    inside = {
        "properties": {prefix + one.name: one.document for one in parts["property"]},
        "objects": [_prefixed(object_(space.namespace, one), prefix) for one in parts["object"]],
        "tags": [{"name": one.name} for one in parts["tag"]],
    }
    return {**body, **{name: value for name, value in inside.items() if value}}


def _prefixed(shown: dict[str, Any], prefix: str) -> dict[str, Any]:
    if prefix:
        shown["properties"] = {prefix + name: value for name, value in shown.get("properties", {}).items()}
        if shown.get("required"):
            shown["required"] = [prefix + name for name in shown["required"]]
    return shown


def namespaces(page: list[Namespace], associations: dict[str, list[Part]], query: Query, limit: int) -> dict[str, Any]:
    pairs = [(name, value) for name, value in query.pairs if name != "marker"]
    body: dict[str, Any] = {
        "namespaces": [namespace(one, associations.get(one.id)) for one in page],
        "first": _link(pairs),
        "schema": "/v2/schemas/metadefs/namespaces",
    }
    if page and len(page) == limit:
        body["next"] = _link([*pairs, ("marker", page[-1].namespace)])
    return body


def _link(pairs: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(pairs))
    return f"{_SPACES}?{query}" if query else _SPACES


def object_(space: str, part: Part) -> dict[str, Any]:
    return {"properties": {}, "required": [], **said(space, part)}


def said(space: str, part: Part) -> dict[str, Any]:
    """The object as its POST or PUT is answered: what the request left out is left out."""
    return {
        **part.document,
        "name": part.name,
        **_times(part),
        "self": f"{where(space)}/objects/{part.name}",
        "schema": "/v2/schemas/metadefs/object",
    }


def property_(part: Part) -> dict[str, Any]:
    return {**part.document, "name": part.name}


def tag(part: Part) -> dict[str, Any]:
    return {"name": part.name, **_times(part)}


def association(part: Part) -> dict[str, Any]:
    return {**part.document, "name": part.name, **_times(part)}


def resource_type(found: tuple[str, int, int]) -> dict[str, Any]:
    name, created, updated = found
    return {"name": name, "created_at": clock.iso(created), "updated_at": clock.iso(updated)}
