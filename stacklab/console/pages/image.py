"""One image: what it is, with its checksums; change it, share it, answer whoever shares it, import it again, delete."""

import asyncio
from typing import Any

from starlette.datastructures import FormData
from starlette.responses import Response

from stacklab.console import image_stores, images
from stacklab.console.client import segment
from stacklab.console.faults import Fault
from stacklab.console.images import IMAGES, Json
from stacklab.console.page import Page
from stacklab.console.pages.new_image import begin_import, problem

MOST = 1 << 31  # GB or MB; Glance takes 32 bits


async def show(page: Page) -> Response:
    return await _show(page)


async def change(page: Page) -> Response:
    """What the buttons do: `save`, `import`, `share`, `unshare:PROJECT`, `accepted`, `rejected`, `deactivate`,
    `reactivate`, `delete`; an administrator's also `copy:STORE`, `leave:STORE`.
    """
    form = await page.form()
    do, _, what = str(form.get("do", "")).partition(":")
    where = _where(page)
    try:
        if do == "save":
            return await _save(page, form)
        if do == "import":
            return await _import(page, form)
        if do == "share":
            await _share(page, where, str(form.get("member", "")).strip())
        elif do == "unshare":
            await page.api.delete(f"{where}/members/{segment(what)}")
            page.say(page._("It is no longer shared with that project."))
        elif do in images.ANSWERS:
            await page.api.call("PUT", f"{where}/members/{page.me.who.project_id}", {"status": do})
            page.say(page._("Answered. You can change your mind at any time."))
        elif do in ("deactivate", "reactivate"):
            await page.api.call("POST", f"{where}/actions/{do}")
        elif do in ("copy", "leave"):
            await _move(page, where, do, what)
        elif do == "delete":
            await page.api.delete(where)
            page.say(page._("Image deleted. Servers that were started from it go on."))
            return page.go("/images")
    except Fault as fault:
        page.say(page.explain(fault), "err")
    to_list = form.get("next") == "list"
    return page.go("/images?show=shared" if to_list else f"/images/{page.request.path_params['id']}")


async def _share(page: Page, where: str, project: str) -> None:
    if not project:
        page.say(page._("Whom to share it with? Ask them for the id of their project."), "err")
        return
    if (await page.api.get(where))["visibility"] != "shared":
        patch = [{"op": "replace", "path": "/visibility", "value": "shared"}]
        await page.api.with_headers(images.PATCH).call("PATCH", where, patch)
    await page.api.post(f"{where}/members", {"member": project})
    page.say(page._("Shared. The other project sees it in its list once it accepts."))


async def _move(page: Page, where: str, do: str, store: str) -> None:
    """Into a further store, or out of one."""
    if do == "copy":
        await page.api.post(f"{where}/import", {"method": {"name": "copy-image"}, **image_stores.chosen([store])})
        return
    await page.api.delete(f"/image/v2/stores/{segment(store)}/{page.request.path_params['id']}")
    page.say(page._("It is no longer in the store %(name)s.") % {"name": store})


async def _save(page: Page, form: FormData) -> Response:
    """Send what differs from how the image is now."""
    wanted, wrong = _wanted(page, form)
    if wrong:
        return await _show(page, wrong, wanted)
    try:
        patch = images.changes(await page.api.get(_where(page)), wanted)
        if patch:
            await page.api.with_headers(images.PATCH).call("PATCH", _where(page), patch)
    except Fault as fault:
        return await _show(page, page.explain(fault), wanted)
    page.say(page._("Saved."))
    return page.go(f"/images/{page.request.path_params['id']}")


def _wanted(page: Page, form: FormData) -> tuple[Json, str]:
    """The image as the form has it, and what is wrong with it."""
    numbers = {name: str(form.get(name, "")).strip() or "0" for name in ("min_disk", "min_ram")}
    whole = all(text.isascii() and text.isdigit() and int(text[:12]) < MOST for text in numbers.values())
    wanted: dict[str, Any] = {
        "name": str(form.get("name", "")).strip(),
        **({name: int(text) for name, text in numbers.items()} if whole else numbers),
        "tags": list(dict.fromkeys(tag.strip() for tag in str(form.get("tags", "")).split(",") if tag.strip())),
        "visibility": str(form.get("visibility", "private")),
        "protected": form.get("protected") == "on",
        "os_hidden": form.get("os_hidden") == "on",
        "os_admin_user": str(form.get("os_admin_user", "")).strip() or None,
    }
    return wanted, "" if whole else page._("Disk and memory are whole numbers, 0 for any.")


async def _import(page: Page, form: FormData) -> Response:
    """Another try for an image that has no bytes yet."""
    values = {name: str(form.get(name, "")).strip() for name in ("url", "disk_format")}
    into = [str(store) for store in form.getlist("store")]
    if wrong := problem(page, values):
        return await _show(page, wrong)
    try:
        formats = {"disk_format": values["disk_format"], "container_format": "bare"}
        patch = images.changes(await page.api.get(_where(page)), formats)
        if patch:
            await page.api.with_headers(images.PATCH).call("PATCH", _where(page), patch)
        await begin_import(page, str(page.request.path_params["id"]), values["url"], into)
    except Fault as fault:
        return await _show(page, page.explain(fault))
    return page.go(f"/images/{page.request.path_params['id']}")


async def _show(page: Page, error: str = "", typed: Json | None = None) -> Response:
    image, stores = await asyncio.gather(page.api.get(_where(page)), image_stores.several(page.api))
    project, admin = page.me.who.project_id, "admin" in page.me.who.roles
    own = image["owner"] == project
    members, tasks = await asyncio.gather(_members(page, image), _tasks(page, image, own or admin))
    failure = images.failure(tasks)
    return page.render(
        "image.html",
        422 if error else 200,
        image=image,
        form=image | (typed or {}),
        own=own,
        members=members,
        answer=next((m["status"] for m in members if m["member_id"] == project), ""),
        failed=Fault(400, failure) if failure else None,
        busy=image["status"] in images.BUSY or image.get(image_stores.COMING),
        stores=stores,
        into=None,
        copies=image_stores.copies(image, stores),
        bootable=images.bootable(image),
        formats=images.FORMATS,
        admin=admin,
        error=error,
    )


async def _members(page: Page, image: Json) -> list[Json]:
    """Whom the owner shares it with; to a project it is shared with, itself alone."""
    if image["visibility"] != "shared":
        return []
    found: list[Json] = (await page.api.get(f"{_where(page)}/members"))["members"]
    return found


async def _tasks(page: Page, image: Json, told: bool) -> list[Json]:
    if not told or not image.get(images.FAILED):
        return []
    found: list[Json] = (await page.api.get(f"{_where(page)}/tasks"))["tasks"]
    return found


def _where(page: Page) -> str:
    return f"{IMAGES}/{page.request.path_params['id']}"
