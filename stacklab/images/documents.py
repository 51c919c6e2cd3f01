"""The JSON schema documents of `/v2/schemas`: what clients read to know an image's attributes."""

from typing import Any

from stacklab.images import members, tasks
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


_TEXT_255 = {"type": "string", "maxLength": 255}
_VALIDATION = {
    "type": "object",
    "description": "The hashes the data must have",
    "writeOnly": True,
    "additionalProperties": False,
    "properties": {
        "checksum": {"type": "string", "minLength": 32, "maxLength": 32},
        "os_hash_algo": {"type": "string", "maxLength": 64},
        "os_hash_value": {"type": "string", "maxLength": 128},
    },
    "required": ["os_hash_algo", "os_hash_value"],
}
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
    "stores": _text("The stores that have the image's data, apart by commas", readOnly=True),
    "direct_url": _text("Where the image's data is, for who asks past this service", readOnly=True),
    "locations": {
        "type": "array",
        "description": "Where the image's data is, and what is said of each place",
        "items": {
            "type": "object",
            "properties": {"url": _TEXT_255, "metadata": {"type": "object"}, "validation_data": _VALIDATION},
            "required": ["url", "metadata"],
        },
    },
    "min_ram": _number("Memory in MiB a server needs to boot the image"),
    "min_disk": _number("Disk in GiB a server needs to boot the image"),
}
_MEMBER: dict[str, dict[str, Any]] = {
    "member_id": _text("The project the image is shared with"),
    "image_id": _text("An identifier for the image", pattern=_UUID),
    "created_at": _text("When the image was shared"),
    "updated_at": _text("When the membership was last changed"),
    "status": _text("What the member says to it", enum=list(members.STATUSES)),
    "schema": _text("Where this schema is", readOnly=True),
}

_ANY = {"type": ["null", "object"]}
_TASK: dict[str, dict[str, Any]] = {
    "id": _text("An identifier for the task", pattern=_UUID),
    "type": _text("What is done", enum=list(tasks.TYPES)),
    "status": _text("How far it is", enum=list(tasks.STATUSES)),
    "input": {**_ANY, "description": "What was asked for"},
    "result": {**_ANY, "description": "What came of it"},
    "owner": _text("The project that asked"),
    "message": _text("Why it failed"),
    "image_id": _text("The image it is done to"),
    "request_id": _text("The request that asked"),
    "user_id": _text("The user who asked"),
    "expires_at": _maybe("When it is shown no more"),
    "created_at": _text("When it was asked for"),
    "updated_at": _text("When it was last changed"),
    "self": {"type": "string", "readOnly": True},
    "schema": {"type": "string", "readOnly": True},
}
_NOT_LISTED = frozenset({"input", "result", "message"})


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
    return _pages_of("images", image(), ("first", "next"))


def member() -> dict[str, Any]:
    return {"name": "member", "properties": _MEMBER}


def members_list() -> dict[str, Any]:
    return _pages_of("members", member())


def task() -> dict[str, Any]:
    return {"name": "task", "properties": _TASK}


def tasks_list() -> dict[str, Any]:
    """A task is shorter in a list."""
    listed = {name: said for name, said in _TASK.items() if name not in _NOT_LISTED}
    return _pages_of("tasks", {"name": "task", "properties": listed})


def _pages_of(name: str, item: dict[str, Any], pages: tuple[str, ...] = ()) -> dict[str, Any]:
    """`pages` are the links between the pages of a list, which only lists of images tell in their schema."""
    properties = {name: {"type": "array", "items": item}, **{word: {"type": "string"} for word in (*pages, "schema")}}
    links = [{"rel": rel, "href": "{" + rel + "}"} for rel in pages] + [{"rel": "describedby", "href": "{schema}"}]
    return {"name": name, "properties": properties, "links": links}
