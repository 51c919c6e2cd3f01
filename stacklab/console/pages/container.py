"""One container: browse it by folder, take files out, let others read, delete.

Bytes that come down do not pass through here: the browser is sent to a link.
"""

from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from stacklab.console import quotas, storage
from stacklab.console.client import segment
from stacklab.console.faults import Fault
from stacklab.console.page import Page
from stacklab.core import clock

DURATIONS = {"hour": 3600, "day": 86400, "week": 7 * 86400}
DOWNLOAD = 600  # seconds to begin a download in
BATCHES = 10  # of a folder that one press of the button deletes: the person waits for it
VERSIONS = "x-versions-enabled"
LARGEST = 5 << 30  # bytes of one object; larger ones are sent in segments, which browsers do not do


async def show(page: Page) -> Response:
    """A page of what is below `?prefix=`, or below the `?folder=` in it, which nothing need be in yet.

    `?q=` is how the names begin that are wanted.
    """
    container, query = _container(page), page.request.query_params
    prefix, folder = query.get("prefix", ""), query.get("folder", "").strip("/ ")
    prefix += f"{folder}/" if folder else ""
    text, marker = query.get("q", ""), query.get("marker", "")
    listing = await storage.browse(page.api, page.me.who.project_id, container, prefix + text, marker)
    link = page.me.secret(query.get("linked", ""))
    return page.render(
        "container.html",
        container=container,
        here=f"/objects/{segment(container)}",
        prefix=prefix,
        crumbs=storage.crumbs(prefix),
        listing=listing,
        text=text,
        marker=marker,
        gauges=quotas.of_objects(listing.headers, "container"),
        public=storage.is_public(listing.headers.get("x-container-read", "")),
        readers=listing.headers.get("x-container-read", ""),
        writers=listing.headers.get("x-container-write", ""),
        website="x-container-meta-web-index" in listing.headers,
        versions=VERSIONS in listing.headers or "x-versions-location" in listing.headers,
        address=_address(page, container),
        link=link,
        ends=storage.ends(link.text) if link else 0,
        largest=LARGEST,
    )


async def download(page: Page) -> Response:
    """On to a link that is good for a few minutes and says that it is a file to keep."""
    key = page.request.query_params.get("key", "")
    return RedirectResponse(await _link(page, _container(page), key, DOWNLOAD), 303)


async def change(page: Page) -> Response:
    """What the buttons do: `public`, `private`, `link:KEY`, `delete` of the ticked ones, `remove` all of it."""
    form = await page.form()
    container = _container(page)
    do, _, key = str(form.get("do", "")).partition(":")
    back = {name: text for name in ("prefix", "q", "marker") if (text := str(form.get(name, "")))}
    try:
        if do in ("public", "private"):
            await _open(page, container, do == "public")
        elif do == "link":
            wanted = DURATIONS.get(str(form.get("for", "day")), DURATIONS["day"])
            back["linked"] = page.me.keep("link", key, await _link(page, container, key, wanted))
        elif do == "delete":
            await _delete_ticked(page, container, form, key)
        elif do == "remove" and "sure" in form and await _remove(page, container):
            return page.go("/objects")
    except Fault as fault:
        page.say(page.explain(fault), "err")
    return page.go(f"/objects/{segment(container)}" + (f"?{urlencode(back)}" if back else ""))


async def _open(page: Page, container: str, public: bool) -> None:
    where = storage.path(page.me.who.project_id, container)
    now, _body = await page.api.answer("HEAD", where)
    headers = {"X-Container-Read": storage.opened(now.get("x-container-read", ""), public)}
    await page.api.with_headers(headers).answer("POST", where)
    said = page._("Anybody can read it now.") if public else page._("Only your project can read it now.")
    page.say(said)


async def _remove(page: Page, container: str) -> bool:
    """The container with all that is in it, old versions too; of a very full one a part. Whether it is gone."""
    project = page.me.who.project_id
    if await _delete_folder(page, container, "") >= BATCHES * storage.BATCH:
        return False
    headers, _body = await page.api.answer("HEAD", storage.path(project, container))
    if VERSIONS in headers and await storage.delete_versions(page.api, project, container) == storage.BATCH:
        _more(page, container)
        return False
    await page.api.answer("DELETE", storage.path(project, container))
    page.say(page._("Container %(name)s deleted.") % {"name": container})
    return True


async def _delete_ticked(page: Page, container: str, form: FormData, key: str) -> None:
    """One object, or the ticked ones and what is in the ticked folders."""
    keys = [key] if key else [str(one) for one in form.getlist("id")]
    folders = [str(one) for one in form.getlist("folder")] if not key else []
    if not keys and not folders:
        page.say(page._("Nothing is ticked. Tick what is to go first."), "err")
    count = await _delete(page, container, keys, {str(one) for one in form.getlist("large")})
    for folder in folders:
        count += await _delete_folder(page, container, folder)
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
    _more(page, folder or container)
    return count


def _more(page: Page, name: str) -> None:
    page.say(page._("There may be more in %(name)s: delete it again.") % {"name": name}, "err")


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
