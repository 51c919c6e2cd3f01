"""What a caller may do in an account: the one decision that every way into it asks for.

The order is keystoneauth's: resellers, then what the container's ACL says of a user, of a page, then the account's own
people by role, then roles in the ACL; the account's ACL comes last, as with tempauth.
"""

from enum import IntEnum
from functools import lru_cache

from msgspec import Struct

from stacklab.http.context import Caller
from stacklab.objects import account_acl, acl

RESELLERS = frozenset({"reselleradmin", "admin"})  # an admin of this cloud is one in every service
OPERATORS = frozenset({"manager", "member"})
READER = "reader"
DEFAULT_DOMAIN = "default"  # names in ACLs count within it only, as they are not unique across domains
_READING = ("GET", "HEAD")


class Verdict(IntEnum):
    """OWNER also sees and sets what belongs to the account's owner: ACLs, TempURL keys, sync keys."""

    DENIED = 0
    ALLOWED = 1
    OWNER = 2


class Deed(Struct, frozen=True):
    """What is asked for. `project_id` is the account's, `domain_id` that project's domain, "" when it is not known;
    `container`, `object`: it is in one, of one; `rules` is the container's ACL for this method."""

    method: str
    project_id: str
    domain_id: str = ""
    container: bool = False
    object: bool = False
    rules: acl.Acl = acl.NOBODY
    account_rules: account_acl.AccountAcl = account_acl.NOBODY
    referer: str = ""


def is_reseller(caller: Caller) -> bool:
    return not RESELLERS.isdisjoint(_lower(caller.roles))


def weigh(caller: Caller, deed: Deed) -> Verdict:
    """The verdict on a caller, who may be nobody."""
    page = acl.referred(deed.rules, deed.referer)
    listed = page and (deed.object or acl.LISTINGS in deed.rules.members)
    if not caller.user_id:
        return Verdict.ALLOWED if listed else Verdict.DENIED
    roles = _lower(caller.roles)
    if not RESELLERS.isdisjoint(roles):
        return Verdict.OWNER
    if not deed.container and deed.method in ("PUT", "DELETE"):
        return Verdict.DENIED  # accounts are made and deleted by resellers alone
    projects, users = names(caller, deed)
    if listed or acl.includes(deed.rules, projects, users):
        return max(Verdict.ALLOWED, _own(caller, deed, roles))
    own = _own(caller, deed, roles)
    if own or (caller.project_id == deed.project_id and not page and acl.has_role(deed.rules, roles)):
        return own or Verdict.ALLOWED
    return _by_account(deed, projects, users)


def _own(caller: Caller, deed: Deed, roles: frozenset[str]) -> Verdict:
    """What the account's own people may, by their roles."""
    if not caller.project_id or caller.project_id != deed.project_id:
        return Verdict.DENIED
    if not roles.isdisjoint(OPERATORS):
        return Verdict.OWNER
    return Verdict.ALLOWED if READER in roles and deed.method in _READING else Verdict.DENIED


def _by_account(deed: Deed, projects: tuple[str, ...], users: tuple[str, ...]) -> Verdict:
    lists, reading = deed.account_rules, deed.method in _READING
    if account_acl.includes(lists.admin, projects, users):
        return Verdict.OWNER
    if (deed.container or reading) and account_acl.includes(lists.read_write, projects, users):
        return Verdict.ALLOWED
    return Verdict.ALLOWED if reading and account_acl.includes(lists.read_only, projects, users) else Verdict.DENIED


def names(caller: Caller, deed: Deed) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the caller's project and user are called in ACLs: by id, and by name where all are of the default domain."""
    project, user = caller.project_id or "", caller.user_id
    theirs = caller.project_domain_id if project == deed.project_id else deed.domain_id
    if not project or {caller.user_domain_id, caller.project_domain_id, theirs} != {DEFAULT_DOMAIN}:
        return (project,) if project else (), (user,)
    return (project, caller.project_name or project), (user, caller.user_name)


@lru_cache(maxsize=1024)
def _lower(roles: frozenset[str]) -> frozenset[str]:
    return frozenset(role.lower() for role in roles)
