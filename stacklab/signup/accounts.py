"""Accounts after they were made: shown, suspended, resumed, deleted with everything they own.

What an account owns in other services goes, or stops, by durable news of its user and its project: each service deletes
or stops its own. A process killed right after the commit delivers that news at its next start.
"""

from typing import Any, NamedTuple

from stacklab.core import clock
from stacklab.core.db.database import change, durable, row, rows
from stacklab.core.errors import Conflict, Forbidden, NotFound, Unauthorized
from stacklab.http.context import Caller, Context
from stacklab.identity import accounts
from stacklab.identity.accounts import Account
from stacklab.identity.service import Identity
from stacklab.identity.tokens import delegated
from stacklab.signup import policy  # noqa: F401  # declares who may do what

_FRESH = 600 * clock.SECOND
_TABLES = ("signup_suspensions", "signup_totp", "signup_recovery")


class Suspension(NamedTuple):
    """`at` in µs, `by` the administrator's user id."""

    user_id: str
    reason: str
    at: int
    by: str


class Accounts:
    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    # --- one's own

    def own(self, ctx: Context) -> Account:
        """The caller's account. Raises Forbidden for a token that somebody was lent."""
        require_own(ctx.caller)
        return _known(ctx.user_id)

    def leave(self, ctx: Context, address: str, password: str | None) -> None:
        """Delete the caller's account. Slow. Raises Forbidden unless the password, or a fresh log-in, shows it is them;
        Conflict for the first administrator."""
        account = self.own(ctx)
        if password is not None:
            self._require_password(account, address, password)
        elif not _fresh(ctx.caller):
            raise Forbidden("Deleting an account needs its password, or a log-in by password in the last ten minutes.")
        self._delete(account)

    def _require_password(self, account: Account, address: str, password: str) -> None:
        try:
            with self._identity.throttle.attempt(address, [account.id]):
                accounts.check_password(self._identity, account, password)
        except Unauthorized:
            raise Forbidden("The password is wrong.") from None

    # --- other people's

    def get(self, ctx: Context, user_id: str) -> Account:
        """Raises Forbidden, NotFound."""
        ctx.authorize("signup:accounts:manage")
        return _known(user_id)

    def suspensions(self, ctx: Context) -> list[Suspension]:
        ctx.authorize("signup:accounts:manage")
        return [Suspension(*found) for found in rows("SELECT * FROM signup_suspensions ORDER BY at DESC, user_id")]

    def suspend(self, ctx: Context, user_id: str, reason: str) -> None:
        """Tokens die with the commit; servers stop by news of it. Raises Forbidden, NotFound, Conflict."""
        account = self._other(ctx, user_id)
        with durable():
            change(
                "INSERT INTO signup_suspensions VALUES (?, ?, ?, ?) ON CONFLICT (user_id) "
                "DO UPDATE SET reason = excluded.reason, at = excluded.at, by_user = excluded.by_user",
                (account.id, reason, clock.now(), ctx.user_id),
            )
            accounts.switch(self._identity, account, enabled=False)

    def resume(self, ctx: Context, user_id: str) -> None:
        """They may log in again; their servers stay off. Raises Forbidden, NotFound, Conflict."""
        account = self._other(ctx, user_id)
        with durable():
            change("DELETE FROM signup_suspensions WHERE user_id = ?", (account.id,))
            accounts.switch(self._identity, account, enabled=True)

    def delete(self, ctx: Context, user_id: str) -> None:
        """Raises Forbidden, NotFound, Conflict."""
        self._delete(self._other(ctx, user_id))

    def _other(self, ctx: Context, user_id: str) -> Account:
        account = self.get(ctx, user_id)
        if user_id == ctx.user_id:
            raise Conflict("This is the account you are logged in with.")
        _refuse_first_admin(account)
        return account

    def _delete(self, account: Account) -> None:
        _refuse_first_admin(account)
        with durable():
            accounts.delete(self._identity, account)
            for table in _TABLES:
                change(f"DELETE FROM {table} WHERE user_id = ?", (account.id,))  # noqa: S608 - names above
            change("DELETE FROM signup_links WHERE email = ?", (account.name,))


def suspension(user_id: str) -> Suspension | None:
    found = row("SELECT * FROM signup_suspensions WHERE user_id = ?", (user_id,))
    return Suspension(*found) if found else None


def require_own(caller: Caller) -> None:
    """Raises Forbidden for what was lent: an application credential, a trust, OAuth1 access, an EC2 key, a token of a
    region."""
    if delegated(caller) or caller.audience:
        raise Forbidden("An account is managed with a log-in of one's own.")


def _fresh(caller: Caller) -> bool:
    by_password = "password" in caller.methods and "token" not in caller.methods
    return by_password and caller.issued_at + _FRESH > clock.now()


def _known(user_id: str) -> Account:
    found = accounts.get(user_id)
    if found is None:
        raise NotFound(f"Could not find user: {user_id}.")
    return found


def _refuse_first_admin(account: Account) -> None:
    if accounts.is_first_admin(account.id):
        raise Conflict("This is the cloud's first administrator, without whom nobody could administer it.")


def shown(account: Account, factors: int | None) -> dict[str, Any]:
    """As the API shows it. `factors`: how many recovery codes are left; None where log-in takes a password alone."""
    return {
        "id": account.id,
        "email": account.email,
        "enabled": account.enabled,
        "project_id": account.project_id,
        "language": account.language,
        "totp": factors is not None,
        "recovery_codes": factors or 0,
    }
