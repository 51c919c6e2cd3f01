"""POST /v3/users/{id}/application_credentials."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from stacklab.identity.schemas.roles import Name, RoleRef

Identifier = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[a-zA-Z0-9-]+$")]


class AccessRule(Struct, forbid_unknown_fields=True):
    """Either what is allowed, or the id of a rule that says so. `service` is a type of the catalogue."""

    id: Identifier | None = None
    service: Identifier | None = None
    method: Literal["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"] | None = None
    path: Annotated[str, Meta(max_length=225, pattern="^/")] | None = None
    links: dict[str, Any] | None = None  # a rule may be sent back as it was shown


class NewApplicationCredential(Struct, kw_only=True, forbid_unknown_fields=True):
    """`expires_at` is ISO 8601; without a zone it is UTC. The project is the token's, whatever is said."""

    name: Name
    id: str | None = None
    secret: Annotated[str, Meta(max_length=4096)] | None = None
    description: str | None = None
    project_id: str | None = None
    roles: list[RoleRef] | None = None
    expires_at: str | None = None
    unrestricted: bool | None = None
    access_rules: list[AccessRule] | None = None
    system: str | None = None


class ApplicationCredentialBody(Struct):
    application_credential: NewApplicationCredential
