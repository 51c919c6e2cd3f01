"""Bodies about key pairs."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from stacklab.compute.schemas.common import Name
from stacklab.http.microversion import Version


class NewKeypairBody(Struct, forbid_unknown_fields=True):
    name: Name
    public_key: Annotated[str, Meta(min_length=1, max_length=65536)] | UnsetType = UNSET
    type: Literal["ssh", "x509"] | UnsetType = UNSET
    user_id: Name | UnsetType = UNSET


SINCE: dict[str, Version] = {"type": (2, 2), "user_id": (2, 10)}


class CreateKeypair(Struct, forbid_unknown_fields=True):
    keypair: NewKeypairBody
