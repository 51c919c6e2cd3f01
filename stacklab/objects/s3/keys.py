"""Who signed a request: the door behind which secrets stay, and what was learned behind it, for a while.

At home identity is behind the door (`identity.s3_keys`), at a region's node home is (`regions.node.s3_keys`). What
comes out is a caller and a key: of version 4 the one that signs nothing but requests of that day, region and service.

Which region a scope may name. Amazon puts it there so that a key that leaks in one place is of no use in another, and
so it is here: a node is given keys of scopes that name itself, and nobody else takes those. Clients that are told no
region write us-east-1. Home takes that as its own name, since its keys go nowhere. A node does not: it answers, as
Amazon does, which name it expects, and boto3 and s3cmd sign again with that; others have a setting for it.

Which host. The region is a word that whoever answers can make a client write. So a signature for the address of
another region is refused also where its scope fits: version 4 always signs the host, and a node cannot pass on at home
what was meant for it. Version 2 signs neither; it is taken only where tokens for everywhere are.
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from stacklab.core import clock
from stacklab.http.context import Caller
from stacklab.http.request import Request
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.signatures import Signed

REGION = "x-amz-bucket-region"
_MOST = 10_000
_MALFORMED = {
    False: ("AuthorizationHeaderMalformed", "The authorization header is malformed"),
    True: ("AuthorizationQueryParametersError", "Error parsing the X-Amz-Credential parameter"),
}
Scope = tuple[str, str, str] | tuple[()]


class Opened(NamedTuple):
    """`key` is the day's signing key of version 4, b"" where the request was signed with version 2."""

    caller: Caller
    key: bytes


class Door(Protocol):
    """`life`: how long (µs) what `judge` said is good for at most; `regions`: the names a scope may have, the true one
    first."""

    life: int
    regions: tuple[str, ...]

    async def judge(
        self, access: str, scope: Scope, texts: Sequence[bytes], signature: str
    ) -> tuple[Caller, bytes] | bool | None:
        """Who signed one of the texts and the key it was done with, b"" for one that is not told; False where the key
        did not; None where nobody has it. Raises Unauthorized for one that is no longer good, Unavailable, and
        BadRequest for a version of signatures that is not taken."""

    def about(self, access: str, caller: Caller) -> tuple[str, ...]:
        """Everything whose revocation ends what `judge` said."""

    def stands(self, about: tuple[str, ...], issued_at: int) -> bool:
        """Whether nothing of it was revoked. Raises Unavailable where that cannot be known."""

    def elsewhere(self) -> frozenset[str]:
        """The hosts (with a port where it is said) that are other regions'."""


class _Known(NamedTuple):
    caller: Caller
    key: bytes
    about: tuple[str, ...]
    until: int


class Keys:
    """The door, and what came out of it: by access key and scope, in a bounded amount of memory."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._known: dict[tuple[str, Scope], _Known] = {}

    async def check(self, request: Request, signed: Signed) -> Opened:
        """Raises S3Error (InvalidAccessKeyId, SignatureDoesNotMatch and what places are refused with), Unauthorized,
        Unavailable."""
        if signed.scope:
            self._check_region(signed.scope[1], signed.presigned)
        known = self._remembered(signed)
        opened = _opened(known, signed) if known else await self._judged(signed)
        if signed.scope:
            self._check_host(request.headers.get("host", ""))  # the door has just said which hosts are others'
        return opened

    def _check_region(self, said: str, presigned: bool) -> None:
        right = self._door.regions
        if said not in right:
            code, words = _MALFORMED[presigned]
            wrong = f"{words}; the region '{said}' is wrong; expecting '{right[0]}'"
            raise S3Error(code, wrong, {REGION: right[0]}, Region=right[0])  # an answer to HEAD has no body

    def _check_host(self, said: str) -> None:
        host = plain_host(said)
        if any(host == other or host.endswith(f".{other}") for other in self._door.elsewhere()):
            raise S3Error("AccessDenied", "This request was signed for the address of another region.")

    def _remembered(self, signed: Signed) -> _Known | None:
        known = self._known.get((signed.access, signed.scope))
        if known is None or known.until <= clock.now() or not self._door.stands(known.about, known.caller.issued_at):
            return None
        return known

    async def _judged(self, signed: Signed) -> Opened:
        found = await self._door.judge(signed.access, signed.scope, signed.texts, signed.signature)
        if found is None:
            raise S3Error("InvalidAccessKeyId")
        if not isinstance(found, tuple):
            raise S3Error("SignatureDoesNotMatch")
        caller, key = found
        if key:
            until = min(clock.now() + self._door.life, caller.expires_at)
            while len(self._known) >= _MOST:
                self._known.pop(next(iter(self._known)), None)
            self._known[signed.access, signed.scope] = _Known(
                caller, key, self._door.about(signed.access, caller), until
            )
        return Opened(caller, key if signed.scope else b"")


def _opened(known: _Known, signed: Signed) -> Opened:
    """Raises S3Error."""
    said = signed.signature.encode(errors="replace")
    if not any(hmac.compare_digest(_sign(known.key, text, signed.scope), said) for text in signed.texts):
        raise S3Error("SignatureDoesNotMatch")
    return Opened(known.caller, known.key if signed.scope else b"")


def plain_host(host: str) -> str:
    """A host as it compares: small letters, no port where it is the usual one."""
    name = host.lower().strip()
    return name.removesuffix(":80").removesuffix(":443")


def _sign(key: bytes, text: bytes, scope: Scope) -> bytes:
    """As the client did: in hex with version 4, in base64 with version 2."""
    if scope:
        return hmac.digest(key, text, "sha256").hex().encode()
    return b64encode(hmac.digest(key, text, "sha1"))
