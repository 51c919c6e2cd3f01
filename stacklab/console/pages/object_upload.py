"""Files into a container. Their bytes pass through here as they come."""

import mimetypes
from collections.abc import AsyncIterator
from urllib.parse import urlencode

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from stacklab.console import storage
from stacklab.console.client import segment
from stacklab.console.csrf import FIELD
from stacklab.console.faults import Fault
from stacklab.console.page import Page

PASSED = ("content-length", "if-none-match")  # headers of a script's that are the store's to judge
ANY = "application/octet-stream"


async def upload(page: Page) -> Response:
    """PUT ?key=: the body becomes the object. Answers JSON: `{"etag"}`, or `{"message"}` with the refusal's status."""
    page.check_token()
    key, sent = page.request.query_params.get("key", ""), page.request.headers
    if not key:
        return JSONResponse({"message": page._("A file needs a name.")}, 400)
    headers = {"Content-Type": sent.get("content-type") or ANY}
    headers |= {name.title(): sent[name] for name in PASSED if name in sent}
    try:
        etag = await _put(page, key, page.request.stream(), headers)
    except ClientDisconnect:
        return Response(status_code=499)
    except Fault as fault:
        return JSONResponse({"message": page.explain(fault)}, fault.status if fault.status >= 400 else 502)
    page.carry()
    return JSONResponse({"etag": etag})


async def upload_form(page: Page) -> Response:
    """The same without JavaScript: a form with files, which go below its `prefix`. None takes another's place."""
    form, count = page.files(), 0
    try:
        async for name, stream in form.files():
            page.check_token(form.fields.get(FIELD, ""))
            headers = {"Content-Type": mimetypes.guess_type(name)[0] or ANY, "If-None-Match": "*"}
            try:
                await _put(page, form.fields.get("prefix", "") + name, stream, headers)
                count += 1
            except Fault as fault:
                page.say(f"{name}: {page.explain(fault)}", "err")
    except ClientDisconnect:
        return Response(status_code=499)
    if count:
        page.say(page.ngettext("%(n)d file is up.", "%(n)d files are up.", count) % {"n": count})
    prefix = form.fields.get("prefix", "")
    return page.go(f"/objects/{_segment(page)}" + (f"?{urlencode({'prefix': prefix})}" if prefix else ""))


async def _put(page: Page, key: str, stream: AsyncIterator[bytes], headers: dict[str, str]) -> str:
    """The ETag of the object made."""
    path = storage.path(page.me.who.project_id, str(page.request.path_params["container"]), key)
    answer, _body = await page.api.with_headers(headers).answer("PUT", path, stream)
    return answer.get("etag", "")


def _segment(page: Page) -> str:
    return segment(str(page.request.path_params["container"]))
