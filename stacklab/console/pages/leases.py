"""One click extends a lease."""

from starlette.responses import Response

from stacklab.console.client import segment
from stacklab.console.faults import Fault
from stacklab.console.page import Page, safe_next
from stacklab.console.places import LEASES


async def extend(page: Page) -> Response:
    """`server` may come more than once: the banner extends all that are about to end."""
    form = await page.form()
    extended = 0
    for server in form.getlist("server"):
        try:
            await page.api.post(f"{LEASES}/{segment(str(server))}/extend", None)
            extended += 1
        except Fault as fault:
            page.say(page.explain(fault), "err")
    if extended:
        page.say(page._("Extended. The server stays."))
        page.desk.feeds.poke(page.me.who)
    return page.go(safe_next(str(form.get("next", "/servers"))))
