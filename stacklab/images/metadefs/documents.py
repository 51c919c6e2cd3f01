"""The JSON schema documents of `/v2/schemas/metadefs`."""

from typing import Any

_TEXT = {"type": "string"}
_TYPES = ["array", "boolean", "integer", "number", "object", "string", None]
_COUNT = {"$ref": "#/definitions/positiveInteger"}
_FROM_ZERO = {"$ref": "#/definitions/positiveIntegerDefault0"}
_NAMES = {"$ref": "#/definitions/stringArray"}
_PROPERTIES_REF = {"$ref": "#/definitions/property"}


def _short(words: str = "", most: int = 80) -> dict[str, Any]:
    return {"type": "string", "maxLength": most, **({"description": words} if words else {})}


def _read_only(words: str = "") -> dict[str, Any]:
    more = {"description": words, "format": "date-time"} if words else {}
    return {"type": "string", "readOnly": True, **more}


def _times(what: str) -> dict[str, Any]:
    return {
        "created_at": _read_only(f"When the {what} was made"),
        "updated_at": _read_only(f"When the {what} was last changed"),
    }


_PROPERTY: dict[str, Any] = {
    "name": _short(),
    "title": _TEXT,
    "description": _TEXT,
    "operators": {"type": "array", "items": _TEXT},
    "type": {"type": "string", "enum": _TYPES},
    "required": _NAMES,
    "minimum": {"type": "number"},
    "maximum": {"type": "number"},
    "maxLength": _COUNT,
    "minLength": _FROM_ZERO,
    "pattern": {"type": "string", "format": "regex"},
    "enum": {"type": "array"},
    "readonly": {"type": "boolean"},
    "default": {},
    "items": {
        "type": "object",
        "properties": {"type": {"type": "string", "enum": _TYPES}, "enum": {"type": "array"}},
    },
    "maxItems": _COUNT,
    "minItems": _FROM_ZERO,
    "uniqueItems": {"type": "boolean", "default": False},
    "additionalItems": {"type": "boolean"},
}
_BASICS: dict[str, Any] = {
    "positiveInteger": {"type": "integer", "minimum": 0},
    "positiveIntegerDefault0": {"allOf": [{"$ref": "#/definitions/positiveInteger"}, {"default": 0}]},
    "stringArray": {"type": "array", "items": _TEXT, "uniqueItems": True},
}
_DEFINITIONS: dict[str, Any] = {
    **_BASICS,
    "property": {
        "type": "object",
        "additionalProperties": {"type": "object", "required": ["title", "type"], "properties": _PROPERTY},
    },
}
_ALONE = {**_BASICS, "stringArray": {**_BASICS["stringArray"], "minItems": 1}}
_OBJECT: dict[str, Any] = {
    "name": _short(),
    "description": _TEXT,
    "required": _NAMES,
    "properties": _PROPERTIES_REF,
    "schema": _read_only(),
    "self": _read_only(),
    **_times("object"),
}
_ASSOCIATION: dict[str, Any] = {
    "name": _short("The resource type, by the name Heat gives it where it has one"),
    "prefix": _short("What stands before the names of the namespace's properties on this type, separator included"),
    "properties_target": _short("Which of several kinds of metadata of the type is meant, such as a volume's image"),
    **_times("association"),
}
_TAG: dict[str, Any] = {"name": _short(), **_times("tag")}


def _inner(**properties: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": properties}}


_NAMESPACE: dict[str, Any] = {
    "namespace": _short("The name of the namespace, of which there is one"),
    "display_name": _short("A name for people"),
    "description": _short("What the namespace is for", 500),
    "visibility": {"type": "string", "description": "Who may see the namespace", "enum": ["public", "private"]},
    "protected": {"type": "boolean", "description": "If true, the namespace cannot be deleted"},
    "owner": _short("The project that owns the namespace", 255),
    **_times("namespace"),
    "schema": _read_only(),
    "self": _read_only(),
    "resource_type_associations": _inner(name=_TEXT, prefix=_TEXT, properties_target=_TEXT),
    "properties": _PROPERTIES_REF,
    "objects": _inner(name=_TEXT, description=_TEXT, required=_NAMES, properties=_PROPERTIES_REF),
    "tags": _inner(name=_TEXT),
}


def _one(
    name: str, properties: dict[str, Any], required: list[str], definitions: dict[str, Any] | None = None
) -> dict[str, Any]:
    body: dict[str, Any] = {"name": name, "properties": properties, "additionalProperties": False, "required": required}
    return {**body, "definitions": definitions} if definitions else body


def _many(name: str, item: dict[str, Any], keyed: bool = False) -> dict[str, Any]:
    plain = {key: value for key, value in item.items() if key != "definitions"}
    held = {"type": "object", "additionalProperties": plain} if keyed else {"type": "array", "items": plain}
    links = [{"rel": rel, "href": "{" + rel + "}"} for rel in ("first", "next")]
    body = {
        "name": name,
        "properties": {name: held, "first": _TEXT, "next": _TEXT, "schema": _TEXT},
        "links": [*links, {"rel": "describedby", "href": "{schema}"}],
    }
    return {**body, "definitions": item["definitions"]} if "definitions" in item else body


_namespace = _one("namespace", _NAMESPACE, ["namespace"], _DEFINITIONS)
_object = _one("object", _OBJECT, ["name"], _DEFINITIONS)
_property = _one("property", _PROPERTY, ["type", "title", "name"], _ALONE)
_association = _one("resource_type_association", _ASSOCIATION, ["name"])
_tag = _one("tag", _TAG, ["name"])
DOCUMENTS: dict[str, dict[str, Any]] = {
    "namespace": _namespace,
    "namespaces": _many("namespaces", _namespace),
    "object": _object,
    "objects": _many("objects", _object),
    "property": _property,
    "properties": _many("properties", {**_property, "required": ["type", "title"]}, keyed=True),
    "resource_type": _association,
    "resource_types": _many("resource_type_associations", _association),
    "tag": _tag,
    "tags": _many("tags", _tag),
}
"""By the last part of the path."""
