"""Revocations as Keystone's OS-REVOKE lists them: "tokens of this user, issued before that time, are void".

We keep subjects without their kind: ids are unique, so it is looked up, and for a subject that is gone an event of each
kind says the same, since no token has the same id as two of them.
"""

from collections.abc import Iterator

from stacklab.core.db.database import rows
from stacklab.identity.revocations import SYSTEM

_AUDIT = 22  # characters of an audit id
_GONE = ("user_id", "project_id", "OS-TRUST:trust_id", "OS-OAUTH1:access_token_id")
_SINCE = """
SELECT r.subject, r.before_at, CASE
    WHEN u.id IS NOT NULL THEN 'user_id'
    WHEN p.is_domain = 1 THEN 'domain_id'
    WHEN p.id IS NOT NULL THEN 'project_id'
    WHEN o.id IS NOT NULL THEN 'role_id'
    ELSE '' END
FROM identity_revocations AS r
LEFT JOIN identity_users AS u ON u.id = r.subject
LEFT JOIN identity_projects AS p ON p.id = r.subject
LEFT JOIN identity_roles AS o ON o.id = r.subject
WHERE r.before_at >= ? ORDER BY r.before_at, r.subject
"""


def since(moment: int) -> list[tuple[int, dict[str, str]]]:
    """(time in µs, what tokens it is about) of each revocation in force that was made then or later."""
    return [(at, about) for subject, at, kind in rows(_SINCE, (moment,)) for about in _about(subject, kind)]


def _about(subject: str, kind: str) -> Iterator[dict[str, str]]:
    user_id, _, target = subject.partition("@")
    if kind:
        yield {kind: subject}
    elif subject.endswith(">"):
        yield {"audit_chain_id": subject[:-1]}
    elif target == SYSTEM or "/" in subject:
        return  # Keystone has no event for a role on the system, nor for a region
    elif target:
        yield {"user_id": user_id, "project_id": target}
        yield {"user_id": user_id, "domain_id": target}
    elif len(subject) == _AUDIT:
        yield {"audit_id": subject}
    else:
        yield from ({name: subject} for name in _GONE)
