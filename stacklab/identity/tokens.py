"""Tokens: compact JWS (RFC 7515) signed with Ed25519 (RFC 8037), carrying all that a service needs to know.

The header is a constant of ours and compared as text, so that no token can choose its own algorithm.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from stacklab.core import clock
from stacklab.core.errors import Unauthorized
from stacklab.http.context import Caller, Trust

UNAUTHORIZED = "The request you have made requires authentication."
MOST = 16_384  # characters; longer texts are not ours. What may make a token long is bounded where it is given.


_PRIMARY = frozenset({"password", "token", "totp", "external"})
"""Methods by which people show who they are themselves (Keystone's list, less what we do not have)."""
METHODS = _PRIMARY | {"application_credential", "oauth1"}
GRACE = 48 * 3600 * clock.SECOND  # µs a token can still be validated after it expired, by who asks for that


class Claims(Struct, array_like=True, frozen=True):
    """What a token says. Times in µs; `user` and `project` are (id, name, domain id); `roles` (id, name)."""

    user: tuple[str, str, str]
    methods: tuple[str, ...]
    audit_ids: tuple[str, ...]
    issued_at: int
    expires_at: int
    roles: tuple[tuple[str, str], ...] = ()
    project: tuple[str, str, str] | None = None
    domain: str | None = None
    system: bool = False
    credential: str | None = None
    unrestricted: bool = True
    audience: str = ""
    trust: Trust | None = None
    oauth: tuple[str, str] | None = None
    access_rules: tuple[tuple[str, str, str], ...] | None = None
    project_is_domain: bool = False


def _pack(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unpack(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


_HEADER = _pack(b'{"alg":"EdDSA"}')
RECEIPT = _pack(b'{"alg":"EdDSA","typ":"receipt"}')
"""The header of a text that is signed as tokens are and is none."""


def audit_id() -> str:
    """22 characters that name one token in logs and revocations."""
    return secrets.token_urlsafe(16)


class Reader:
    """Reads claims from texts that the holder of a key unquestionably signed; all that a region has."""

    def __init__(self, public: Ed25519PublicKey) -> None:
        self._public = public
        self._decoder = msgspec.json.Decoder(Claims)

    def read(self, token: str) -> Claims:
        """Raises Unauthorized, whatever is wrong; says nothing of expiry."""
        try:
            return self._decoder.decode(self.unseal(_HEADER, token))
        except msgspec.MsgspecError:
            raise Unauthorized(UNAUTHORIZED) from None

    def unseal(self, header: str, text: str) -> bytes:
        """What was signed under this header. Raises Unauthorized, whatever is wrong."""
        try:
            if len(text) > MOST or not text.startswith(header + "."):
                raise ValueError
            signed, _, signature = text.rpartition(".")
            proof = _unpack(signature)
            if _pack(proof) != signature:  # decoding skips what is not base64: one token, many texts to remember
                raise ValueError
            self._public.verify(proof, signed.encode())
            return _unpack(signed.partition(".")[2])
        except (ValueError, InvalidSignature):
            raise Unauthorized(UNAUTHORIZED) from None


class Signer(Reader):
    """Signs claims, and reads them back."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        super().__init__(key.public_key())
        self._key = key

    def sign(self, claims: Claims) -> str:
        return self.seal(_HEADER, msgspec.json.encode(claims))

    def seal(self, header: str, content: bytes) -> str:
        signed = f"{header}.{_pack(content)}"
        return f"{signed}.{_pack(self._key.sign(signed.encode()))}"


def caller(claims: Claims) -> Caller:
    """The claims as the rest of the house knows them."""
    project = claims.project or (None, None, None)
    return Caller(
        user_id=claims.user[0],
        user_name=claims.user[1],
        user_domain_id=claims.user[2],
        roles=frozenset(name for _, name in claims.roles),
        role_ids=claims.roles,
        project_id=project[0],
        project_name=project[1],
        project_domain_id=project[2],
        domain_id=claims.domain,
        system=claims.system,
        issued_at=claims.issued_at,
        expires_at=claims.expires_at,
        methods=claims.methods,
        audit_ids=claims.audit_ids,
        credential_id=claims.credential,
        unrestricted=claims.unrestricted,
        audience=claims.audience,
        trust=claims.trust,
        oauth=claims.oauth,
        access_rules=claims.access_rules,
        project_is_domain=claims.project_is_domain,
    )


def delegated(caller: Caller) -> bool:
    """Whether what the token rests on was lent: a trust, an OAuth1 access token, an application credential, EC2 keys.

    Such a token is exchanged for no other one, and makes nothing that would outlive what was lent.
    """
    return caller.trust is not None or not caller.methods or not _PRIMARY.issuperset(caller.methods)
