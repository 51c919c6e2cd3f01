"""Account ACLs: `X-Account-Access-Control: {"admin": [...], "read-write": [...], "read-only": [...]}`.

The lists hold `project:user` as container ACLs do, or a project alone, which is everybody in it. An admin may do what
the account's own people may, read-write everything below the account, read-only GET and HEAD. The shape and the
refusals are tempauth's, which is where Swift documents them.
"""

from functools import lru_cache
from json import dumps
from typing import Any

import msgspec
from msgspec import Struct

from stacklab.core.errors import BadRequest
from stacklab.objects import acl

HEADER = "x-account-access-control"
ADMIN, READ_WRITE, READ_ONLY = "admin", "read-write", "read-only"
_KEYS = (ADMIN, READ_WRITE, READ_ONLY)


class AccountAcl(Struct, frozen=True):
    admin: acl.Acl = acl.NOBODY
    read_write: acl.Acl = acl.NOBODY
    read_only: acl.Acl = acl.NOBODY


NOBODY = AccountAcl()


def clean(value: str) -> str:
    """The value as it is kept, "" for none. Raises BadRequest, in tempauth's words, for one that is not valid."""
    if not value:
        return ""
    if wrong := _wrong(value):
        words = f"X-Account-Access-Control invalid: {wrong}\n\nInput: {value}\n"
        raise BadRequest(words, headers={"content-type": "text/plain; charset=UTF-8"})
    return value


def _wrong(value: str) -> str:
    lists = _decoded(value)
    if lists is None:
        return f"Syntax error in input ({value!r})"
    for key in lists:
        if key not in _KEYS:
            return f"Key {dumps(key)} not recognized"
    for key in (key for key in _KEYS if key in lists):
        if not isinstance(lists[key], list):
            return f"Value for key {dumps(key)} must be a list"
        if not all(isinstance(grantee, str) for grantee in lists[key]):
            return f"Elements of {dumps(key)} list must be strings"
    return ""


def _decoded(value: str) -> dict[str, Any] | None:
    try:
        # Header values are Latin-1 on the wire; what was UTF-8 is made so again.
        found = msgspec.json.decode(value.encode("latin-1", "replace"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


@lru_cache(maxsize=1024)
def parse(value: str) -> AccountAcl:
    """A kept value, read."""
    lists = _decoded(value) or {} if value else {}
    return AccountAcl(*(acl.Acl(members=frozenset(lists.get(key, ()))) for key in _KEYS)) if lists else NOBODY


def includes(who: acl.Acl, projects: tuple[str, ...], users: tuple[str, ...]) -> bool:
    """Whether a user of a project, or everybody of that project, is named."""
    return not who.members.isdisjoint(projects) or acl.includes(who, projects, users)
