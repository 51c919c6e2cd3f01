"""Trusts: a trustor lends a trustee some of their roles in a project; who may hand that on, and when it ends.

The rules are Keystone's (OS-TRUST): at most three hands, nobody hands on more than they got, or for longer.
"""

from typing import Any

import msgspec
from peewee import IntegrityError

from stacklab.core import clock, ids
from stacklab.core.db.database import change, durable, rows
from stacklab.core.errors import BadRequest, Conflict, NotFound, OverQuota, Unauthorized
from stacklab.http.context import Caller
from stacklab.http.context import Trust as Told
from stacklab.identity import grants, projects, users
from stacklab.identity.delegation import active, denied, lent, named_roles
from stacklab.identity.model import User
from stacklab.identity.model_delegation import Trust
from stacklab.identity.parts import Parts
from stacklab.identity.revocations import grant
from stacklab.identity.schemas.delegation import NewTrust
from stacklab.identity.tokens import UNAUTHORIZED

DEEPEST = 3  # how often a trust may be handed on: Keystone's max_redelegation_count
MOST = 1000  # of one trustor
MOST_BYTES = 16 << 10  # of what else is said of one
_MALFORMED = (
    " The server could not comply with the request since it is either malformed or otherwise incorrect. "
    "The client is assumed to be in error."
)

_LINE = """
WITH RECURSIVE line (id, trustor, trustee, source, depth) AS (
    SELECT id, trustor_user_id, trustee_user_id, redelegated_trust_id, 0 FROM identity_trusts WHERE id = ?
    UNION ALL
    SELECT t.id, t.trustor_user_id, t.trustee_user_id, t.redelegated_trust_id, line.depth + 1
    FROM identity_trusts AS t JOIN line ON t.id = line.source
)
SELECT line.id, line.trustor, line.trustee, u.enabled, u.domain_id, o.domain_id
FROM line JOIN identity_users AS u ON u.id = line.trustee JOIN identity_users AS o ON o.id = line.trustor
ORDER BY line.depth
"""
_BELOW = """
WITH RECURSIVE below (id) AS (
    SELECT id FROM identity_trusts WHERE id = ?
    UNION ALL SELECT t.id FROM identity_trusts AS t JOIN below ON t.redelegated_trust_id = below.id
)
SELECT id FROM below
"""


def find(trust_id: str) -> Trust | None:
    """A trust that can still be used, whoever has become of the people behind it."""
    found: Trust | None = Trust.get_or_none(Trust.id == trust_id)
    if found is None or found.remaining_uses == 0:
        return None
    return None if found.expires_at is not None and found.expires_at < clock.now() else found


def get(trust_id: str) -> Trust:
    """The same, or Keystone's answers: NotFound, and Forbidden where somebody it went through is disabled."""
    found = find(trust_id)
    if found is None:
        raise NotFound(f"Could not find trust: {trust_id}.")
    if not all(hand[3] for hand in line(trust_id)[1:]):
        raise denied()
    return found


def line(trust_id: str) -> list[tuple[Any, ...]]:
    """(id, trustor, trustee, whether the trustee is enabled, domain of the trustee, of the trustor) of a trust and of
    those it was handed on from."""
    return rows(_LINE, (trust_id,))


def create(parts: Parts, caller: Caller, asked: NewTrust, extra: dict[str, Any]) -> Trust:
    """Raises Forbidden, NotFound for a user, project or role that is not there to be lent, BadRequest, Conflict."""
    if lent(caller):
        raise denied("Delegated tokens cannot manage trusts.")
    if asked.project_id and not asked.roles:
        raise denied("At least one role should be specified")
    if users.find(asked.trustee_user_id) is None:
        raise NotFound(f"Could not find user: {asked.trustee_user_id}.")
    role_ids = named_roles(parts, asked.roles)
    _require_held(parts, asked, role_ids)
    fields: dict[str, Any] = {
        "trustor_user_id": asked.trustor_user_id,
        "trustee_user_id": asked.trustee_user_id,
        "project_id": asked.project_id or None,
        "impersonation": asked.impersonation,
        "role_ids": role_ids,
        "expires_at": _expiry(asked.expires_at),
        "remaining_uses": asked.remaining_uses,
        "redelegation_count": _count(asked),
    }
    if caller.trust:
        _hand_on(get(caller.trust.id), asked, fields)
    return _store(fields, extra)


def _require_held(parts: Parts, asked: NewTrust, role_ids: list[str]) -> None:
    """Every role is one the trustor has in the project, given, through a group or implied."""
    held: set[str] = set()
    if asked.project_id:
        if projects.find(asked.project_id) is None:
            raise NotFound(f"Could not find project: {asked.project_id}.")
        given = grants.held(asked.trustor_user_id, asked.project_id, "project")
        held = {*given, *(role_id for role_id, _ in parts.rolebook.expand(given))}
    for role_id in role_ids:
        if role_id not in held:
            raise NotFound(f"Could not find role: {role_id}.")


