"""OAuth 1.0a (RFC 5849) requests, checked by oauthlib: what it asks us, and what keeps one from being replayed."""

# ruff: noqa: ARG002 - the signatures are oauthlib's

from hmac import compare_digest
from typing import Any

from oauthlib.common import Request as Parsed
from oauthlib.oauth1 import (
    SIGNATURE_HMAC_SHA1,
    SIGNATURE_HMAC_SHA256,
    SIGNATURE_HMAC_SHA512,
    SIGNATURE_PLAINTEXT,
    AccessTokenEndpoint,
    RequestTokenEndpoint,
    RequestValidator,
    ResourceEndpoint,
)

from stacklab.core import clock, ids
from stacklab.core.db.database import change, durable
from stacklab.core.errors import BadRequest, Unauthorized
from stacklab.identity.model_delegation import AccessToken, Consumer, RequestToken
from stacklab.identity.oauth1_requests import VERIFIER, VERIFIER_LENGTH, Signed
from stacklab.identity.parts import Parts
from stacklab.identity.tokens import UNAUTHORIZED

_HEX = frozenset("0123456789abcdef")
_REMEMBERED = 2 * 600 * clock.SECOND  # oauthlib lets a timestamp be ten minutes off, either way


def require_request(parts: Parts, asked: Signed) -> None:
    """A consumer asks for a request token. Raises Unauthorized, BadRequest."""
    checker = _Checker(parts)
    endpoint = RequestTokenEndpoint(checker, token_generator=_unused)
    _require(endpoint.create_request_token_response(asked.url, "POST", None, dict(asked.headers)))
    checker.remember()


def require_access(parts: Parts, asked: Signed) -> None:
    """A consumer exchanges its request token for an access token. Raises Unauthorized, BadRequest."""
    checker = _Checker(parts)
    endpoint = AccessTokenEndpoint(checker, token_generator=_unused)
    _require(endpoint.create_access_token_response(asked.url, "POST", None, dict(asked.headers)))
    checker.remember()


def require_resource(parts: Parts, asked: Signed) -> None:
    """A consumer uses its access token. Raises Unauthorized."""
    checker = _Checker(parts)
    endpoint = ResourceEndpoint(checker, token_generator=_unused)
    right, _ = endpoint.validate_protected_resource_request(asked.url, "POST", None, dict(asked.headers), realms=None)
    if not right:
        raise Unauthorized(UNAUTHORIZED)
    checker.remember()


def _unused() -> str:
    """What oauthlib would give out; ours are made and stored by `oauth1`."""
    return ids.new_hex()


def _require(answer: tuple[Any, str | None, int]) -> None:
    _headers, body, _status = answer
    if not body:
        raise Unauthorized(UNAUTHORIZED)
    found = dict(part.partition("=")[::2] for part in body.split("&"))
    if "error" in found:
        reason = found.get("error_description", "").replace("+", " ")
        raise BadRequest(f"Validation failed with errors: {found['error']}, detail message is: {reason}.")


