"""One container: browse it by folder, put files in, take them out, let others read, delete.

Bytes that go up pass through here as they come; bytes that come down do not: the browser is sent to a link.
"""

from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, RedirectResponse, Response

from stacklab.console import storage
from stacklab.console.client import segment
from stacklab.console.faults import Fault
from stacklab.console.page import Page
from stacklab.core import clock

DURATIONS = {"hour": 3600, "day": 86400, "week": 7 * 86400}
DOWNLOAD = 600  # seconds to begin a download in
BATCHES = 10  # of a folder that one press of the button deletes: the person waits for it
LARGEST = 5 << 30  # bytes of one object; larger ones are sent in segments, which browsers do not do


async def show(page: Page) -> Response:
    """A page of what is below `?prefix=`, or below the `?folder=` in it, which nothing need be in yet."""
    container, query = _container(page), page.request.query_params
    prefix, folder = query.get("prefix", ""), query.get("folder", "").strip("/ ")
    prefix += f"{folder}/" if folder else ""
    listing = await storage.browse(page.api, page.me.who.project_id, container, prefix, query.get("marker", ""))
    return page.render(
        "container.html",
        container=container,
        here=f"/objects/{segment(container)}",
        prefix=prefix,
        crumbs=storage.crumbs(prefix),
        listing=listing,
        public=storage.is_public(listing.read),
        address=_address(page, container),
        link=page.request.query_params.get("linked", "") and page.me.secret(query["linked"]),
        largest=LARGEST,
    )


async def upload(page: Page) -> Response:
    """PUT ?key=: the body becomes the object. Answers JSON: `{"etag"}`, or `{"message"}` with the refusal's status."""
    page.check_token()
    key = page.request.query_params.get("key", "")
    if not key:
        return JSONResponse({"message": page._("A file needs a name.")}, 400)
    kind = page.request.headers.get("content-type") or "application/octet-stream"
    headers = {"Content-Type": kind}
    if "content-length" in page.request.headers:
        headers["Content-Length"] = page.request.headers["content-length"]
    api = page.api.with_headers(headers)
    try:
        path = storage.path(page.me.who.project_id, _container(page), key)
        answer, _body = await api.answer("PUT", path, page.request.stream())
    except ClientDisconnect:
        return Response(status_code=499)
    except Fault as fault:
        return JSONResponse({"message": page.explain(fault)}, fault.status if fault.status >= 400 else 502)
    return JSONResponse({"etag": answer.get("etag", "")})


async def download(page: Page) -> Response:
    """On to a link that is good for a few minutes and says that it is a file to keep."""
    key = page.request.query_params.get("key", "")
    return RedirectResponse(await _link(page, _container(page), key, DOWNLOAD), 303)


async def change(page: Page) -> Response:
    """What the buttons do: `public`, `private`, `link:KEY`, `delete` of the ticked ones."""
    form = await page.form()
    container, prefix = _container(page), str(form.get("prefix", ""))
    do, _, key = str(form.get("do", "")).partition(":")
    back = {"prefix": prefix} if prefix else {}
    try:
        if do in ("public", "private"):
            await _open(page, container, do == "public")
        elif do == "link":
            wanted = DURATIONS.get(str(form.get("for", "day")), DURATIONS["day"])
            back["linked"] = page.me.keep("link", key, await _link(page, container, key, wanted))
        elif do == "delete":
            await _delete_ticked(page, container, form, key)
    except Fault as fault:
        page.say(page.explain(fault), "err")
    return page.go(f"/objects/{segment(container)}" + (f"?{urlencode(back)}" if back else ""))


async def _open(page: Page, container: str, public: bool) -> None:
    headers = {"X-Container-Read": storage.PUBLIC if public else ""}
    await page.api.with_headers(headers).answer("POST", storage.path(page.me.who.project_id, container))
    said = page._("Anybody can read it now.") if public else page._("Only your project can read it now.")
    page.say(said)


async def _delete_ticked(page: Page, container: str, form: FormData, key: str) -> None:
    """One object, or the ticked ones and what is in the ticked folders."""
    keys = [key] if key else [str(one) for one in form.getlist("id")]
    count = await _delete(page, container, keys, {str(one) for one in form.getlist("large")})
    for folder in form.getlist("folder") if not key else []:
        count += await _delete_folder(page, container, str(folder))
    if count:
        page.say(page.ngettext("%(n)d object deleted.", "%(n)d objects deleted.", count) % {"n": count})


async def _delete(page: Page, container: str, keys: list[str], large: set[str]) -> int:
    """How many. `large`: those that came in segments, which go with them."""
    project = page.me.who.project_id
    paths = [storage.path(project, container, key) for key in keys if key in large]
    for path in paths:
        await page.api.answer("DELETE", f"{path}?multipart-manifest=delete")
    plain = [f"{container}/{key}" for key in keys if key not in large]
    refused = await storage.delete_many(page.api, project, plain) if plain else ""
    if refused:
        raise Fault(409, refused)
    return len(keys)


async def _delete_folder(page: Page, container: str, folder: str) -> int:
    """What is below it, a batch after another; of a very full one a part, and the page says so."""
    count = 0
    for _batch in range(BATCHES):
        rows = await storage.below(page.api, page.me.who.project_id, container, folder)
        if not rows:
            return count
        large = {row["name"] for row in rows if "slo_etag" in row}
        count += await _delete(page, container, [row["name"] for row in rows], large)
    page.say(page._("There may be more in %(name)s: delete it again.") % {"name": folder}, "err")
    return count


async def _link(page: Page, container: str, key: str, seconds: int) -> str:
    project = page.me.who.project_id
    signer = await storage.link_key(page.api, project, container)
    until = clock.now() // clock.SECOND + seconds
    return storage.link(_address(page, container, key), project, container, signer, key, until)


def _address(page: Page, container: str, key: str = "") -> str:
    """How anybody reaches it: at home by our own address, elsewhere by the region's."""
    path = storage.path(page.me.who.project_id, container, key)
    place = page.me.who.place
    return place.url(path) if place.serves(path) else page.base + path


def _container(page: Page) -> str:
    return str(page.request.path_params["container"])
