"""Somebody's account as sign-up keeps it: a user named by their e-mail address and the project they started with.

What signup may ask of identity beyond `newcomers.admit`; it never sees a row.
"""

from typing import Any

from msgspec import Struct

from stacklab.core import facts
from stacklab.core.db.database import durable, row
from stacklab.identity import compliance, credentials, logins, projects, totp, users
from stacklab.identity.bootstrap import ADMIN
from stacklab.identity.model import Credential, Project, User
from stacklab.identity.parts import Parts

_OTHERS = "SELECT 1 FROM identity_assignments WHERE target_id = ? AND actor_id <> ? LIMIT 1"
_RULES = "multi_factor_auth_rules"
_ENABLED = "multi_factor_auth_enabled"


class Account(Struct, frozen=True):
    """`language` is "" where it is not known, `project_id` "" where the user has no project of their own."""

    id: str
    name: str
    email: str
    enabled: bool
    project_id: str
    language: str


def get(user_id: str) -> Account | None:
    user = users.find(user_id)
    return _account(user) if user else None


def by_email(email: str) -> Account | None:
    """The account that signed up with this address."""
    user = users.named(email.lower(), projects.DEFAULT)
    return _account(user) if user else None


def is_first_admin(user_id: str) -> bool:
    """Whether this is the user that the first start made: without it nobody could administer the cloud."""
    return (facts.get(ADMIN) or "").split(" ")[0] == user_id


def require_form(parts: Parts, password: str) -> None:
    """Raises BadRequest for a password that does not match the operator's pattern."""
    compliance.require_form(parts.settings.identity, password)


def check_password(parts: Parts, account: Account | None, password: str) -> None:
    """The same work whether there is an account or not, and lock-out counts. Slow. Raises Unauthorized."""
    logins.check(parts, users.find(account.id) if account else None, password)


def choose_password(parts: Parts, account: Account, password: str) -> None:
    """By the user, who has shown who they are; tokens they had are void. Slow. Raises BadRequest for a password the
    operator's rules refuse."""
    user = _user(account)
    compliance.require_form(parts.settings.identity, password)
    compliance.require_changeable(parts, user, password)
    users.choose_password(parts, user, password)


def switch(parts: Parts, account: Account, enabled: bool) -> None:
    """User and project off, which voids their tokens and is told to every service; or on again."""
    with durable():
        users.update(parts, _user(account), {"enabled": enabled}, {})
        project = _own_project(account)
        if project is not None:
            projects.update(parts, project, {"enabled": enabled}, {})


def delete(parts: Parts, account: Account) -> None:
    """The user and their project; the services hear of both and delete what was in them."""
    with durable():
        project = _own_project(account)
        if project is not None:
            projects.delete(parts, project)
        users.delete(parts, _user(account))


def require_totp(parts: Parts, account: Account, secret: str) -> str:
    """Log-in by password asks for a passcode of this secret (base32) from now on. The credential's id.

    Application credentials go on by themselves: they are long, random, and were made by who had passed both factors.
    """
    with durable():
        fields = {"user_id": account.id, "project_id": None, "type": "totp", "blob": secret}
        made = credentials.create(parts, fields, {})
        rules = [["password", "totp"], ["application_credential"]]
        users.update(parts, _user(account), {"options": {_RULES: rules, _ENABLED: True}}, {})
    return str(made.id)


def accept_passcode(parts: Parts, account: Account, passcode: str) -> bool:
    """Whether this is a code of the account's second factor that was not used yet; now it is."""
    return totp.accept(parts, account.id, passcode)


def forget_totp(parts: Parts, account: Account) -> None:
    """The password alone is enough again."""
    with durable():
        Credential.delete().where((Credential.user_id == account.id) & (Credential.type == "totp")).execute()
        options: dict[str, Any] = {_RULES: None, _ENABLED: None}
        users.update(parts, _user(account), {"options": options}, {})


def _account(user: User) -> Account:
    email = user.extra.get("email") or (user.name if "@" in user.name else "")
    language = str(user.extra.get("language") or "")
    return Account(user.id, user.name, email, bool(user.enabled), user.default_project_id or "", language)


def _user(account: Account) -> User:
    found = users.find(account.id)
    if found is None:
        raise LookupError(account.id)
    return found


def _own_project(account: Account) -> Project | None:
    """The project that is the account's alone: one that others work in too is not theirs to end or to stop."""
    found = projects.find(account.project_id) if account.project_id else None
    if found is None or found.is_domain or row(_OTHERS, (found.id, account.id)):
        return None
    return found
