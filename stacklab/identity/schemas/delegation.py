"""Bodies of trusts, of EC2 keys and stored credentials, and of OAuth1."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

Id = Annotated[str, Meta(min_length=1, max_length=64)]


class RoleRef(Struct, forbid_unknown_fields=True):
    """A role by its id or by its name: exactly one."""

    id: Annotated[str, Meta(min_length=1, max_length=64, pattern="^[a-zA-Z0-9-]+$")] | None = None
    name: Annotated[str, Meta(min_length=1, max_length=255)] | None = None

    def __post_init__(self) -> None:
        if (self.id is None) == (self.name is None):
            raise ValueError("a role is told by its id or by its name")


class NewTrust(Struct):
    trustor_user_id: Id
    trustee_user_id: Id
    impersonation: bool
    project_id: str | None = None
    roles: list[RoleRef] = []
    expires_at: str | None = None
    remaining_uses: Annotated[int, Meta(ge=1, le=(1 << 63) - 1)] | None = None
    allow_redelegation: bool | None = None
    redelegation_count: Annotated[int, Meta(ge=0)] | None = None
    redelegated_trust_id: str | None = None  # read, never believed: only the token says which trust is handed on


class NewCredential(Struct):
    blob: str
    type: Annotated[str, Meta(min_length=1, max_length=255)]
    user_id: str
    project_id: str | UnsetType | None = UNSET


class CredentialBlob(Struct, forbid_unknown_fields=True):
    """All that can be changed: a credential is never given another owner, project or kind."""

    blob: str


class NewEc2Key(Struct):
    tenant_id: str | None = None


class Signed(Struct):
    """A request that an EC2 client signed, as the service that got it tells it. `token`: what S3 clients sign."""

    access: str
    signature: str = ""
    host: str = ""
    verb: str = ""
    path: str = ""
    params: dict[str, Any] = {}
    headers: dict[str, Any] = {}
    body_hash: str = ""
    token: str = ""


class ConsumerFields(Struct):
    description: str | UnsetType | None = UNSET


class Authorization(Struct):
    roles: list[RoleRef] = []
