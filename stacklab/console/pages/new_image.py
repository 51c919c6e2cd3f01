"""A new image: from what is behind a URL, or from a file, which is looked at while it passes."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from stacklab.console import image_stores, images, quotas
from stacklab.console.csrf import FIELD
from stacklab.console.faults import Fault
from stacklab.console.images import IMAGES, Arriving, Json
from stacklab.console.page import Page

LONGEST = 255  # characters of a name


class Unfit(Exception):
    """Why a file becomes no image, in the person's language."""


async def show(page: Page) -> Response:
    return await _form(page, {})


async def create(page: Page) -> Response:
    """Import what is behind a URL into a new image."""
    form = await page.form()
    values = {name: str(form.get(name, "")).strip() for name in ("name", "url", "disk_format")}
    into = [str(store) for store in form.getlist("store")]
    wrong = problem(page, values)
    if wrong:
        return await _form(page, values, wrong, into)
    try:
        image = await _create(page, values["name"] or file_name(values["url"]), values["disk_format"])
        try:
            await begin_import(page, image["id"], values["url"], into)
        except Fault:
            await _forget(page, image["id"])
            raise
    except Fault as fault:
        return await _form(page, values, page.explain(fault), into)
    return page.go(f"/images/{image['id']}")


async def upload(page: Page) -> Response:
    """PUT ?key=FILE&name=&checksum=&store=: the body becomes an image.

    Answers JSON: `{"location"}`, or `{"message"}` and a status.
    """
    page.check_token()
    query, length = page.request.query_params, page.request.headers.get("content-length", "")
    try:
        image = await _take(page, query, query.get("key", ""), page.request.stream(), length)
    except ClientDisconnect:
        return Response(status_code=499)
    except Unfit as unfit:
        return JSONResponse({"message": str(unfit)}, 422)
    except Fault as fault:
        return JSONResponse({"message": page.explain(fault)}, fault.status if fault.status >= 400 else 502)
    return JSONResponse({"location": f"/images/{image['id']}"})


async def upload_form(page: Page) -> Response:
    """The same without JavaScript: a form with one file."""
    form, wrong = page.files(), page._("Choose a file first.")
    try:
        async for key, stream in form.files():
            page.check_token(form.fields.get(FIELD, ""))
            image = await _take(page, form.fields, key, stream)
            return page.go(f"/images/{image['id']}")
    except ClientDisconnect:
        return Response(status_code=499)
    except Unfit as unfit:
        wrong = str(unfit)
    except Fault as fault:
        wrong = page.explain(fault)
    return await _form(page, {}, wrong)


def problem(page: Page, values: dict[str, str]) -> str:
    """What is wrong with an import's form, "" when nothing is."""
    if not values["url"].lower().startswith(("http://", "https://")):
        return page._("The address begins with https:// or http://.")
    return "" if values["disk_format"] in images.FORMATS else page._("Choose what kind of image it is.")


async def begin_import(page: Page, image: str, url: str, into: list[str]) -> None:
    """Have the bytes brought into these stores, all of them or none; into the default one where none is named."""
    body = {"method": {"name": "web-download", "uri": url}, **image_stores.chosen(into)}
    await page.api.post(f"{IMAGES}/{image}/import", body)


def file_name(url: str) -> str:
    """`https://h/a/debian-12.qcow2?x` → `debian-12.qcow2`."""
    path = url.partition("?")[0].partition("#")[0].partition("://")[2]
    return (path.rstrip("/").rpartition("/")[2] or path)[:LONGEST]


async def _take(page: Page, given: Mapping[str, str], key: str, stream: AsyncIterator[bytes], length: str = "") -> Json:
    """The image made of a file called `key`. Raises Unfit, Fault; then none is left."""
    expected = given.get("checksum", "").strip().lower()
    if expected and (len(expected) not in images.SUMS or not set(expected) <= set("0123456789abcdef")):
        raise Unfit(page._("A checksum is the 32, 64 or 128 hex digits of MD5, SHA-256 or SHA-512."))
    arriving = Arriving(stream, len(expected) == 64)
    head = await arriving.head()
    if not head:
        raise Unfit(page._("The file is empty."))
    if not (disk_format := images.sniff(head)):
        raise Unfit(page._("This is an archive or compressed. Unpack it first, then upload it."))
    image = await _create(page, (given.get("name", "").strip() or key)[:LONGEST], disk_format)
    sent = {"Content-Length": length, image_stores.HEADER: given.get("store", "")}
    await _fill(page, image, arriving, expected, {name: text for name, text in sent.items() if text})
    matches = page._("%(name)s is uploaded, and its checksum matches.")
    page.say((matches if expected else page._("%(name)s is uploaded.")) % {"name": image["name"]})
    page.carry()
    return image


async def _fill(page: Page, image: Json, arriving: Arriving, expected: str, headers: dict[str, str]) -> None:
    """Nothing is left behind where the bytes do not come whole, or are others than were promised."""
    where, kept = f"{IMAGES}/{image['id']}", False
    try:
        sender = page.api.with_headers({"Content-Type": images.BYTES, **headers})
        await sender.answer("PUT", f"{where}/file", arriving.blocks())
        sums = arriving.sums(await page.api.get(where)) if expected else {}
        kept = not expected or sums.get(images.SUMS[len(expected)]) == expected
    finally:
        if not kept:
            await _forget(page, image["id"])
    if not kept:
        raise Unfit(page._("The checksum is another one: these are not the bytes you meant. Kept nothing."))


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


async def _form(page: Page, values: dict[str, str], error: str = "", into: list[str] | None = None) -> Response:
    told, stores = await asyncio.gather(page.api.get("/image/v2/info/usage"), image_stores.several(page.api))
    usage = told["usage"]
    given = {"name": "", "url": "", "disk_format": "qcow2"} | values
    gauges, size = quotas.of_images(usage), usage["image_size_total"]
    left = max(size["limit"] - size["usage"], 0) << 20 if size["limit"] >= 0 else 1 << 62
    status = 422 if error else 200
    return page.render(
        "new_image.html",
        status,
        values=given,
        error=error,
        formats=images.FORMATS,
        left=left,
        gauges=gauges,
        stores=stores,
        into=into,
    )
