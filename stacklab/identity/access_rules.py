"""The access rules of a user: made along with an application credential, shared by those that name the same."""

from typing import NamedTuple

from stacklab.core import ids
from stacklab.core.db.database import change, durable, row, rows
from stacklab.core.errors import BadRequest, Forbidden, NotFound, OverQuota
from stacklab.identity.schemas.application_credentials import AccessRule as Asked

MOST = 32  # of one application credential
MOST_TEXT = 4096  # characters of all rules of one: its tokens carry them, and requests carry its tokens

_OF_USER = "SELECT id, service, method, path FROM identity_access_rules WHERE user_id = ? ORDER BY id"
_ONE = "SELECT id, service, method, path FROM identity_access_rules WHERE id = ? AND user_id = ?"
_SAME = "SELECT id FROM identity_access_rules WHERE user_id = ? AND service = ? AND method = ? AND path = ?"
_OF_CREDENTIAL = """
SELECT r.id, r.service, r.method, r.path FROM identity_credential_rules AS c
JOIN identity_access_rules AS r ON r.id = c.rule_id WHERE c.credential_id = ? ORDER BY r.id
"""
_OF_CREDENTIALS = """
SELECT a.id, r.id, r.service, r.method, r.path FROM identity_application_credentials AS a
JOIN identity_credential_rules AS c ON c.credential_id = a.id JOIN identity_access_rules AS r ON r.id = c.rule_id
WHERE a.user_id = ? ORDER BY r.id
"""


class AccessRule(NamedTuple):
    id: str
    service: str  # a type of the catalogue
    method: str
    path: str  # a pattern: http/access_rules.py

    @property
    def what(self) -> tuple[str, str, str]:
        """What it lets a token be used for, without its id."""
        return self.service, self.method, self.path


def find(user_id: str, rule_id: str) -> AccessRule | None:
    found = row(_ONE, (rule_id, user_id))
    return AccessRule(*found) if found else None


def of(user_id: str) -> list[AccessRule]:
    return [AccessRule(*r) for r in rows(_OF_USER, (user_id,))]


def of_credential(credential_id: str) -> list[AccessRule]:
    return [AccessRule(*r) for r in rows(_OF_CREDENTIAL, (credential_id,))]


def by_credential(user_id: str) -> dict[str, list[AccessRule]]:
    """The rules of all a user's application credentials that have any, by the credential's id."""
    found: dict[str, list[AccessRule]] = {}
    for credential_id, *rule in rows(_OF_CREDENTIALS, (user_id,)):
        found.setdefault(credential_id, []).append(AccessRule(*rule))
    return found


def attach(user_id: str, credential_id: str, asked: list[Asked]) -> None:
    """Bind a credential to rules: by id to the user's own, else by what they say. Inside the transaction that makes
    the credential. Raises NotFound for an id of nobody's or somebody else's, BadRequest, OverQuota."""
    if len(asked) > MOST:
        raise OverQuota(f"Unable to create application credential: it has at most {MOST} access rules.")
    for rule_id in dict.fromkeys(_settle(user_id, rule) for rule in asked):
        change("INSERT INTO identity_credential_rules VALUES (?, ?)", (credential_id, rule_id))
    if sum(len("".join(rule.what)) for rule in of_credential(credential_id)) > MOST_TEXT:
        raise OverQuota(
            f"Unable to create application credential: its access rules have at most {MOST_TEXT} characters."
        )


def _settle(user_id: str, asked: Asked) -> str:
    """The id of the rule that is meant; it is made where there is none like it."""
    if asked.id is not None and (find(user_id, asked.id) or asked.path is None):
        if find(user_id, asked.id) is None:
            raise NotFound(f"Could not find Access Rule: {asked.id}.")
        return asked.id
    if asked.service is None or asked.method is None or asked.path is None:
        raise BadRequest("Invalid input for field 'access_rules': a rule has a service, a method and a path, or an id.")
    what = (asked.service, asked.method, asked.path)
    known = row(_SAME, (user_id, *what))
    if known:
        return str(known[0])
    made = ids.new_hex()
    change("INSERT INTO identity_access_rules VALUES (?, ?, ?, ?, ?)", (made, user_id, *what))
    return made


def delete(user_id: str, rule_id: str) -> None:
    """Raises NotFound, and Forbidden while an application credential has it."""
    with durable():
        if find(user_id, rule_id) is None:
            raise NotFound(f"Could not find Access Rule: {rule_id}.")
        if row("SELECT 1 FROM identity_credential_rules WHERE rule_id = ?", (rule_id,)):
            raise Forbidden("May not delete access rule in use")
        change("DELETE FROM identity_access_rules WHERE id = ?", (rule_id,))
