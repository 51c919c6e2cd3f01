"""What home tells a region's node of the S3 keys of its visitors: who signed, and a key for that region alone.

A node must show a request that was really signed: nobody is told of people who never came to it. What it gets is bound
to it on both sides. The caller is that of a token bound to the region. The key is derived for a scope that names the
region, on the days that requests can be of now, and nobody else takes such a scope: no region has the names that home
takes. Version 2 signs neither region nor host, so that whoever sees a request can send it on: its signatures are
judged, without a key, for nodes that home trusts with tokens for everywhere, and for no others.
"""

from base64 import b64decode
from datetime import UTC, datetime, timedelta

import msgspec

from stacklab.core import clock
from stacklab.core.errors import BadRequest, Unauthorized
from stacklab.identity.s3_keys import S3Keys, Scope
from stacklab.identity.service import Identity
from stacklab.regions import envelope
from stacklab.regions.home.records import Node
from stacklab.regions.home.registry import Registry
from stacklab.regions.home.schema import S3Question
from stacklab.regions.hosts import host_of
from stacklab.regions.verdict import REFUSED, UNKNOWN, WRONG, Verdict

_OLDEST = timedelta(days=8)  # a presigned URL is good for seven days
_AHEAD = timedelta(days=1)  # a clock may be fast, and the day another elsewhere


class HomeKeys(S3Keys):
    """Identity's keys, and the registry's word on which hosts are other regions'. `own`: home's own address."""

    def __init__(self, identity: Identity, registry: Registry, own: str) -> None:
        super().__init__(identity, registry.own)
        self._registry, self._own = registry, host_of(own)

    def elsewhere(self) -> frozenset[str]:
        return self._hosts("")

    def _hosts(self, region: str) -> frozenset[str]:
        found = {host_of(node.address) for node in self._registry.nodes() if node.name != region}
        return frozenset(found - {self._own})

    def tell(self, node: Node, asked: S3Question) -> str:
        """The verdict on a signature, closed for the node. Raises BadRequest."""
        scope = self._scope(node, asked)
        try:
            texts = [b64decode(text, validate=True) for text in asked.texts]
            found = self.weigh(asked.access, scope, texts, asked.signature, node.name)
        except Unauthorized:
            return self._closed(node, asked, Verdict(REFUSED))
        except ValueError as error:
            raise BadRequest(f"Invalid input for field 'texts': {error}") from None
        if not isinstance(found, tuple):
            return self._closed(node, asked, Verdict(WRONG if found is False else UNKNOWN))
        claims, key = found
        return self._closed(node, asked, Verdict("", claims, key if scope else b""))

    def _closed(self, node: Node, asked: S3Question, verdict: Verdict) -> str:
        told = msgspec.structs.replace(verdict, elsewhere=tuple(self._hosts(node.name)))
        try:
            return envelope.close(asked.address, msgspec.json.encode(told))
        except ValueError as error:
            raise BadRequest(f"Invalid input for field 'address': {error}") from None

    def _scope(self, node: Node, asked: S3Question) -> Scope:
        """Raises BadRequest for what this node is told no key of."""
        if asked.scope is None:
            if not node.trusted:
                raise BadRequest("Signatures of version 2 are not judged for this region.")
            return ()
        day, region, service = asked.scope
        if region != node.name or region in self.regions or service != "s3":
            raise BadRequest(f"Keys of the scope {region}/{service} are not for this region.")
        today = datetime.fromtimestamp(clock.now() / 1e6, UTC).date()
        first, last = (f"{today + apart:%Y%m%d}" for apart in (-_OLDEST, _AHEAD))
        if len(day) != 8 or not first <= day <= last:
            raise BadRequest("Nothing is signed on that day.")
        return asked.scope
