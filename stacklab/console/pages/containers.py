"""Object storage: the project's containers, a new one, and away with an empty one."""

from starlette.responses import Response

from stacklab.console import storage
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
        full = page._("Container %(name)s still holds objects. Delete them first.") % {"name": name}
        page.say(full if fault.status == 409 else page.explain(fault), "err")
    return page.go("/objects")


async def _list(page: Page, name: str = "", error: str = "") -> Response:
    marker = page.request.query_params.get("marker", "")
    rows, account, more = await storage.containers(page.api, page.me.who.project_id, marker)
    used = {
        "containers": int(account.get("x-account-container-count", 0)),
        "objects": int(account.get("x-account-object-count", 0)),
        "bytes": int(account.get("x-account-bytes-used", 0)),
    }
    status = 422 if error else 200
    return page.render("containers.html", status, rows=rows, used=used, more=more, name=name, error=error)
