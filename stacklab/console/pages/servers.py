"""The server list: filter, facets, and one action for one or many."""

import asyncio

from starlette.datastructures import FormData
from starlette.responses import Response

from stacklab.console import leases, quotas, rows
from stacklab.console.client import segment
from stacklab.console.faults import Fault
from stacklab.console.page import Page
from stacklab.core import clock

ACTIONS = {
    "start": {"os-start": None},
    "stop": {"os-stop": None},
    "reboot": {"reboot": {"type": "SOFT"}},
    "hard-reboot": {"reboot": {"type": "HARD"}},
}


async def show(page: Page) -> Response:
    found, strip, ending = await asyncio.gather(
        page.api.get("/compute/v2.1/servers/detail"), quotas.gauges(page), leases.of_project(page)
    )
    waiting = page.desk.pending.of(page.me.who.project_id)
    everything = [rows.row(server, waiting) for server in found["servers"]]
    facet, text = page.request.query_params.get("show", "all"), page.request.query_params.get("q", "")
    return page.render(
        "servers.html",
        gauges=strip,
        leases=ending,
        rows=rows.chosen(everything, facet, text),
        facets=rows.facets(everything),
        facet=facet if facet in rows.FACETS else "all",
        q=text,
        explain=rows.explain,
        busy=any(row.busy for row in everything),
    )


async def act(page: Page) -> Response:
    """`do` is an action for the ticked `id`s, or `action:id` from the button of one row."""
    form = await page.form()
    verb, _, one = str(form.get("do", "")).partition(":")
    chosen = [one] if one else [str(value) for value in form.getlist("id")]
    if not chosen:
        page.say(page._("Tick the servers first."), "err")
    elif verb == "undo":
        await _keep(page, chosen)
    elif verb == "delete":
        await delete(page, chosen)
    elif verb == "image":
        return await _image(page, chosen[0])
    elif verb in ACTIONS:
        await asyncio.gather(*(power(page, server, verb) for server in chosen))
    return page.go(_back(form))


async def undo(page: Page) -> Response:
    """Keep the servers whose deletion still waits."""
    form = await page.form()
    await _keep(page, [str(value) for value in form.getlist("id")])
    return page.go(_back(form))


async def power(page: Page, server: str, verb: str) -> None:
    """Start, stop or reboot; a refusal is said on the next page."""
    try:
        await page.api.post(f"/compute/v2.1/servers/{server}/action", ACTIONS[verb])
    except Fault as fault:
        page.say(page.explain(fault), "err")
        return
    page.desk.feeds.poke(page.me.who)


async def _image(page: Page, server: str) -> Response:
    """Make an image of the server's disk, called after it and today, and show it while it is filled."""
    try:
        found = (await page.api.get(f"/compute/v2.1/servers/{segment(server)}"))["server"]
        name = " ".join((found["name"][:200], *clock.iso(clock.now())[:16].split("T")))
        asked = {"createImage": {"name": name}}
        made = await page.api.post(f"/compute/v2.1/servers/{found['id']}/action", asked)
    except Fault as fault:
        page.say(page.explain(fault), "err")
        return page.go(f"/servers/{segment(server)}")
    page.say(page._("The server stands still for a moment and goes on; its image is ready when it says so."))
    page.desk.feeds.poke(page.me.who)
    return page.go(f"/images/{made['image_id']}")


async def delete(page: Page, chosen: list[str]) -> None:
    """Open the undo window for each; what is not this project's is not there."""
    names = []
    for server in chosen:
        try:
            found = (await page.api.get(f"/compute/v2.1/servers/{server}"))["server"]
        except Fault as fault:
            page.say(page.explain(fault), "err")
            continue
        page.desk.pending.delete(page.me, server, found["name"])
        names.append((server, found["name"]))
    if names:
        seconds = round(page.desk.pending.window)
        text = page._("%(names)s will be deleted in %(seconds)d seconds, and its floating IP released.")
        said = text % {"names": ", ".join(name for _id, name in names), "seconds": seconds}
        page.say(said, "undo", tuple(server for server, _name in names))


async def _keep(page: Page, chosen: list[str]) -> None:
    kept = [server for server in chosen if page.desk.pending.undo(page.me, server)]
    if kept:
        page.say(page._("Kept. Nothing was deleted."))
    else:
        page.say(page._("Too late: it is being deleted already."), "err")


def _back(form: FormData) -> str:
    """To the server's own page when the form came from there."""
    return (
        f"/servers/{form['from']}" if form.get("from") and str(form["from"]).replace("-", "").isalnum() else "/servers"
    )
