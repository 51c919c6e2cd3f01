"""The JSON schema documents of `/v2/schemas`: what clients read to know an image's attributes."""

from typing import Any

from stacklab.images import members
from stacklab.images.attributes import CONTAINER_FORMATS, DISK_FORMATS, VISIBILITIES

_UUID = "^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$"
_STATUSES = ("queued", "saving", "active", "killed", "deleted", "uploading", "importing", "pending_delete",
             "deactivated")  # fmt: skip


def _text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": words, **more}


def _maybe(words: str, **more: Any) -> dict[str, Any]:
    return {"type": ["null", "string"], "description": words, **more}


def _number(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "integer", "description": words, **more}


_IMAGE: dict[str, dict[str, Any]] = {
    "id": _text("An identifier for the image", pattern=_UUID),
    "name": _maybe("Descriptive name for the image", maxLength=255),
    "status": _text("Status of the image", readOnly=True, enum=list(_STATUSES)),
    "visibility": _text("Who may see the image", enum=list(VISIBILITIES)),
    "protected": {"type": "boolean", "description": "If true, the image cannot be deleted"},
    "os_hidden": {"type": "boolean", "description": "If true, the image is left out of lists unless asked for"},
    "checksum": _maybe("md5 hash of the image's data", readOnly=True, maxLength=32),
    "os_hash_algo": _maybe("The algorithm of os_hash_value", readOnly=True, maxLength=64),
    "os_hash_value": _maybe("Hexadecimal hash of the image's data", readOnly=True, maxLength=128),
    "owner": _maybe("The project that owns the image", maxLength=255),
    "size": {"type": ["null", "integer"], "description": "Size of the data in bytes", "readOnly": True},
    "virtual_size": {"type": ["null", "integer"], "description": "Size of the disk in bytes", "readOnly": True},
    "container_format": _maybe("Format of the container", enum=[None, *CONTAINER_FORMATS]),
    "disk_format": _maybe("Format of the disk", enum=[None, *DISK_FORMATS]),
    "created_at": _text("When the image was registered", readOnly=True),
    "updated_at": _text("When the image was last changed", readOnly=True),
    "tags": {
        "type": "array",
        "description": "Strings that describe the image",
        "items": {"type": "string", "maxLength": 255},
    },
    "self": _text("Where the image is shown", readOnly=True),
    "file": _text("Where the image's data is", readOnly=True),
    "schema": _text("Where this schema is", readOnly=True),
    "min_ram": _number("Memory in MiB a server needs to boot the image", minimum=0),
    "min_disk": _number("Disk in GiB a server needs to boot the image", minimum=0),
}
_MEMBER: dict[str, dict[str, Any]] = {
    "member_id": _text("The project the image is shared with"),
    "image_id": _text("An identifier for the image", pattern=_UUID),
    "created_at": _text("When the image was shared"),
    "updated_at": _text("When the membership was last changed"),
    "status": _text("What the member says to it", enum=list(members.STATUSES)),
    "schema": _text("Where this schema is", readOnly=True),
}


def image() -> dict[str, Any]:
    return {
        "name": "image",
        "properties": _IMAGE,
        "additionalProperties": {"type": "string"},
        "links": [
            {"rel": "self", "href": "{self}"},
            {"rel": "enclosure", "href": "{file}"},
            {"rel": "describedby", "href": "{schema}"},
        ],
    }


def images() -> dict[str, Any]:
    links = [{"rel": rel, "href": "{" + rel + "}"} for rel in ("first", "next")]
    return _list_of("images", image(), {name: {"type": "string"} for name in ("first", "next")}, links)


def member() -> dict[str, Any]:
    return {"name": "member", "properties": _MEMBER}


def members_list() -> dict[str, Any]:
    return _list_of("members", member(), {}, [])


def _list_of(name: str, item: dict[str, Any], more: dict[str, Any], links: list[dict[str, str]]) -> dict[str, Any]:
    properties = {name: {"type": "array", "items": item}, **more, "schema": {"type": "string"}}
    described = {"rel": "describedby", "href": "{schema}"}
    return {"name": name, "properties": properties, "links": [*links, described]}
