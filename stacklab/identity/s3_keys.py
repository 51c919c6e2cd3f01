"""EC2 keys as S3 uses them: the secret stays here, and each request is weighed anew, so that a disabled user or an
ended trust, application credential or project is refused with the next one.
"""

import hashlib
import hmac
from base64 import b64encode

from stacklab.core import clock
from stacklab.core.errors import NotFound
from stacklab.http.context import Caller
from stacklab.identity import ec2, scoping, tokens
from stacklab.identity.authentication import refused
from stacklab.identity.ec2 import Key
from stacklab.identity.service import Identity


class S3Keys:
    """The signatures of versions 4 and 2 are Amazon's; None stands for an access key nobody has."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def day_key(self, access: str, day: str, region: str, service: str) -> tuple[Caller, bytes] | None:
        """Who the key speaks for, and what version 4 signs that day's requests with. Raises Unauthorized."""
        key = ec2.find(self._identity, access)
        if key is None:
            return None
        derived = f"AWS4{ec2.secret(key)}".encode()
        for part in (day, region, service, "aws4_request"):
            derived = hmac.digest(derived, part.encode(), "sha256")
        return self._caller(key), derived

    def right_v2(self, access: str, text: bytes, signature: str) -> Caller | bool | None:
        """Who the key speaks for where it signed the text, False where it did not. Raises Unauthorized."""
        key = ec2.find(self._identity, access)
        if key is None:
            return None
        right = b64encode(hmac.digest(ec2.secret(key).encode(), text, hashlib.sha1))
        return self._caller(key) if hmac.compare_digest(right, signature.encode(errors="replace")) else False

    def _caller(self, key: Key) -> Caller:
        started = clock.now()
        try:
            proof, scope = ec2.proof(self._identity, key, started)
            return tokens.caller(scoping.claims(self._identity, proof, scope, started))
        except NotFound:
            raise refused() from None
