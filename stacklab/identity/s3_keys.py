"""EC2 keys as S3 uses them: the secret stays here. What leaves is a verdict on a signature and, of version 4, the key
that Amazon derives for a day, a region and a service, which signs nothing else.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Sequence

from stacklab.core import clock
from stacklab.core.errors import NotFound
from stacklab.http.context import Caller
from stacklab.identity import audience, credentials, ec2, scoping, tokens
from stacklab.identity.authentication import refused
from stacklab.identity.ec2 import Key
from stacklab.identity.revocations import subjects
from stacklab.identity.service import Identity
from stacklab.identity.tokens import Claims

Scope = tuple[str, str, str] | tuple[()]
"""Day, region and service of version 4; empty for version 2."""


class S3Keys:
    """The signatures of versions 4 and 2 are Amazon's; None stands for an access key nobody has, False for a signature
    that is not its.

    Home takes scopes of its own region and of us-east-1, which clients write who were told of no region. Neither is
    ever the name of a node that keys are derived for (see `regions.home.s3_keys`).
    """

    life = 60 * clock.SECOND  # how long a role that was granted may go unnoticed; what was taken away shows at once

    def __init__(self, identity: Identity, region: str) -> None:
        self._identity = identity
        self.regions: tuple[str, ...] = (region, "us-east-1")

    async def judge(
        self, access: str, scope: Scope, texts: Sequence[bytes], signature: str
    ) -> tuple[Caller, bytes] | bool | None:
        """Who signed one of the texts, and the key. Raises Unauthorized for a key that is no longer good."""
        found = self.weigh(access, scope, texts, signature)
        return (tokens.caller(found[0]), found[1]) if isinstance(found, tuple) else found

    def weigh(
        self, access: str, scope: Scope, texts: Sequence[bytes], signature: str, region: str = ""
    ) -> tuple[Claims, bytes] | bool | None:
        """The same, with the claims of a token, bound to `region` if one is given: what disables its user, ends a
        trust or an application credential or takes roles away holds for it too. The use of a trust counts."""
        key = ec2.find(self._identity, access)
        if key is None:
            return None
        derived = _derived(ec2.secret(key), scope)
        if not any(
            hmac.compare_digest(_sign(derived, text, scope), signature.encode(errors="replace")) for text in texts
        ):
            return False
        return self._claims(key, region), derived

    def about(self, access: str, caller: Caller) -> tuple[str, ...]:
        """Everything whose revocation ends what `judge` said."""
        return (credentials.ec2_key(credentials.ec2_id(access)), *subjects(caller))

    def stands(self, about: tuple[str, ...], issued_at: int) -> bool:
        """Whether nothing of it was revoked since."""
        return not self._identity.revocations.refuses(about, issued_at)

    def elsewhere(self) -> frozenset[str]:
        """Hosts that are other regions'; the registry of regions says which."""
        return frozenset()

    def _claims(self, key: Key, region: str) -> Claims:
        started = clock.now()
        try:
            proof, scope = ec2.proof(self._identity, key, started)
            claims = scoping.claims(self._identity, proof, scope, started)
        except NotFound:
            raise refused() from None
        return audience.bind(self._identity, self._identity.regions, claims, None, region)


def _derived(secret: str, scope: Scope) -> bytes:
    if not scope:
        return secret.encode()
    derived = f"AWS4{secret}".encode()
    for part in (*scope, "aws4_request"):
        derived = hmac.digest(derived, part.encode(), "sha256")
    return derived


def _sign(key: bytes, text: bytes, scope: Scope) -> bytes:
    if scope:
        return hmac.digest(key, text, "sha256").hex().encode()
    return b64encode(hmac.digest(key, text, hashlib.sha1))
