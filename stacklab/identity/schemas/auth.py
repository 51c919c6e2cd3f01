"""POST /v3/auth/tokens."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

Secret = Annotated[str, Meta(max_length=4096)]


class DomainRef(Struct):
    id: str | None = None
    name: str | None = None


class UserRef(Struct):
    id: str | None = None
    name: str | None = None
    domain: DomainRef | None = None


class PasswordUser(UserRef, kw_only=True):
    password: Secret = ""


class Password(Struct):
    user: PasswordUser | None = None


class TotpUser(UserRef, kw_only=True):
    passcode: Annotated[str, Meta(max_length=64)]


class Totp(Struct):
    user: TotpUser


class Token(Struct):
    id: str


class ApplicationCredential(Struct):
    secret: Secret = ""
    id: str | None = None
    name: str | None = None
    user: UserRef | None = None


class Identity(Struct):
    """`external` and the rest may hold anything."""

    methods: Annotated[list[str], Meta(max_length=16)]
    password: Password | None = None
    totp: Totp | None = None
    token: Token | None = None
    application_credential: ApplicationCredential | None = None
    external: dict[str, Any] | None = None
    oauth1: dict[str, Any] | None = None  # what it says is in the Authorization header


class ProjectRef(Struct):
    id: str | None = None
    name: str | None = None
    domain: DomainRef | None = None


class SystemRef(Struct):
    all: bool = True


class TrustRef(Struct):
    id: str | None = None


class Scope(Struct):
    """Exactly one of them."""

    project: ProjectRef | None = None
    domain: DomainRef | None = None
    system: SystemRef | None = None
    unscoped: dict[str, Any] | None = None
    trust: TrustRef | None = field(default=None, name="OS-TRUST:trust")


class Auth(Struct):
    identity: Identity
    scope: Scope | Literal["unscoped"] | None = None


class AuthBody(Struct):
    auth: Auth
