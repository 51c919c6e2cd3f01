"""The undo window: a deletion that was asked for waits a few seconds here before the API is called.

It is held in memory, on purpose: if the process ends abruptly within the window the server is kept, and the person
sees it still there. An orderly stop and a log-out carry the waiting deletions out at once.
"""

import asyncio
from collections.abc import Callable

from msgspec import Struct

from stacklab.console.client import Api, Http
from stacklab.console.faults import Fault, SessionOver
from stacklab.console.sessions import Flash, Identity, Session
from stacklab.core import log

WINDOW = 6.0  # seconds
_log = log.get(__name__)


class Waiting(Struct, frozen=True):
    server: str
    name: str
    session: Session
    who: Identity  # as they were when they asked: the region may be another by the time the window closes
    timer: asyncio.TimerHandle


class Pending:
    def __init__(self, http: Http, poke: Callable[[Identity], None], window: float = WINDOW) -> None:
        self._http = http
        self._poke = poke
        self.window = window
        self._waiting: dict[str, Waiting] = {}
        self._running: set[asyncio.Task[None]] = set()

    def delete(self, session: Session, server: str, name: str) -> None:
        """Delete the server when the window closes. Asking twice changes nothing."""
        if server not in self._waiting:
            timer = asyncio.get_running_loop().call_later(self.window, self._due, server)
            self._waiting[server] = Waiting(server, name, session, session.who, timer)
            self._poke(session.who)

    def undo(self, session: Session, server: str) -> bool:
        """Keep it after all; False when the window has closed or it is another project's."""
        waiting = self._waiting.get(server)
        if waiting is None or waiting.who.project_id != session.who.project_id:
            return False
        waiting.timer.cancel()
        del self._waiting[server]
        self._poke(waiting.who)
        return True

    def of(self, project: str) -> set[str]:
        """The servers of a project that are waiting to be deleted."""
        return {w.server for w in self._waiting.values() if w.who.project_id == project}

    async def flush(self, session: Session | None = None) -> None:
        """Close the window now: before a log-out ends the token, and before the process stops."""
        for waiting in list(self._waiting.values()):
            if session is None or waiting.session is session:
                waiting.timer.cancel()
                self._due(waiting.server)
        if self._running:
            await asyncio.gather(*self._running)

    def _due(self, server: str) -> None:
        waiting = self._waiting.get(server)
        if waiting:
            task = asyncio.get_running_loop().create_task(self._carry_out(waiting))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _carry_out(self, waiting: Waiting) -> None:
        session, who = waiting.session, waiting.who
        api = Api(self._http, who.token, record=session.recent.appendleft, place=who.place)
        try:
            await release_addresses(api, waiting.server)
            await api.delete(f"/compute/v2.1/servers/{waiting.server}")
        except (Fault, SessionOver) as error:
            _log.warning("delete failed", server=waiting.server, error=str(error))
            if not (isinstance(error, Fault) and error.status == 404):
                session.flashes.append(Flash(waiting.name, "not-deleted"))
        finally:
            self._waiting.pop(waiting.server, None)
            self._poke(who)


async def release_addresses(api: Api, server: str) -> None:
    """Give back the floating IPs of a server that goes, so that they do not stay on the quota unseen."""
    ports = (await api.get("/network/v2.0/ports", device_id=server))["ports"]
    for port in ports:
        for floating in (await api.get("/network/v2.0/floatingips", port_id=port["id"]))["floatingips"]:
            await api.delete(f"/network/v2.0/floatingips/{floating['id']}")
