"""Live rows: while anyone of a project looks, one poller asks the compute API what changed, and tells every open page.

`changes-since` twice a second makes the cost follow the changes, not the servers; a whole list now and then catches
what that filter does not see (addresses). Nothing is polled when nobody looks.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from stacklab.console.client import Api, Http
from stacklab.console.faults import Fault, SessionOver
from stacklab.console.sessions import Identity
from stacklab.core import clock

INTERVAL = 0.4  # seconds between looks
WHOLE_EVERY = 10  # looks between whole lists
OVERLAP = 2 * clock.SECOND  # `changes-since` has a resolution of a second
SERVERS = "/compute/v2.1/servers/detail"
Servers = dict[str, dict[str, Any]]


class Feed:
    """The servers of one project in one region as last seen, and the pages that wait for a change."""

    def __init__(self, http: Http, who: Identity) -> None:
        self.api = Api(http, who.token, place=who.place)
        self.servers: Servers = {}
        self.version = 0
        self.over = False
        self.watchers = 0
        self.task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._look_now = asyncio.Event()

    def poke(self) -> None:
        """Something of ours changed (an undo, say): tell the pages, and look again at once."""
        if self.version:
            self._announce()
        self._look_now.set()

    async def changes(self) -> AsyncGenerator[Servers, None]:
        """The whole picture as soon as it is known and after every change, until the token is over."""
        seen = 0  # the first look announces version 1
        while not self.over:
            if self.version != seen:
                seen = self.version
                yield self.servers
                continue
            changed = self._changed
            await changed.wait()

    async def run(self) -> None:
        looks, since = 0, 0
        while not self.over:
            began = clock.now()
            try:
                whole = looks % WHOLE_EVERY == 0
                await (self._look_at_all() if whole else self._look_since(since))
                looks, since = looks + 1, began - OVERLAP
            except SessionOver:
                self.stop()
            except Fault as fault:
                looks = 0  # the cloud did not answer: start again with a whole list
                if fault.status == 401:
                    self.stop()  # the region takes this token no more
            self.api.calls.clear()
            await self._pause()

    def stop(self) -> None:
        self.over = True
        self._announce()

    async def _look_at_all(self) -> None:
        found = (await self.api.get(SERVERS))["servers"]
        servers = {server["id"]: server for server in found}
        if servers != self.servers or not self.version:
            self.servers = servers
            self._announce()

    async def _look_since(self, since: int) -> None:
        found = (await self.api.get(SERVERS, **{"changes-since": clock.iso(since)}))["servers"]
        servers = dict(self.servers)
        for server in found:
            if server["status"] in ("DELETED", "SOFT_DELETED"):
                servers.pop(server["id"], None)
            else:
                servers[server["id"]] = server
        if servers != self.servers:
            self.servers = servers
            self._announce()

    def _announce(self) -> None:
        self.version += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _pause(self) -> None:
        self._look_now.clear()
        try:
            await asyncio.wait_for(self._look_now.wait(), INTERVAL)
        except TimeoutError:
            return


class Feeds:
    """One feed for each project and region that somebody looks at."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._feeds: dict[tuple[str, str], Feed] = {}

    def watchers(self, who: Identity) -> int:
        """How many streams look at a person's project, where they work, now."""
        return self._feeds[_key(who)].watchers if _key(who) in self._feeds else 0

    def poke(self, who: Identity) -> None:
        if _key(who) in self._feeds:
            self._feeds[_key(who)].poke()

    async def watch(self, who: Identity) -> AsyncGenerator[Servers, None]:
        """The project's servers, again after each change. The poller ends with its last watcher."""
        feed = self._feeds.get(_key(who))
        if feed is None or feed.over:
            feed = self._feeds[_key(who)] = Feed(self._http, who)
            feed.task = asyncio.get_running_loop().create_task(feed.run())
        feed.watchers += 1
        try:
            async with aclosing(feed.changes()) as changes:
                async for servers in changes:
                    yield servers
        finally:
            feed.watchers -= 1
            if not feed.watchers:
                self._drop(_key(who), feed)

    async def close(self) -> None:
        """End every stream; uvicorn waits for them otherwise."""
        for key, feed in list(self._feeds.items()):
            self._drop(key, feed)

    def _drop(self, key: tuple[str, str], feed: Feed) -> None:
        feed.stop()
        if feed.task:
            feed.task.cancel()
        if self._feeds.get(key) is feed:
            del self._feeds[key]


def _key(who: Identity) -> tuple[str, str]:
    return who.place.region, who.project_id
