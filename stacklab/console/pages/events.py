"""One stream of server-sent events for a tab: each message is the pieces of the page that changed.

`?page=servers` sends rows and counts; `?page=server&id=…` the head, the trace and the log of one server.
Sources: the `text/event-stream` format; htmx 4's `<hx-partial>`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from starlette.responses import Response, StreamingResponse

from stacklab.console import rows
from stacklab.console.faults import Fault, SessionOver
from stacklab.console.live import Servers
from stacklab.console.page import Page
from stacklab.console.pages import server as server_page
from stacklab.console.rows import Row

BOOT_LOOKS = 90  # a new server's log is looked at once a second for this many seconds
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def stream(page: Page) -> Response:
    query = page.request.query_params
    page.api = page.api.unrecorded()  # looking is not what the person did
    pieces = _one(page, query.get("id", "")) if query.get("page") == "server" else _list(page)
    return StreamingResponse(_framed(pieces), media_type="text/event-stream", headers=_HEADERS)


async def _framed(pieces: AsyncIterator[str]) -> AsyncIterator[str]:
    """Each text as one event; the first line tells the browser when to come back after a break."""
    yield "retry: 1000\n\n"
    async with aclosing(pieces) as opened:  # type: ignore[type-var]
        async for text in opened:
            yield "".join(f"data: {line}\n" for line in text.splitlines() if line.strip()) + "\n"


def _partial(target: str, swap: str, html: str = "") -> str:
    return f'<hx-partial hx-target="{target}" hx-swap="{swap}">{html}</hx-partial>'


async def _list(page: Page) -> AsyncIterator[str]:
    """Rows that changed, came or went since the last message; the first brings what was missed."""
    shown: dict[str, Row] | None = None
    who = page.me.who
    async for servers in page.desk.feeds.watch(who.project_id, who.token):
        current = _rows(page, servers)
        parts = []
        for id, row in current.items():
            if shown is None or shown.get(id) != row:
                html = page.fragment("parts/row.html", row=row, explain=rows.explain)
                new = shown is not None and id not in shown
                parts.append(
                    _partial("#rows thead", "afterend", html) if new else _partial(f"#s-{id}", "outerMorph", html)
                )
        gone = set(shown or {}) - set(current)
        parts += [_partial(f"#s-{id}", "delete") for id in gone]
        if parts:
            counts = rows.facets(list(current.values()))
            parts.append(_partial("#counts", "innerMorph", page.fragment("parts/counts.html", counts=counts)))
            yield "\n".join(parts)
        shown = current


def _rows(page: Page, servers: Servers) -> dict[str, Row]:
    waiting = page.desk.pending.of(page.me.who.project_id)
    return {id: rows.row(server, waiting) for id, server in servers.items()}


async def _one(page: Page, id: str) -> AsyncIterator[str]:
    """The live parts of a server's page whenever they read differently."""
    last: dict[str, str] = {}
    looks = 0
    who = page.me.who
    async with aclosing(page.desk.feeds.watch(who.project_id, who.token)) as feed:  # type: ignore[type-var]
        upcoming = asyncio.ensure_future(anext(feed, None))
        try:
            while True:
                done, _ = await asyncio.wait({upcoming}, timeout=1.0 if looks < BOOT_LOOKS else None)
                if done:
                    servers = upcoming.result()
                    if servers is None:
                        return
                    upcoming = asyncio.ensure_future(anext(feed, None))
                looks = 0 if done else looks + 1
                changed = await _changed(page, id, last)
                if changed:
                    yield changed
        finally:
            upcoming.cancel()


async def _changed(page: Page, id: str, last: dict[str, str]) -> str:
    try:
        found = (await page.api.get(f"{server_page.SERVERS}/{id}"))["server"]
        facts = await server_page.facts(page, found)
    except (Fault, SessionOver):
        facts = {}
    finally:
        page.api.calls.clear()
    parts = []
    for name in ("head", "trace", "log", "addresses"):
        html = page.fragment(f"parts/server_{name}.html", **facts) if facts else page.fragment("parts/gone.html")
        if last.get(name) != html:
            last[name] = html
            if facts or name == "head":
                parts.append(_partial(f"#live-{name}", "innerMorph", html))
    return "\n".join(parts)
