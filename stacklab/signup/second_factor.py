"""A second factor: enrolled, confirmed with a code, given up; and the codes for who lost the device.

Confirmed, it is a Keystone credential of type totp and a rule among the user's options, so that every Keystone client
has to give it. Until then the secret is here, encrypted. Of recovery codes only the SHA-256 is kept: they are random.
"""

import hashlib
import secrets
from base64 import b32encode
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlencode

from stacklab.core.db.database import change, durable, row
from stacklab.core.errors import BadRequest, Conflict, NotFound, Unauthorized
from stacklab.core.settings import Settings
from stacklab.identity import accounts
from stacklab.identity.accounts import Account
from stacklab.identity.service import Identity

DIGITS, PERIOD = 6, 30
_CODES = 10
_SECRET_BYTES = 20  # as long as SHA-1's output (RFC 4226, 4)
_PUT = (
    "INSERT INTO signup_totp VALUES (?, ?, NULL) ON CONFLICT (user_id) "
    "DO UPDATE SET secret = excluded.secret WHERE signup_totp.credential_id IS NULL"
)


class SecondFactor:
    def __init__(self, settings: Settings, identity: Identity) -> None:
        self._settings, self._identity = settings, identity

    def left(self, account: Account) -> int | None:
        """How many recovery codes there are; None where log-in takes a password alone."""
        found = row("SELECT credential_id FROM signup_totp WHERE user_id = ?", (account.id,))
        if not found or found[0] is None:
            return None
        counted = row("SELECT count(*) FROM signup_recovery WHERE user_id = ?", (account.id,))
        return int(counted[0]) if counted else 0

    def enrol(self, account: Account) -> tuple[str, str]:
        """A secret in base32 and its otpauth URI; nothing changes until a code confirms it. Raises Conflict."""
        secret = b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()
        with durable():
            if change(_PUT, (account.id, self._identity.vault.encrypt(secret.encode()).decode())) != 1:
                raise Conflict("Two-factor log-in is on already.")
        issuer = self._settings.console.site_name
        label = quote(f"{issuer}:{account.email or account.name}")
        query = urlencode({"secret": secret, "issuer": issuer, "digits": DIGITS, "period": PERIOD}, quote_via=quote)
        return secret, f"otpauth://totp/{label}?{query}"

    def confirm(self, account: Account, address: str, code: str) -> list[str]:
        """From now on a log-in by password needs a code. The recovery codes. Raises NotFound, Conflict, BadRequest."""
        found = row("SELECT secret, credential_id FROM signup_totp WHERE user_id = ?", (account.id,))
        if found is None:
            raise NotFound("Nothing was enrolled that could be confirmed.")
        if found[1] is not None:
            raise Conflict("Two-factor log-in is on already.")
        secret = self._identity.vault.decrypt(found[0].encode()).decode()
        with self._counted(account, address), durable():
            made = accounts.require_totp(self._identity, account, secret)
            if not accounts.accept_passcode(self._identity, account, code):
                raise Unauthorized("the code is wrong")  # and nothing of the above was
            change("UPDATE signup_totp SET secret = '', credential_id = ? WHERE user_id = ?", (made, account.id))
            return self._new_codes(account)

    def renew_codes(self, account: Account, address: str, code: str) -> list[str]:
        """Raises NotFound, BadRequest."""
        self._require_on(account)
        with self._counted(account, address), durable():
            if not accounts.accept_passcode(self._identity, account, code):
                raise Unauthorized("the code is wrong")
            return self._new_codes(account)

    def disable(self, account: Account, address: str, code: str) -> None:
        """With a passcode or a recovery code. Raises NotFound, BadRequest."""
        self._require_on(account)
        with self._counted(account, address), durable():
            if not accounts.accept_passcode(self._identity, account, code) and not _spend(account, code):
                raise Unauthorized("the code is wrong")
            self._forget(account)

    def recover(self, address: str, email: str, password: str, code: str) -> None:
        """For who lost the device: the password and a recovery code switch it off. Slow. Raises Unauthorized, which
        does not say what was wrong, and TooManyRequests."""
        account = accounts.by_email(email)
        with self._identity.throttle.attempt(address, [email]):
            accounts.check_password(self._identity, account, password)
            with durable():
                if account is None or not _spend(account, code):
                    raise Unauthorized("The e-mail address, the password or the recovery code is wrong.")
                self._forget(account)

    # --- inside

    def _require_on(self, account: Account) -> None:
        if self.left(account) is None:
            raise NotFound("Two-factor log-in is off.")

    @contextmanager
    def _counted(self, account: Account, address: str) -> Iterator[None]:
        """Wrong codes count as failed log-ins do: six digits are soon guessed through."""
        try:
            with self._identity.throttle.attempt(address, [f"code of {account.id}"]):
                yield
        except Unauthorized:
            raise BadRequest("Invalid input for field 'code': the code is wrong or was used.") from None

    def _new_codes(self, account: Account) -> list[str]:
        codes = [_spell(secrets.token_bytes(10)) for _ in range(_CODES)]
        change("DELETE FROM signup_recovery WHERE user_id = ?", (account.id,))
        for code in codes:
            change("INSERT INTO signup_recovery VALUES (?, ?)", (account.id, _hash(code)))
        return codes

    def _forget(self, account: Account) -> None:
        accounts.forget_totp(self._identity, account)
        change("DELETE FROM signup_totp WHERE user_id = ?", (account.id,))
        change("DELETE FROM signup_recovery WHERE user_id = ?", (account.id,))


def _spell(raw: bytes) -> str:
    """80 random bits as `xxxx-xxxx-xxxx-xxxx`."""
    text = b32encode(raw).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _hash(code: str) -> str:
    plain = code.lower().replace("-", "").replace(" ", "")
    return hashlib.sha256(plain.encode()).hexdigest()


def _spend(account: Account, code: str) -> bool:
    """Whether this was a recovery code of the account; it is none any more."""
    return change("DELETE FROM signup_recovery WHERE user_id = ? AND hash = ?", (account.id, _hash(code))) == 1