def _expiry(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = clock.parse(text)
    except ValueError:
        raise BadRequest("Timestamp not in expected format." + _MALFORMED) from None
    if moment < clock.now():
        raise BadRequest("The 'expires_at' must not be before now." + _MALFORMED)
    return moment


def _count(asked: NewTrust) -> int:
    """How often the new trust may be handed on."""
    if not asked.allow_redelegation or asked.redelegation_count == 0:
        return 0
    if asked.redelegation_count and asked.redelegation_count > DEEPEST:
        raise denied(f"Requested redelegation depth of {asked.redelegation_count} is greater than allowed {DEEPEST}")
    if asked.remaining_uses is not None:
        raise BadRequest("remaining_uses must not be set if redelegation is allowed")
    return asked.redelegation_count or DEEPEST


def _hand_on(source: Trust, asked: NewTrust, fields: dict[str, Any]) -> None:
    """Make the fields those of a trust that comes from `source`. Raises Forbidden for more than the source gives."""
    left = source.redelegation_count - 1
    if fields["redelegation_count"]:
        if asked.redelegation_count and asked.redelegation_count != left:
            raise denied('Modifying "redelegation_count" upon redelegation is forbidden')
        fields["redelegation_count"] = left
    if source.redelegation_count < 1:
        raise denied(f"Remaining redelegation depth of 0 out of allowed range of [0..{DEEPEST}]")
    if asked.remaining_uses is not None:
        raise denied('Field "remaining_uses" must not be set in order to redelegate a trust')
    if source.expires_at is not None and (fields["expires_at"] or 0) > source.expires_at:
        raise denied("Requested expiration time is more than redelegated trust can provide")
    if fields["project_id"] != source.project_id:
        raise denied("The project is not that of the redelegated trust")
    if not set(fields["role_ids"]) <= set(source.role_ids):
        raise denied("Some of requested roles are not in redelegated trust")
    if asked.impersonation and not source.impersonation:
        raise denied("Impersonation is not allowed because redelegated trust does not specify impersonation")
    fields["expires_at"] = fields["expires_at"] or source.expires_at
    fields["redelegated_trust_id"] = source.id


def _store(fields: dict[str, Any], extra: dict[str, Any]) -> Trust:
    if len(msgspec.json.encode(extra)) > MOST_BYTES:
        raise OverQuota(
            f"Unable to store a trust: what is said of it beside its fields has at most {MOST_BYTES} bytes."
        )
    trust_id = ids.new_hex()
    try:
        with durable():
            _require_room(fields["trustor_user_id"])
            made: Trust = Trust.create(id=trust_id, extra=extra, **fields)
    except IntegrityError:
        raise Conflict(
            f"Conflict occurred attempting to store trust - Duplicate entry found with ID {trust_id}."
        ) from None
    return made


def _require_room(trustor_user_id: str) -> None:
    """Those that are over take room until it is short: nobody can use, show or delete them. Raises OverQuota."""
    theirs = Trust.select().where(Trust.trustor_user_id == trustor_user_id)
    if theirs.count() < MOST:
        return
    over = "DELETE FROM identity_trusts WHERE trustor_user_id = ? AND (expires_at < ? OR remaining_uses = 0)"
    change(over, (trustor_user_id, clock.now()))
    if theirs.count() >= MOST:
        raise OverQuota(f"Unable to create additional trusts: a trustor has at most {MOST}.")


def consume(trust: Trust) -> None:
    """Use it once; a trust without a number of uses stays as it is. Raises Forbidden when somebody used it up."""
    if trust.remaining_uses is None:
        return
    with durable():
        sql = "UPDATE identity_trusts SET remaining_uses = remaining_uses - 1 WHERE id = ? AND remaining_uses > 0"
        if not change(sql, (trust.id,)):
            raise denied(f"No remaining uses for trust: {trust.id}")


def delete(parts: Parts, trust: Trust) -> None:
    """With all it was handed on to; their tokens end."""
    with durable():
        parts.revocations.revoke(*(found[0] for found in rows(_BELOW, (trust.id,))))
        trust.delete_instance()


def usable(parts: Parts, user_id: str, trust_id: str | None) -> Trust:
    """The trust a user wants a token under. Raises BadRequest, Unauthorized for one that is over, Forbidden."""
    if not trust_id:
        raise BadRequest("Expecting to find trust_id in trust." + _MALFORMED)
    trust = find(trust_id)
    if trust is None:
        raise Unauthorized(UNAUTHORIZED)
    if trust.trustee_user_id != user_id or not all(hand[3] for hand in line(trust_id)[1:]):
        raise denied()
    if active(parts, trust.trustor_user_id) is None:
        raise denied()
    return trust


def roles(parts: Parts, trust: Trust) -> tuple[tuple[str, str], ...]:
    """(id, name) of what a trust lends and all that implies. Raises Forbidden where whoever lent it first has lost any
    of it."""
    first = line(trust.id)[-1][1]
    held = grants.held(first, str(trust.project_id), "project")
    lent_now, theirs = parts.rolebook.expand(trust.role_ids), parts.rolebook.expand(held)
    if not lent_now or not set(lent_now) <= set(theirs):
        raise denied()
    return lent_now


def trustor(parts: Parts, trust: Trust) -> User:
    """Whom an impersonating trustee appears as. Raises Forbidden."""
    found = active(parts, trust.trustor_user_id)
    if found is None:
        raise denied()
    return found


def told(trust: Trust) -> Told:
    """A trust as its tokens tell it: they end with every trust and every user it came through and their domains, and
    with the roles of whoever lent it first."""
    hands = line(trust.id)
    through = {name for hand in hands for name in (*hand[:3], *hand[4:])}
    ends = sorted(through - {trust.id, trust.trustor_user_id, trust.trustee_user_id})
    lost = grant(hands[-1][1], str(trust.project_id))
    return Told(trust.id, trust.trustor_user_id, trust.trustee_user_id, trust.impersonation, (*ends, lost))
