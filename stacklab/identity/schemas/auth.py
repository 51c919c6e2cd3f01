"""POST /v3/auth/tokens."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

Secret = Annotated[str, Meta(max_length=4096)]


class DomainRef(Struct):
    id: str | None = None
    name: str | None = None


class UserRef(Struct):
    id: str | None = None
    name: str | None = None
    domain: DomainRef | None = None


class PasswordUser(UserRef, kw_only=True):
    password: Secret


class Password(Struct):
    user: PasswordUser


class Token(Struct):
    id: str


class ApplicationCredential(Struct):
    secret: Secret
    id: str | None = None
    name: str | None = None
    user: UserRef | None = None


class Identity(Struct):
    methods: Annotated[list[str], Meta(min_length=1)]
    password: Password | None = None
    token: Token | None = None
    application_credential: ApplicationCredential | None = None


class ProjectRef(Struct):
    id: str | None = None
    name: str | None = None
    domain: DomainRef | None = None


class SystemRef(Struct):
    all: Literal[True]


class Scope(Struct):
    project: ProjectRef | None = None
    domain: DomainRef | None = None
    system: SystemRef | None = None
    unscoped: dict[str, Any] | None = None


class Auth(Struct):
    identity: Identity
    scope: Scope | Literal["unscoped"] | None = None


class AuthBody(Struct):
    auth: Auth