class _Checker(RequestValidator):  # type: ignore[misc]
    """What oauthlib needs to know of one request. Where a key is unknown it goes on with a secret nobody has, so that
    the time does not tell."""

    enforce_ssl = False  # TLS ends in front of us
    # No RSA: consumers have secrets here, not keys.
    allowed_signature_methods = (
        SIGNATURE_HMAC_SHA1,
        SIGNATURE_HMAC_SHA256,
        SIGNATURE_HMAC_SHA512,
        SIGNATURE_PLAINTEXT,
    )
    dummy_client = dummy_request_token = dummy_access_token = "0" * 32

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self._vault = parts.vault
        self._used: tuple[str, str, str, str] | None = None

    def remember(self) -> None:
        """Keep that this request was let in. Raises Unauthorized where it was before."""
        now = clock.now()
        with durable():
            change("DELETE FROM identity_oauth_nonces WHERE expires_at < ?", (now,))
            sql = "INSERT INTO identity_oauth_nonces VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
            if self._used is None or not change(sql, (*self._used, now + _REMEMBERED)):
                raise Unauthorized(UNAUTHORIZED)

    def _read(self, secret: str | None) -> str:
        return self._vault.decrypt(secret.encode()).decode() if secret else ids.new_hex()

    def check_client_key(self, client_key: str) -> bool:
        return _hex(client_key)

    def check_request_token(self, request_token: str) -> bool:
        return _hex(request_token)

    def check_access_token(self, access_token: str) -> bool:
        return _hex(access_token)

    def check_nonce(self, nonce: str) -> bool:
        return 0 < len(nonce) <= 64 and _HEX.issuperset(nonce)

    def check_verifier(self, verifier: str) -> bool:
        return len(verifier) == VERIFIER_LENGTH and set(verifier) <= set(VERIFIER)

    def validate_timestamp_and_nonce(
        self,
        client_key: str,
        timestamp: str,
        nonce: str,
        request: Parsed,
        request_token: str | None = None,
        access_token: str | None = None,
    ) -> bool:
        """Whether it was let in before is asked when all else is right: only who knows the secret uses a nonce up."""
        self._used = (client_key, nonce, timestamp, request_token or access_token or "")
        return True

    def validate_client_key(self, client_key: str, request: Parsed) -> bool:
        return _consumer(client_key) is not None

    def get_client_secret(self, client_key: str, request: Parsed) -> str:
        found = _consumer(client_key)
        return self._read(found.secret if found else None)

    def validate_request_token(self, client_key: str, token: str, request: Parsed) -> bool:
        found = _request_token(token)
        return found is not None and found.consumer_id == client_key and found.user_id is not None

    def get_request_token_secret(self, client_key: str, token: str, request: Parsed) -> str:
        found = _request_token(token)
        return self._read(found.secret if found else None)

    def validate_verifier(self, client_key: str, token: str, verifier: str, request: Parsed) -> bool:
        found = _request_token(token)
        return found is not None and compare_digest(found.verifier or "", verifier)

    def validate_access_token(self, client_key: str, token: str, request: Parsed) -> bool:
        found = _access_token(token)
        return found is not None and found.consumer_id == client_key

    def get_access_token_secret(self, client_key: str, token: str, request: Parsed) -> str:
        found = _access_token(token)
        return self._read(found.secret if found else None)

    def get_default_realms(self, client_key: str, request: Parsed) -> list[str]:
        return []

    def get_realms(self, token: str, request: Parsed) -> list[str]:
        return []

    def validate_requested_realms(self, client_key: str, realms: list[str], request: Parsed) -> bool:
        return True

    def validate_realms(
        self, client_key: str, token: str, request: Parsed, uri: str | None = None, realms: list[str] | None = None
    ) -> bool:
        return True

    def check_realms(self, realms: list[str]) -> bool:
        return True

    def validate_redirect_uri(self, client_key: str, redirect_uri: str, request: Parsed) -> bool:
        """Verifiers are handed over by people ("oob")."""
        return True

    def save_request_token(self, token: dict[str, str], request: Parsed) -> None:
        """`oauth1` stores one of its own."""

    def save_access_token(self, token: dict[str, str], request: Parsed) -> None:
        """`oauth1` stores one of its own."""

    def invalidate_request_token(self, client_key: str, request_token: str, request: Parsed) -> None:
        """`oauth1` deletes it with the exchange."""


def _hex(text: str) -> bool:
    return len(text) == 32 and _HEX.issuperset(text)


def _consumer(consumer_id: str) -> Consumer | None:
    found: Consumer | None = Consumer.get_or_none(Consumer.id == consumer_id)
    return found


def _request_token(token_id: str) -> RequestToken | None:
    found: RequestToken | None = RequestToken.get_or_none(RequestToken.id == token_id)
    return found


def _access_token(token_id: str) -> AccessToken | None:
    found: AccessToken | None = AccessToken.get_or_none(AccessToken.id == token_id)
    return found
