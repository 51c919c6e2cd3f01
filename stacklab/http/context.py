"""Who is calling: the claims of a checked token, and the question whether a rule lets them."""

from typing import NamedTuple

from msgspec import Struct

from stacklab.http import policy


class Trust(NamedTuple):
    """The delegation a token was issued under: the trustor's roles in the trustee's hands."""

    id: str
    trustor_user_id: str
    trustee_user_id: str
    impersonation: bool
    ends: tuple[str, ...] = ()  # what else it ends with, as revocations name it: trusts it came from, their users


class Caller(Struct, frozen=True):
    """The claims of one checked token. Times in µs. Exactly one of project, domain, system is the scope, or none is."""

    user_id: str
    user_name: str
    user_domain_id: str
    roles: frozenset[str] = frozenset()  # names, implied ones included
    role_ids: tuple[tuple[str, str], ...] = ()  # (id, name)
    project_id: str | None = None
    project_name: str | None = None
    project_domain_id: str | None = None
    domain_id: str | None = None
    system: bool = False
    issued_at: int = 0
    expires_at: int = 0
    methods: tuple[str, ...] = ()
    audit_ids: tuple[str, ...] = ()
    credential_id: str | None = None  # application credential
    unrestricted: bool = True
    audience: str = ""  # the region a token is bound to; "" = home and the regions it trusts
    trust: Trust | None = None
    oauth: tuple[str, str] | None = None  # OAuth1 consumer id, access token id
    access_rules: tuple[tuple[str, str, str], ...] | None = None  # (service type, method, path pattern); None = all
    project_is_domain: bool = False  # the project of the scope is a domain acting as one

    @property
    def admin(self) -> bool:
        return "admin" in self.roles


NOBODY = Caller("", "", "")


class Context(Struct, frozen=True):
    """One call by one caller; the first argument of every service function."""

    caller: Caller = NOBODY
    request_id: str = ""
    token: str = ""

    def __repr__(self) -> str:
        """Without the token: what is shown may be logged."""
        return f"Context({self.caller!r}, {self.request_id!r})"

    @property
    def project_id(self) -> str:
        """The project of the scope; "" when the token has another scope or none."""
        return self.caller.project_id or ""

    @property
    def user_id(self) -> str:
        return self.caller.user_id

    @property
    def admin(self) -> bool:
        return self.caller.admin

    def authorize(self, rule: str, **target: str | None) -> None:
        """Raise `Forbidden` unless the named rule lets this caller act on the target (project_id=…, user_id=…)."""
        policy.enforce(rule, self.caller, target)

    def can(self, rule: str, **target: str | None) -> bool:
        """The same question, answered."""
        return policy.allows(rule, self.caller, target)
