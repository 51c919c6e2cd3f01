"""What can be said of an image: which attributes a caller may set, and to what. Creating and patching share it."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from stacklab.core.errors import BadRequest, Forbidden, TooLarge

DISK_FORMATS = ("ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop")
CONTAINER_FORMATS = ("ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed")
VISIBILITIES = ("public", "private", "shared", "community")
MOST = 128  # tags and properties of one image, Glance's default
MOST_BYTES = 64 << 10  # names and values of all properties of one image, in UTF-8

READ_ONLY = frozenset(
    {
        *("created_at", "updated_at", "status", "checksum", "size", "virtual_size", "os_hash_algo", "os_hash_value"),
        *("direct_url", "self", "file", "schema", "stores"),
    }
)
RESERVED = frozenset({"deleted", "deleted_at", "location", "locations"})
_NAMESPACE = "os_glance"  # Glance keeps every property that starts so for itself

_Count = Annotated[int, Meta(ge=0, le=2147483647)]
_Short = Annotated[str, Meta(max_length=255)]
_UUID = r"^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$"
_TYPES: dict[str, Any] = {
    "id": Annotated[str, Meta(pattern=_UUID)],
    "name": _Short | None,
    "owner": _Short | None,
    "visibility": Literal["public", "private", "shared", "community"],
    "protected": bool,
    "os_hidden": bool,
    "container_format": Literal[("ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed")] | None,
    "disk_format": Literal[("ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop")] | None,
    "min_disk": _Count,
    "min_ram": _Count,
    "tags": list[_Short],
}
BASE = frozenset(_TYPES)
_Property = Annotated[str, Meta(max_length=65535)]


def check(name: str, value: Any) -> Any:
    """The value, if a caller may set this attribute to it.

    Raises Forbidden for an attribute that is not theirs to set, BadRequest for a value that is not one of its values.
    """
    forbid(name)
    try:
        checked = msgspec.convert(value, _TYPES.get(name, _Property))
    except msgspec.ValidationError as error:
        reason = str(error)
        raise BadRequest(f"Provided object does not match schema 'image': {name}: {reason}") from None
    if not name or len(name) > 255:
        raise BadRequest("Provided object does not match schema 'image': a property's name has 1 to 255 characters")
    return list(dict.fromkeys(checked)) if name == "tags" else checked


def forbid(name: str) -> None:
    """Raises Forbidden for an attribute that only Glance itself sets."""
    if name in READ_ONLY:
        raise Forbidden(f"Attribute '{name}' is read-only.")
    if name in RESERVED or name.startswith(_NAMESPACE):
        raise Forbidden(f"Attribute '{name}' is reserved.")


def limit(tags: list[str], properties: dict[str, str]) -> None:
    """Raises TooLarge when there are more tags or properties than an image may have, or the properties are too long."""
    for count, what in ((len(tags), "image tags"), (len(properties), "image properties")):
        if count > MOST:
            raise TooLarge(
                f"The limit has been exceeded on the number of allowed {what}. Attempted: {count}, Maximum: {MOST}"
            )
    size = sum(len(text.encode()) for text in (*properties, *properties.values()))
    if size > MOST_BYTES:
        raise TooLarge(
            "The limit has been exceeded on the bytes of all image properties together. "
            f"Attempted: {size}, Maximum: {MOST_BYTES}"
        )
