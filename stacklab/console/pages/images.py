"""Images: one's own, everybody's, and those others share; away with many at once."""

import asyncio
from functools import partial
from urllib.parse import urlencode

from msgspec.structs import replace
from starlette.responses import Response

from stacklab.console import image_lists, image_stores, images, quotas
from stacklab.console.client import segment
from stacklab.console.faults import Fault
from stacklab.console.image_lists import Wanted
from stacklab.console.images import IMAGES
from stacklab.console.page import Page

LIST = "/images"
DEFAULTS = {("show", "own"), ("sort", "created")}


async def show(page: Page) -> Response:
    """The list that `?show=` names, sorted and searched, with how much of its quota the project has used."""
    wanted, project = _wanted(page), page.me.who.project_id
    shown, usage, stores = await asyncio.gather(
        image_lists.listed(page.api, project, wanted),
        page.api.get("/image/v2/info/usage"),
        image_stores.several(page.api),
    )
    return page.render(
        "images.html",
        shown=shown,
        wanted=wanted,
        link=partial(link, wanted),
        gauges=quotas.of_images(usage["usage"]),
        bootable=images.bootable,
        project=project,
        kept_in=image_stores.listed if stores else None,
        busy=any(image["status"] in images.BUSY for image in shown.rows),
    )


async def delete(page: Page) -> Response:
    """Delete the ticked ones; of the first that cannot be it is said why."""
    form = await page.form()
    count, refused = 0, ""
    for id in form.getlist("id"):
        try:
            await page.api.delete(f"{IMAGES}/{segment(str(id))}")
            count += 1
        except Fault as fault:
            refused = refused or page.explain(fault)
    if count:
        page.say(page.ngettext("%(n)d image deleted.", "%(n)d images deleted.", count) % {"n": count})
    elif not refused:
        page.say(page._("Nothing is ticked. Tick what is to go first."), "err")
    if refused:
        page.say(refused, "err")
    return page.go(link(_wanted(page)))


def _wanted(page: Page) -> Wanted:
    query = page.request.query_params
    view, sort = query.get("show", "own"), query.get("sort", "created")
    return Wanted(
        view if view in image_lists.VIEWS else "own",
        sort if sort in image_lists.SORTS else "created",
        query.get("q", "").strip(),
        query.get("marker", ""),
    )


def link(wanted: Wanted, path: str = LIST, follow: str = "", **other: str) -> str:
    """The address of a list like this one but for `other`; of its first page, unless a marker is given."""
    found = replace(wanted, **{"marker": "", **other})
    query = {"show": found.view, "sort": found.sort, "q": found.text, "marker": found.marker, "follow": follow}
    given = {name: text for name, text in query.items() if text and (name, text) not in DEFAULTS}
    return path + (f"?{urlencode(given)}" if given else "")
