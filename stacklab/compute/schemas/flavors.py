"""Bodies about flavors."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from stacklab.compute.schemas.common import Name, Truth, Whole

SpecKey = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[a-zA-Z0-9\-_:. ]{1,255}$")]
SpecValue = Annotated[str, Meta(max_length=255)] | int | float
Description = Annotated[str, Meta(max_length=65535)]


class NewFlavorBody(Struct, forbid_unknown_fields=True):
    name: Name
    ram: Whole
    vcpus: Whole
    disk: Whole
    id: Annotated[str, Meta(max_length=255)] | int | None = None
    swap: Whole = 0
    rxtx_factor: float | str = 1.0
    ephemeral: Whole = field(name="OS-FLV-EXT-DATA:ephemeral", default=0)
    public: Truth = field(name="os-flavor-access:is_public", default=True)
    description: Description | UnsetType | None = UNSET


class CreateFlavor(Struct, forbid_unknown_fields=True):
    flavor: NewFlavorBody


class FlavorChange(Struct, forbid_unknown_fields=True):
    description: Description | None


class UpdateFlavor(Struct, forbid_unknown_fields=True):
    flavor: FlavorChange


class PutSpecs(Struct, forbid_unknown_fields=True):
    extra_specs: dict[SpecKey, SpecValue]


class Access(Struct, forbid_unknown_fields=True):
    tenant: Name
