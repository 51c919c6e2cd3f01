"""Tells the other ends of synced containers what has changed: a PUT or DELETE each, signed with the realm's key and the
container's, with the moment of the change (Swift, "container sync")."""

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit
from uuid import uuid4

from msgspec import Struct

from stacklab.core import clock, log
from stacklab.core.errors import BadRequest
from stacklab.objects import content, large, lifetime, links, model, slo, sync
from stacklab.objects.large import SLO
from stacklab.objects.model import Entry, Headers
from stacklab.objects.sync_realms import Peer, sign

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from stacklab.objects.service import Objects

_log = log.get(__name__)
_ROUND = 500  # changes told in one round
_AT_ONCE = 4
_TOTAL, _CONNECT = 3600, 5  # seconds for one object, for a connection
_UNSAID = ("x-static-large-object", links.TARGET_BYTES)  # what the other end says of itself


class Change(Struct, frozen=True):
    """A row of the queue."""

    container: int
    name: str
    moment: int
    gone: bool
    tries: int


def tick(service: "Objects") -> int:
    """One round, in a thread of its own; how many changes were told. A cloud that syncs nothing: one empty query."""
    found = [Change(one, name, at, bool(gone), tries) for one, name, at, gone, tries in sync.due(_ROUND)]
    if not found:
        return 0
    told = asyncio.run(_Round(service).run(found))
    sync.forget_old()
    _log.info("containers synced", told=told, of=len(found))
    return told


class _Round:
    """`_dead`: addresses that did not answer; the rest of a round leaves them alone."""

    def __init__(self, service: "Objects") -> None:
        self._service = service
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._dead: set[str] = set()

    async def run(self, found: list[Change]) -> int:
        # Imported here: a node that syncs nothing does without.
        from aiohttp import ClientSession, ClientTimeout

        timeout = ClientTimeout(total=_TOTAL, sock_connect=_CONNECT, sock_read=60)
        async with ClientSession(timeout=timeout, auto_decompress=False) as session:
            return sum(await asyncio.gather(*(self._one(session, change) for change in found)))

    async def _one(self, session: "ClientSession", change: Change) -> bool:
        from aiohttp import ClientError

        async with self._turn:
            holder = model.container_by_id(change.container)
            peer = self._peer(holder)
            if holder is None or peer is None:
                told = True  # nobody to tell it any more
            elif urlsplit(peer.url).netloc in self._dead:
                told = False
            else:
                try:
                    told = await _Telling(self._service, session, peer, holder.said(sync.KEY), change).tell()
                except (ClientError, OSError, TimeoutError) as error:
                    self._dead.add(urlsplit(peer.url).netloc)
                    _log.warning("the other end of a synced container does not answer", error=type(error).__name__)
                    told = False
        sync.settle(change.container, change.name, change.moment, told, change.gone, change.tries)
        return told

    def _peer(self, holder: model.Container | None) -> Peer | None:
        if holder is None or not holder.said(sync.TO) or not holder.said(sync.KEY):
            return None
        try:
            return self._service.realms.peer(holder.said(sync.TO))
        except BadRequest:  # the operators have changed whom they know
            return None


class _Telling(Struct):
    """One change to one end. Its methods answer whether it is known there now."""

    service: "Objects"
    session: "ClientSession"
    peer: Peer
    key: str
    change: Change

    async def tell(self) -> bool:
        if self.change.gone:
            return await self._ask("DELETE", self.change.moment) in (200, 204, 404, 409)
        entry = model.entry(self.change.container, self.change.name)
        if entry is None or lifetime.is_over(entry.ends, clock.now()):
            return True  # what became of it is told in its own time
        there = await self._there(entry)
        return there or await self._put(entry)

    async def _there(self, entry: Entry) -> bool:
        """Whether the other end has it already, or something newer."""
        from yarl import URL

        url, headers = self._signed("HEAD", entry.modified)
        # Of a symlink itself: what it leads to has a moment of its own.
        async with self.session.head(URL(f"{url}?symlink=get", encoded=True), headers=headers) as answer:
            said = answer.headers.get("x-timestamp", "")
            return answer.status == 200 and bool(said) and moment(said) >= entry.modified // 10 * 10

    async def _put(self, entry: Entry) -> bool:
        headers = {name: value for name, value in content.headers(entry).items() if name not in _UNSAID}
        headers |= {"content-type": entry.media, "etag": large.etag_of(entry)}
        if entry.kind == SLO:
            body, _etag = await slo.raw(self.service, entry)
            return 200 <= await self._ask("PUT", entry.modified, headers, body, "?multipart-manifest=put") < 300
        try:
            file = await self.service.store.run(self.service.store.path(entry.file).open, "rb")
        except FileNotFoundError:
            return False  # put anew since the row was read: its row is due again
        with file:
            return 200 <= await self._ask("PUT", entry.modified, headers, file) < 300

    async def _ask(
        self, method: str, at: int, headers: Headers | None = None, body: object = None, query: str = ""
    ) -> int:
        from yarl import URL

        url, signed = self._signed(method, at)
        whole = URL(f"{url}{query}", encoded=True)
        said = {**(headers or {}), **signed}
        # What is signed is for this address: whoever answers does not choose another.
        async with self.session.request(method, whole, headers=said, data=body, allow_redirects=False) as answer:
            await answer.read()
            if answer.status in (401, 403):
                _log.info("the other end of a synced container refuses", status=answer.status, realm=self.peer.realm)
            return answer.status

    def _signed(self, method: str, at: int) -> tuple[str, Headers]:
        """The URL, and the headers that open it."""
        url = f"{self.peer.url}/{quote(self.change.name)}"
        stamp = f"{at // clock.SECOND:010d}.{at % clock.SECOND:06d}"
        nonce = uuid4().hex
        signature = sign(method, urlsplit(url).path, stamp, nonce, self.peer.key, self.key)
        return url, {"x-timestamp": stamp, "x-container-sync-auth": f"{self.peer.realm} {nonce} {signature}"}


def moment(text: str) -> int:
    """µs of an X-Timestamp; 0 for what is none. Swift's own may have an offset behind a `_`."""
    seconds, _, part = text.partition("_")[0].partition(".")
    if not (seconds.isascii() and seconds.isdecimal() and len(seconds) <= 10 and (part or "0").isdecimal()):
        return 0
    return int(seconds) * clock.SECOND + int(f"{part:0<6}"[:6])
