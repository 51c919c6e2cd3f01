"""What goes by mail: the link that verifies an address, and the one that replaces a forgotten password.

Opening a link changes nothing, because mail scanners open them too; sending the form behind it does.
"""

from typing import Any

from starlette.responses import Response

from stacklab.console.client import Api
from stacklab.console.faults import Fault
from stacklab.console.page import Page
from stacklab.console.pages import door, landing

Json = dict[str, Any]


async def waiting(page: Page) -> Response:
    """GET /joined: a mail is on its way; another can be asked for."""
    return page.render("joined.html", email="", sent=False, error="")


async def resend(page: Page) -> Response:
    """The same answer whether the address is known here or not."""
    email = str((await page.form()).get("email", "")).strip()
    try:
        await page.api_of_nobody().post("/signup/resend", {"email": email, "language": page.language})
    except Fault as fault:
        return page.render("joined.html", 422, email=email, sent=False, error=_refusal(page, fault))
    return page.render("joined.html", email=email, sent=True, error="")


async def show_verification(page: Page) -> Response:
    token = page.request.query_params.get("token", "")
    return await _choose(page, "verify", token)


async def verify(page: Page) -> Response:
    """The address is the person's: the account gets its password here, and they are in."""
    form = await page.form()
    token, password = str(form.get("token", "")), str(form.get("password", ""))
    api = page.api_of_nobody()
    link = await _link(api, token)
    if link is None:
        return await _choose(page, "verify", token)
    try:
        await api.post("/signup/verify", {"token": token, "password": password})
    except Fault as fault:
        if fault.status == 404:
            return await _choose(page, "verify", token)
        if fault.status == 409:
            text = page._("This address has an account already. Log in, or choose a new password if you forgot it.")
            return door.log_in_form(page, "/servers/new", link["email"], text)
        return await _choose(page, "verify", token, page.explain(fault))
    return await landing.first_log_in(page, link["email"], password, page.region)


async def show_reset(page: Page) -> Response:
    """Without a token the form that asks for the mail; with one the form for the new password."""
    token = page.request.query_params.get("token", "")
    if token:
        return await _choose(page, "reset", token)
    return page.render("reset.html", email="", sent=False, error="")


async def reset(page: Page) -> Response:
    form = await page.form()
    if "token" in form:
        return await _new_password(page, str(form["token"]), str(form.get("password", "")))
    email = str(form.get("email", "")).strip()
    try:
        await page.api_of_nobody().post("/signup/reset", {"email": email, "language": page.language})
    except Fault as fault:
        return page.render("reset.html", 422, email=email, sent=False, error=_refusal(page, fault))
    return page.render("reset.html", email=email, sent=True, error="")


async def _new_password(page: Page, token: str, password: str) -> Response:
    api = page.api_of_nobody()
    link = await _link(api, token)
    try:
        await api.post("/signup/password", {"token": token, "password": password})
    except Fault as fault:
        if fault.status != 404:
            return await _choose(page, "reset", token, page.explain(fault))
        link = None
    if link is None:
        return await _choose(page, "reset", token)
    if page.session:
        page.desk.sessions.end(page.session)
        page.session = None
    text = page._("The password is changed, and every session was ended. Log in with the new one.")
    return page.render(
        "login.html", next="/servers", name=link["email"], error="", over=False, chosen=page.region, done=text
    )


async def _choose(page: Page, kind: str, token: str, error: str = "") -> Response:
    """The form behind a link, or a page that says the link is used up."""
    link = await _link(page.api_of_nobody(), token)
    if link is None or link["kind"] != kind:
        return page.render("link_over.html", 404, kind=kind)
    minimum = page.desk.settings.identity.password_min_length
    status = 422 if error else 200
    # Not `token`: that is the macro of the form's own token, which would win.
    return page.render("choose_password.html", status, kind=kind, mailed=token, link=link, minimum=minimum, error=error)


async def _link(api: Api, token: str) -> Json | None:
    try:
        found: Json = (await api.post("/signup/link", {"token": token}))["link"]
    except Fault as fault:
        if fault.status in (400, 404):
            return None
        raise
    return found


def _refusal(page: Page, fault: Fault) -> str:
    if fault.status == 429:
        return landing.too_many(page, fault)
    if fault.status == 403:
        return page._("This cloud sends no mail. Ask its operator.")
    return page.explain(fault)
