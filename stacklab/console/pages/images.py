"""Images: one's own, everybody's, and those others share; a new one from a file or from a URL."""

import asyncio

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from stacklab.console import images
from stacklab.console.faults import Fault
from stacklab.console.images import IMAGES, Arriving, Json
from stacklab.console.page import Page

LONGEST = 255  # characters of a name


async def show(page: Page) -> Response:
    """The list that `?show=` names, with how much of its quota the project has used."""
    query, project = page.request.query_params, page.me.who.project_id
    view, marker = query.get("show", "own"), query.get("marker", "")
    view = view if view in images.VIEWS else "own"
    shown, usage = await asyncio.gather(
        images.listed(page.api, project, view, marker), page.api.get("/image/v2/info/usage")
    )
    return page.render(
        "images.html",
        shown=shown,
        view=view,
        marker=marker,
        usage=usage["usage"],
        bootable=images.bootable,
        project=project,
        busy=any(image["status"] in images.BUSY for image in shown.rows),
    )


async def new(page: Page) -> Response:
    return await _form(page, {})


async def create(page: Page) -> Response:
    """Import what is behind a URL into a new image."""
    form = await page.form()
    values = {name: str(form.get(name, "")).strip() for name in ("name", "url", "disk_format")}
    wrong = problem(page, values)
    if wrong:
        return await _form(page, values, wrong)
    try:
        image = await _create(page, values["name"] or file_name(values["url"]), values["disk_format"])
        try:
            await begin_import(page, image["id"], values["url"])
        except Fault:
            await _forget(page, image["id"])
            raise
    except Fault as fault:
        return await _form(page, values, page.explain(fault))
    return page.go(f"/images/{image['id']}")


async def upload(page: Page) -> Response:
    """PUT ?key=FILE&name=&checksum=: the body becomes an image. JSON: `{"location"}`, or `{"message"}` and a status."""
    page.check_token()
    query = page.request.query_params
    name, expected = query.get("name", "").strip() or query.get("key", ""), query.get("checksum", "").strip().lower()
    if expected and (len(expected) not in images.SUMS or not set(expected) <= set("0123456789abcdef")):
        return _refused(page, page._("A checksum is the 32, 64 or 128 hex digits of MD5, SHA-256 or SHA-512."), 422)
    arriving = Arriving(page.request.stream(), len(expected) == 64)
    try:
        head = await arriving.head()
        if not head:
            return _refused(page, page._("The file is empty."), 422)
        if not (disk_format := images.sniff(head)):
            return _refused(page, page._("This is an archive or compressed. Unpack it first, then upload it."), 422)
        image = await _create(page, name[:LONGEST], disk_format)
        return await _fill(page, image, arriving, expected)
    except ClientDisconnect:
        return Response(status_code=499)
    except Fault as fault:
        return _refused(page, page.explain(fault), fault.status if fault.status >= 400 else 502)


async def _fill(page: Page, image: Json, arriving: Arriving, expected: str) -> Response:
    """Nothing is left behind where the bytes do not come whole, or are others than were promised."""
    where, kept = f"{IMAGES}/{image['id']}", False
    headers = {"Content-Type": images.BYTES}
    if "content-length" in page.request.headers:
        headers["Content-Length"] = page.request.headers["content-length"]
    try:
        await page.api.with_headers(headers).answer("PUT", f"{where}/file", arriving.blocks())
        sums = arriving.sums(await page.api.get(where)) if expected else {}
        kept = not expected or sums.get(images.SUMS[len(expected)]) == expected
    finally:
        if not kept:
            await _forget(page, image["id"])
    if not kept:
        return _refused(page, page._("The checksum is another one: these are not the bytes you meant. Kept nothing."))
    matches = page._("%(name)s is uploaded, and its checksum matches.")
    page.say((matches if expected else page._("%(name)s is uploaded.")) % {"name": image["name"]})
    page.carry()
    return JSONResponse({"location": f"/images/{image['id']}"})


def problem(page: Page, values: dict[str, str]) -> str:
    """What is wrong with an import's form, "" when nothing is."""
    if not values["url"].lower().startswith(("http://", "https://")):
        return page._("The address begins with https:// or http://.")
    return "" if values["disk_format"] in images.FORMATS else page._("Choose what kind of image it is.")


async def begin_import(page: Page, image: str, url: str) -> None:
    await page.api.post(f"{IMAGES}/{image}/import", {"method": {"name": "web-download", "uri": url}})


def file_name(url: str) -> str:
    """`https://h/a/debian-12.qcow2?x` → `debian-12.qcow2`."""
    path = url.partition("?")[0].partition("#")[0].partition("://")[2]
    return (path.rstrip("/").rpartition("/")[2] or path)[:LONGEST]


async def _create(page: Page, name: str, disk_format: str) -> Json:
    body = {"name": name, "disk_format": disk_format, "container_format": "bare", "visibility": "private"}
    made: Json = await page.api.post(IMAGES, body)
    return made


async def _forget(page: Page, image: str) -> None:
    """An image that came to nothing; what stays for want of an answer is on the list and can be deleted there."""
    try:
        await page.api.delete(f"{IMAGES}/{image}")
    except Fault as fault:
        page.say(page.explain(fault), "err")


def _refused(_page: Page, message: str, status: int = 422) -> Response:
    return JSONResponse({"message": message}, status)


async def _form(page: Page, values: dict[str, str], error: str = "") -> Response:
    usage = (await page.api.get("/image/v2/info/usage"))["usage"]
    limit = usage["image_size_total"]
    left = (limit["limit"] - limit["usage"]) << 20 if limit["limit"] >= 0 else 1 << 62
    given = {"name": "", "url": "", "disk_format": "qcow2"} | values
    return page.render(
        "new_image.html", 422 if error else 200, values=given, error=error, formats=images.FORMATS, left=max(left, 0)
    )
