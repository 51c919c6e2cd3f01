"""What tokens that somebody was lent may not do: hand the loan on, or touch what outlives it.

A token is lent when it came from an application credential, an EC2 key or OAuth1; a trust is a scope and asked about
by itself.
"""

from msgspec.structs import replace

from stacklab.core.errors import BadRequest, Forbidden, NotFound
from stacklab.http.context import Caller
from stacklab.identity import compliance, projects, users
from stacklab.identity.model import User
from stacklab.identity.parts import Parts
from stacklab.identity.schemas.delegation import RoleRef
from stacklab.identity.tokens import delegated

FORBIDDEN = "You are not authorized to perform the requested action"
EC2 = "ec2credential"  # the method of a token that an EC2 key was exchanged for


def denied(reason: str = "") -> Forbidden:
    """Keystone's refusal of an action; it says the reason where it is no secret."""
    return Forbidden(f"{FORBIDDEN}: {reason}." if reason else f"{FORBIDDEN}.")


def lent(caller: Caller) -> bool:
    """Whether a token's methods show that it is not its user's own; a trust alone does not make it so."""
    return delegated(replace(caller, trust=None))


def require_own(caller: Caller, reason: str) -> None:
    """Raises Forbidden for a token of a trust or one that is lent."""
    if delegated(caller):
        raise denied(reason)


def require_no_key(caller: Caller) -> None:
    """Raises Forbidden for the token of an EC2 key, which is good for every service but this one (Keystone's rule)."""
    if EC2 in caller.methods:
        raise denied()


def named_roles(parts: Parts, asked: list[RoleRef]) -> list[str]:
    """The ids of roles given by id or name, each once; ids are not looked up.

    Raises NotFound for an unknown name, BadRequest for one that several roles have.
    """
    names = parts.rolebook.names()
    chosen = []
    for role in asked:
        found = [role.id] if role.id else [role_id for role_id, name in names.items() if name == role.name]
        if not found:
            raise NotFound(f"Role {role.name} is not defined")
        if len(found) > 1:
            raise BadRequest(
                f"There are multiple role entities named '{role.name}'. "
                "Please use ID instead of names to resolve the ambiguity."
            )
        chosen += found
    return list(dict.fromkeys(chosen))


def active(parts: Parts, user_id: str) -> User | None:
    """The user, where they and their domain are enabled."""
    user = users.find(user_id)
    if user is None or not compliance.enabled(parts.settings.identity, user):
        return None
    domain = projects.find_domain(user.domain_id)
    return user if domain and domain.enabled else None
