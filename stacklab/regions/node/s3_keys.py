"""S3 keys where their secrets are not: home says who signed, and what this region's signatures of a day are checked
with from then on (what is told and what not: `regions.home.s3_keys`). The feed of revocations ends what it said.
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Sequence
from queue import LifoQueue
from time import monotonic
from typing import Any

import msgspec

from stacklab.core import clock, log
from stacklab.core.errors import BadRequest, Unauthorized, Unavailable
from stacklab.http.bounded import Bounded
from stacklab.http.context import Caller
from stacklab.identity import credentials, tokens
from stacklab.identity.revocations import subjects
from stacklab.identity.s3_keys import Scope
from stacklab.regions.digest import digest
from stacklab.regions.envelope import Envelope
from stacklab.regions.hosts import host_of
from stacklab.regions.node import met
from stacklab.regions.node.client import Away, Link, Refused, Removed
from stacklab.regions.node.verifier import Verifier
from stacklab.regions.verdict import UNKNOWN, WRONG, Verdict

_log = log.get(__name__)
AT_ONCE = 2  # questions under way, each on a connection of its own
TIMEOUT = 4.0  # seconds
_WAITING = 64
_MOST = 255  # characters of an access key or a signature that home reads
_PAUSE = 1.0  # seconds in which home is not asked again after it did not answer
_AWAY = "Home does not answer, and this region has not seen this key for a while. Try again."
_decoder = msgspec.json.Decoder(Verdict)


class S3Keys:
    """The door of `objects.s3.keys`. `links`: makes a connection to home."""

    life = 15 * 60 * clock.SECOND

    def __init__(self, verifier: Verifier, links: Callable[[], Link]) -> None:
        where = verifier.where
        self.regions: tuple[str, ...] = (where.region,)
        self._verifier = verifier
        self._homes = frozenset(map(host_of, (where.home_url, where.identity_url)))
        self._others: frozenset[str] = frozenset()
        self._links: LifoQueue[Link] = LifoQueue()
        self._all = [links() for _ in range(AT_ONCE)]
        for link in self._all:
            self._links.put(link)
        self._threads = Bounded(AT_ONCE, _WAITING, "s3-keys")
        self._silent_until = 0.0

    def close(self) -> None:
        for link in self._all:
            link.close()
        self._threads.shutdown(wait=True)

    async def judge(
        self, access: str, scope: Scope, texts: Sequence[bytes], signature: str
    ) -> tuple[Caller, bytes] | bool | None:
        """Raises BadRequest, Unauthorized, Unavailable."""
        self._verifier.require_fresh()
        if not scope and not self._verifier.where.trusted:
            words = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
            raise BadRequest(words)
        if max(len(access), len(signature)) > _MOST:
            return None if len(access) > _MOST else False
        about = {"access": access, "signature": signature, "texts": [b64encode(text).decode() for text in texts]}
        verdict = await asyncio.wrap_future(self._threads.submit(self._ask, {**about, "scope": scope or None}))
        self._others = frozenset(verdict.elsewhere)
        if verdict.why == UNKNOWN:
            return None
        if verdict.why == WRONG:
            return False
        if verdict.why or verdict.claims is None:
            raise Unauthorized(tokens.UNAUTHORIZED)
        caller = tokens.caller(verdict.claims)
        met.remember(caller)
        return caller, verdict.key

    def _ask(self, question: dict[str, Any]) -> Verdict:
        """In a thread. Raises Unavailable, BadRequest."""
        if monotonic() < self._silent_until:
            raise Unavailable(_AWAY)
        link, own = self._links.get(), Envelope()
        try:
            told = link.ask("POST", "/regions/v1/s3-keys", {**question, "address": own.address})["told"]
            return _decoder.decode(own.open(told))
        except (Away, Removed, ValueError) as away:
            _log.warning("home told nothing of an S3 key", why=str(away))
            self._silent_until = monotonic() + _PAUSE
            raise Unavailable(_AWAY) from None
        except Refused as refused:
            _log.warning("home refuses to tell of an S3 key", why=str(refused))
            raise BadRequest("This signature cannot be judged for this region.") from None
        finally:
            self._links.put(link)

    def about(self, access: str, caller: Caller) -> tuple[str, ...]:
        """Everything whose revocation ends what home said, as the feed calls it."""
        return tuple(map(digest, (credentials.ec2_key(credentials.ec2_id(access)), *subjects(caller))))

    def stands(self, about: tuple[str, ...], issued_at: int) -> bool:
        """Whether the feed has nothing against it. Raises Unavailable where it was not heard for too long."""
        self._verifier.require_fresh()
        return not self._verifier.revocations.refuse(about, issued_at)

    def elsewhere(self) -> frozenset[str]:
        """Home's hosts, and those of other regions as home told last."""
        return (self._homes | self._others) - {host_of(self._verifier.base_url)}
