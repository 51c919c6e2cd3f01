"""One stream of server-sent events for a tab: each message is the pieces of the page that changed.

`?page=servers` sends rows and counts; `?page=server&id=…` the head, the trace and the log of one server.
Sources: the `text/event-stream` format; htmx 4's `<hx-partial>`.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.responses import Response, StreamingResponse

from stacklab.console import rows
from stacklab.console.faults import Fault, SessionOver
from stacklab.console.live import Servers
from stacklab.console.page import Page
from stacklab.console.pages import server as server_page
from stacklab.console.rows import Row
from stacklab.console.sessions import Identity

LOOK_EVERY = 1.0  # seconds: the console log has no news of its own
REST = 15.0  # seconds between looks at a server that has been quiet
BOOT_LOOKS = 90  # quiet looks after which a server rests
MOST = 64  # streams of one project: each asks the APIs every second, for as long as its tab is open
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def stream(page: Page) -> Response:
    query = page.request.query_params
    if page.desk.feeds.watchers(page.me.who) >= MOST:
        return Response(status_code=429, headers={"Retry-After": "30"})
    page.api = page.api.unrecorded()  # looking is not what the person did
    pieces = _one(page, query.get("id", "")) if query.get("page") == "server" else _list(page)
    return StreamingResponse(_framed(pieces), media_type="text/event-stream", headers=_HEADERS)


async def _framed(pieces: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
    """Each text as one event; the first line tells the browser when to come back after a break."""
    yield "retry: 1000\n\n"
    async with aclosing(pieces) as opened:
        async for text in opened:
            yield "".join(f"data: {line}\n" for line in text.split("\n")) + "\n"


def _partial(target: str, swap: str, html: str = "") -> str:
    return f'<hx-partial hx-target="{target}" hx-swap="{swap}">{html}</hx-partial>'


async def _list(page: Page) -> AsyncGenerator[str, None]:
    """Rows that changed, came or went since the last message; the first brings what was missed."""
    query = page.request.query_params
    facet, text = query.get("show", "all"), query.get("q", "")
    shown: dict[str, Row] | None = None
    who = page.me.who
    async with aclosing(page.desk.feeds.watch(who)) as feed:
        async for servers in feed:
            current = _rows(page, servers)
            parts = []
            for row in reversed(rows.chosen(list(current.values()), facet, text)):
                if shown is None or shown.get(row.id) != row:
                    parts.append(_row(page, row, shown is not None and row.id not in shown))
            parts += [_partial(f"#s-{id}", "delete") for id in set(shown or {}) - set(current)]
            # A row that left the facet stays where the person saw it, with its new state.
            parts += [_row(page, row) for id, row in current.items() if _left(row, shown, facet, text)]
            if parts:
                counts = rows.facets(list(current.values()))
                html = page.fragment("parts/counts.html", counts=counts, facet=facet, q=text)
                yield "\n".join([*parts, _partial("#counts", "innerMorph", html)])
            shown = current


def _left(row: Row, shown: dict[str, Row] | None, facet: str, text: str) -> bool:
    before = (shown or {}).get(row.id)
    return before is not None and before != row and not rows.chosen([row], facet, text)


def _row(page: Page, row: Row, new: bool = False) -> str:
    html = page.fragment("parts/row.html", row=row, explain=rows.explain)
    return _partial("#rows thead", "afterend", html) if new else _partial(f"#s-{row.id}", "outerMorph", html)


def _rows(page: Page, servers: Servers) -> dict[str, Row]:
    waiting = page.desk.pending.of(page.me.who.project_id)
    return {id: rows.row(server, waiting) for id, server in servers.items()}


async def _one(page: Page, id: str) -> AsyncGenerator[str, None]:
    """The live parts of a server's page whenever they read differently."""
    last: dict[str, str] = {}
    token = page.form_token()  # one for the stream: each render's own would look like a change
    quiet = 0
    who = page.me.who
    bell = asyncio.Event()
    ringer = asyncio.get_running_loop().create_task(_ring(page, who, bell))
    try:
        while not ringer.done():
            changed = await _changed(page, id, last, token)
            if changed:
                yield changed
            quiet = 0 if await _rung(bell, LOOK_EVERY if quiet < BOOT_LOOKS else REST) else quiet + 1
    finally:
        ringer.cancel()


async def _ring(page: Page, who: Identity, bell: asyncio.Event) -> None:
    """Ring at every change of the project's servers; ends with the feed."""
    async with aclosing(page.desk.feeds.watch(who)) as feed:
        async for _servers in feed:
            bell.set()
    bell.set()


async def _rung(bell: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(bell.wait(), seconds)
    except TimeoutError:
        return False
    bell.clear()
    return True


async def _changed(page: Page, id: str, last: dict[str, str], token: str) -> str:
    try:
        found = (await page.api.get(f"{server_page.SERVERS}/{id}"))["server"]
        facts = {**await server_page.facts(page, found), "form_token": token}
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
