"""Request bodies. Neutron refuses attributes it does not know, and takes one resource or a list of them."""

from typing import Annotated, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from stacklab.networks import refusals

Text = Annotated[str, Meta(max_length=255)]
"""Names, descriptions, owners."""

Id = Annotated[str, Meta(max_length=36)]
S = TypeVar("S", bound=Struct)


def one_or_many(name: str, one: S | UnsetType, many: list[S] | UnsetType) -> tuple[list[S], bool]:
    """The resources of a create, and whether they came as a list. Raises BadRequest when there is none."""
    if one is not UNSET:
        return [one], False
    if many is UNSET:
        raise refusals.invalid(f"Unable to find '{name}' in request body")
    if not many:
        raise refusals.invalid("Resources required")
    return many, True
