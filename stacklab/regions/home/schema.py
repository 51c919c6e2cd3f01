"""The bodies of /regions/v1."""

from typing import Annotated, Any

from msgspec import Meta, Struct

Text = Annotated[str, Meta(max_length=255)]


class NewInvite(Struct, forbid_unknown_fields=True):
    """`hours`: how long the join token is good for; None: as the settings say."""

    name: Text
    sponsor: Text = ""
    sponsor_url: Annotated[str, Meta(max_length=2048)] = ""
    trusted: bool = False
    hours: Annotated[float, Meta(gt=0, le=87600)] | None = None


class InviteBody(Struct, forbid_unknown_fields=True):
    invite: NewInvite


class JoinRequest(Struct, forbid_unknown_fields=True):
    """`request` is the JSON text of a `Joining`: a text, so that what was proven is byte for byte what is read."""

    invite: Text
    proof: Text
    request: Annotated[str, Meta(max_length=16384)]


class Joining(Struct, forbid_unknown_fields=True):
    """`public_key`: base64 of the node's Ed25519 key; `address`: where others reach it; `services`: catalogue types."""

    region: Text
    public_key: Text
    address: Annotated[str, Meta(max_length=2048)]
    services: list[Text]


class Line(Struct, forbid_unknown_fields=True):
    """What one server was for a while; times in µs."""

    project_id: Text
    server_id: Text
    flavor: Text
    vcpus: int
    ram_mb: int
    disk_gb: int
    begins: int
    ends: int


class Item(Struct, forbid_unknown_fields=True):
    """One row of an outbox: kind usage or registration."""

    id: int
    key: Text
    kind: str
    payload: dict[str, Any]


class Registration(Struct, forbid_unknown_fields=True):
    address: Annotated[str, Meta(max_length=2048)]
    services: list[Text]


class Amount(Struct, forbid_unknown_fields=True):
    total: int
    used: int


class Report(Struct, forbid_unknown_fields=True):
    """What a node tells: how much it has (vcpus, memory_mb, disk_gb), how many servers, what its outbox holds."""

    capacity: dict[str, Amount]
    servers: Annotated[int, Meta(ge=0)]
    items: Annotated[list[Item], Meta(max_length=1000)] = []


class S3Question(Struct, forbid_unknown_fields=True):
    """A signed request of S3, as far as its signature goes. `scope`: day, region and service of version 4; `texts`:
    base64 of what may have been signed; `address`: of the envelope to answer in."""

    access: Text
    signature: Text
    texts: Annotated[list[Annotated[str, Meta(max_length=24 << 10)]], Meta(min_length=1, max_length=2)]
    address: Text
    scope: tuple[Text, Text, Text] | None = None
