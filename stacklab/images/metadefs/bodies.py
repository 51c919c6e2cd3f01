"""What clients say of namespaces and their parts: the structs, and the check of a body against one."""

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from stacklab.core.errors import BadRequest, Forbidden

Name = Annotated[str, Meta(max_length=80)]
_Natural = Annotated[int, Meta(ge=0)]
_Type = Literal["array", "boolean", "integer", "number", "object", "string"]
READ_ONLY = ("self", "schema", "created_at", "updated_at")


def _once(names: list[str] | UnsetType) -> None:
    """Raises ValueError, which msgspec tells as any other misfit."""
    if names is not UNSET and len(set(names)) != len(names):
        raise ValueError(f"{names} has non-unique elements")


class Items(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What an array property holds."""

    type: _Type
    enum: list[Any] | UnsetType = UNSET


class Property(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A property's JSON schema; `name` where it is not a key already."""

    type: _Type
    title: str
    name: Name | UnsetType = UNSET
    description: str | UnsetType = UNSET
    operators: list[str] | UnsetType = UNSET
    default: Any = UNSET
    readonly: bool | UnsetType = UNSET
    required: list[str] | UnsetType = UNSET
    minimum: float | int | UnsetType = UNSET
    maximum: float | int | UnsetType = UNSET
    enum: list[Any] | UnsetType = UNSET
    pattern: str | UnsetType = UNSET
    minLength: _Natural | UnsetType = UNSET  # noqa: N815  # JSON schema's names
    maxLength: _Natural | UnsetType = UNSET  # noqa: N815
    items: Items | UnsetType = UNSET
    uniqueItems: bool | UnsetType = UNSET  # noqa: N815
    minItems: _Natural | UnsetType = UNSET  # noqa: N815
    maxItems: _Natural | UnsetType = UNSET  # noqa: N815
    additionalItems: bool | UnsetType = UNSET  # noqa: N815

    def __post_init__(self) -> None:
        _once(self.required)


class NamedProperty(Property, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A property that comes alone."""

    name: Name


class Object(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Properties that belong together; `required` are the names of those that must be given."""

    name: Name
    description: str | UnsetType = UNSET
    required: list[str] | UnsetType = UNSET
    properties: dict[str, Property] | UnsetType = UNSET

    def __post_init__(self) -> None:
        _once(self.required)


class Tag(Struct, forbid_unknown_fields=True):
    name: Name


class Tags(Struct, forbid_unknown_fields=True):
    tags: list[Tag]


class Association(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A resource type the namespace is for; property names get the `prefix` on it."""

    name: Name
    prefix: Name | UnsetType = UNSET
    properties_target: Name | UnsetType = UNSET


class Namespace(Struct, forbid_unknown_fields=True):
    namespace: Name
    display_name: Name | None = None
    description: Annotated[str, Meta(max_length=500)] | None = None
    visibility: Literal["public", "private"] = "private"
    protected: bool = False
    owner: Annotated[str, Meta(max_length=255)] | None = None
    resource_type_associations: list[Association] | UnsetType = UNSET
    properties: dict[str, Property] | UnsetType = UNSET
    objects: list[Object] | UnsetType = UNSET
    tags: list[Tag] | UnsetType = UNSET


B = TypeVar("B", bound=Struct)


def check(body: dict[str, Any], kind: type[B], called: str, read_only: tuple[str, ...] = READ_ONLY) -> B:
    """The body as a struct. Raises Forbidden for what only Glance sets, BadRequest for what does not fit; `called` is
    the name of the schema, as the refusal shows it."""
    for key in read_only:
        if key in body:
            raise Forbidden(f"Attribute '{key}' is read-only.")
    for key, value in body.items():
        if value is None and key != "default":  # what a property's default is, is nobody's to say
            raise BadRequest(f"Provided object does not match schema '{called}': {key} cannot be null")
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        raise BadRequest(f"Provided object does not match schema '{called}': {error}") from None


def document(part: Struct) -> dict[str, Any]:
    """The struct as it is kept: what was given, nothing else."""
    found: dict[str, Any] = msgspec.to_builtins(part)
    return found
