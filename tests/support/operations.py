"""The table of every operation of Keystone by every persona: what its default policies say.

`operations.txt` names the rule of each operation; RULES says, in the terms of Keystone 30's documented defaults, which
scopes a rule is for and which of several claims lets somebody in. None of it looks at our own rules.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Persona:
    """Who asks, as the rules see them. `here`: the scope is the project, or domain, that the operations are about."""

    scope: str  # system, domain, project; a token without a scope counts as one of a project
    role: str = ""
    here: bool = False
    subject: bool = False  # the user the operations are about
    party: bool = False  # one of the two users of the trust
    scoped: bool = True

    @property
    def refusal(self) -> int:
        return 403 if self.scope else 401

    def has(self, role: str) -> bool:
        """The role or one that implies it."""
        chain = ("reader", "member", "manager", "admin")
        return self.role == role or (role in chain and self.role in chain[chain.index(role) :])


PERSONAS = {
    "anonymous": Persona(""),
    "unscoped": Persona("project", subject=True, party=True, scoped=False),
    "project reader": Persona("project", "reader", here=True, party=True),
    "project member": Persona("project", "member", here=True, subject=True, party=True),
    "project manager": Persona("project", "manager", here=True),
    "project admin": Persona("project", "admin", here=True),
    "domain reader": Persona("domain", "reader", here=True),
    "domain manager": Persona("domain", "manager", here=True),
    "domain admin": Persona("domain", "admin", here=True),
    "system reader": Persona("system", "reader"),
    "system member": Persona("system", "member"),
    "system admin": Persona("system", "admin"),
    "other project's manager": Persona("project", "manager"),
    "other domain's manager": Persona("domain", "manager"),
    "service": Persona("project", "service"),
}
CLAIMS: dict[str, Callable[[Persona], bool]] = {
    "anybody": lambda p: True,
    "token": lambda p: bool(p.scope),
    "admin": lambda p: p.has("admin"),
    "service": lambda p: p.has("service"),
    "system admin": lambda p: p.scope == "system" and p.has("admin"),
    "system reader": lambda p: p.scope == "system" and p.has("reader"),
    "domain's manager": lambda p: p.scope == "domain" and p.here and p.has("manager"),
    "domain's reader": lambda p: p.scope == "domain" and p.here and p.has("reader"),
    "reader of a domain": lambda p: p.scope == "domain" and p.has("reader"),
    "manager of a domain": lambda p: p.scope == "domain" and p.has("manager"),
    "manager": lambda p: p.has("manager"),
    "in the project": lambda p: p.scope == "project" and p.here,
    "in the domain": lambda p: p.scope in ("project", "domain") and p.here,
    "in a project": lambda p: p.scope == "project" and p.scoped,
    "subject": lambda p: p.subject,
    "party": lambda p: p.party,
}
# rule: the scopes it is for, and the claims of which one is enough
RULES: dict[str, tuple[str, list[str]]] = {
    "public": ("", ["anybody"]),
    "any": ("system domain project", ["token"]),
    "in project": ("project", ["in a project"]),
    "admin": ("system project", ["admin"]),
    "admin of a project": ("project", ["admin"]),
    "admin or self": ("system project", ["admin", "subject"]),
    "admin or trustor": ("system project", ["admin", "subject"]),
    "admin anywhere or self": ("system domain project", ["admin", "subject"]),
    "read": ("system project", ["admin", "system reader"]),
    "read or self": ("system project", ["admin", "system reader", "subject"]),
    "read or party": ("system project", ["admin", "system reader", "party"]),
    "read anywhere or self": ("system domain project", ["admin", "system reader", "subject"]),
    "system admin or self": ("system project", ["system admin", "subject"]),
    "system reader or self": ("system project", ["system reader", "subject"]),
    "self in project": ("project", ["subject"]),
    "trustor in project": ("project", ["subject"]),
    "domain list": ("system domain project", ["admin", "system reader", "reader of a domain"]),
    "domain read": ("system domain project", ["admin", "system reader", "domain's reader"]),
    "domain write": ("system domain project", ["admin", "domain's manager"]),
    "grant read": ("system domain project", ["admin", "system reader", "domain's reader"]),
    "grant write": ("system domain project", ["admin", "domain's manager"]),
    "role list": ("system domain project", ["admin", "system reader", "manager of a domain"]),
    "show role": ("system domain project", ["admin", "system reader", "manager"]),
    "show domain": ("system domain project", ["admin", "system reader", "in the domain"]),
    "show project": ("system domain project", ["admin", "system reader", "domain's reader", "in the project"]),
    "show user": ("system domain project", ["admin", "system reader", "domain's reader", "subject"]),
    "show limit": ("system domain project", ["admin", "system reader", "in the domain"]),
    "validate token": ("system domain project", ["admin", "system reader", "service", "subject"]),
    "check token": ("system domain project", ["admin", "system reader", "subject"]),
    "revoke token": ("system domain project", ["admin", "subject"]),
    "revocations": ("system project", ["admin", "service"]),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of operations.txt. `given`: ids other than the usual; `first`: a method on the same path before it."""

    method: str
    path: str
    rule: str
    status: int
    first: str = ""
    given: tuple[tuple[str, str], ...] = ()
    body: Any = None

    def expected(self) -> dict[str, int]:
        """Persona → status."""
        return {
            name: KEYSTONE_ALONE.get((self.method, self.path, name), self.status if self.admits(who) else who.refusal)
            for name, who in PERSONAS.items()
        }

    def admits(self, who: Persona) -> bool:
        scopes, claims = RULES[self.rule]
        return (not scopes or who.scope in scopes.split()) and any(CLAIMS[claim](who) for claim in claims)


def parse(text: str) -> list[Operation]:
    return [_operation(line) for line in text.splitlines() if line and not line.startswith("#")]


def _operation(line: str) -> Operation:
    where, rule, status, *more = (part.strip() for part in line.split("|", 4))
    method, path = where.split()
    words = more[0].split() if more else []
    given = tuple(tuple(word.split("=")) for word in words if "=" in word)
    first = next((word for word in words if "=" not in word), "")
    return Operation(method, path, rule, int(status), first, given, json.loads(more[1]) if len(more) > 1 else None)  # type: ignore[arg-type]


def fill(value: Any, ids: dict[str, str]) -> Any:
    """A path or a body with the ids in the places of their names."""
    if isinstance(value, dict):
        return {name: fill(inner, ids) for name, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, ids) for inner in value]
    return value.format(**ids) if isinstance(value, str) else value


KEYSTONE_ALONE = {("POST", "/v3/users/{user_id}/application_credentials", "unscoped"): 400}
"""Where we answer otherwise: Keystone 30 makes a credential for no project, with which nobody can log in."""
