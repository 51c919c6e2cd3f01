"""Regions: who lends them and how they are, for anyone; and the switch from one to another."""

from starlette.responses import Response

from stacklab.console import tokens
from stacklab.console.faults import Fault
from stacklab.console.page import REGION, YEAR, Page, safe_next


async def show(page: Page) -> Response:
    return page.render("regions.html", found=await page.desk.regions.now(page.api_of_nobody()))


async def status(page: Page) -> Response:
    """What answers at this moment, as home sees it."""
    return page.render("status.html", found=await page.desk.regions.now(page.api_of_nobody()))


async def switch(page: Page) -> Response:
    """Work in another region from now on: the session stays, its token becomes one that is bound there."""
    form = await page.form()
    region, back = str(form.get("region", "")), safe_next(str(form.get("next", "/servers")))
    if page.desk.regions.named(region) is None:
        page.say(page._("There is no such region any more."), "err")
        return page.go(back)
    if page.session is None:
        response = page.go("/login")
        page.cookie(response, REGION, region, YEAR)
        return response
    try:
        who = await tokens.into(page.api, page.me.who, region, page.desk.regions.own)
    except Fault as fault:
        page.say(page.explain(fault), "err")
        return page.go(back)
    page.desk.sessions.change(page.me, who)
    page.say(page._("You work in region %(name)s now.") % {"name": region})
    response = page.go(_of_any_region(back))
    page.cookie(response, REGION, region, YEAR)
    return response


def _of_any_region(path: str) -> str:
    """A page about one thing of the region just left leads to the list of such things."""
    parts = path.partition("?")[0].strip("/").split("/")
    return (
        f"/{parts[0]}" if len(parts) > 1 and parts[0] in ("servers", "security-groups") and parts[1] != "new" else path
    )
