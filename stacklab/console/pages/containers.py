"""Object storage: the project's containers, a new one, and away with an empty one."""

from starlette.responses import Response

from stacklab.console import quotas, storage
from stacklab.console.client import segment
from stacklab.console.faults import Fault
from stacklab.console.page import Page

LONGEST = 256  # bytes of a container's name (Swift, "constraints")


async def show(page: Page) -> Response:
    return await _list(page)


async def change(page: Page) -> Response:
    """Delete the one whose button was pressed (`delete=NAME`), else create `name`."""
    form = await page.form()
    doomed = str(form.get("delete", ""))
    return await (_delete(page, doomed) if doomed else _create(page, str(form.get("name", "")).strip()))


async def _create(page: Page, name: str) -> Response:
    if not name or "/" in name or len(name.encode()) > LONGEST or name in (".", ".."):
        return await _list(page, name, page._("A container's name has no slash and at most 256 bytes."))
    try:
        await page.api.answer("PUT", storage.path(page.me.who.project_id, name))
    except Fault as fault:
        return await _list(page, name, page.explain(fault))
    page.say(page._("Container %(name)s is ready.") % {"name": name})
    return page.go(f"/objects/{segment(name)}")


async def _delete(page: Page, name: str) -> Response:
    try:
        await page.api.answer("DELETE", storage.path(page.me.who.project_id, name))
        page.say(page._("Container %(name)s deleted.") % {"name": name})
    except Fault as fault:
        if fault.status == 409:
            page.say(
                page._("Container %(name)s still holds objects. Here it can be deleted with them.") % {"name": name},
                "err",
            )
            return page.go(f"/objects/{segment(name)}#delete")
        page.say(page.explain(fault), "err")
    return page.go("/objects")


async def _list(page: Page, name: str = "", error: str = "") -> Response:
    marker = page.request.query_params.get("marker", "")
    rows, account, more = await storage.containers(page.api, page.me.who.project_id, marker)
    gauges, status = quotas.of_objects(account, "account"), 422 if error else 200
    return page.render(
        "containers.html", status, rows=rows, gauges=gauges, marker=marker, more=more, name=name, error=error
    )
