"""In and out: the log-in with its second step, its region, and the way back out."""

from starlette.responses import Response

from stacklab.console import tokens
from stacklab.console.faults import Fault
from stacklab.console.page import REGION, SESSION, YEAR, Page, safe_next
from stacklab.console.sessions import Identity
from stacklab.console.tokens import Receipt


async def show(page: Page) -> Response:
    """The log-in form; `over=1` says that a session ended."""
    query = page.request.query_params
    return _form(page, safe_next(query.get("next", "/servers")), over="over" in query)


async def log_in(page: Page) -> Response:
    form = await page.form()
    name, password = str(form.get("name", "")).strip(), str(form.get("password", ""))
    wanted, region = safe_next(str(form.get("next", "/servers"))), str(form.get("region", "")) or page.region
    try:
        who = await tokens.by_password(page.api_of_nobody(), name, password)
    except Fault as fault:
        if fault.status != 429:
            raise
        return _form(page, wanted, name, too_often(page, fault), 429, region)
    if who is None:
        error = page._("This e-mail and password do not match. Check both, then try again.")
        return _form(page, wanted, name, error, 422, region)
    if isinstance(who, Receipt):
        handle = page.desk.steps.hold(who, page.visitor, region, wanted)
        return page.render("code.html", handle=handle, error="")
    return await enter(page, who, wanted, region)


async def second_step(page: Page) -> Response:
    """The code of the authenticator, after a right password."""
    form = await page.form()
    handle, code = str(form.get("step", "")), "".join(str(form.get("code", "")).split())
    step = page.desk.steps.find(handle, page.visitor)
    if step is None:
        return _form(page, "/servers", error=page._("That took more than five minutes. Log in again."), status=422)
    try:
        who = await tokens.by_code(page.api_of_nobody(), step.receipt, code)
    except Fault as fault:
        if fault.status not in (400, 429):
            raise
        said = too_often(page, fault) if fault.status == 429 else page.explain(fault)
        return page.render("code.html", fault.status, handle=handle, error=said)
    if who is None:
        error = page._("This code is wrong or was used before. Wait for the next one, then type it.")
        return page.render("code.html", 422, handle=handle, error=error)
    page.desk.steps.done(handle)
    return await enter(page, who, step.next, step.region)


async def log_out(page: Page) -> Response:
    """End the session here and revoke its tokens there; deletions that wait for their undo window happen now."""
    await page.form()
    response = page.go("/login")
    if page.session:
        await page.desk.pending.flush(page.session)
        await tokens.revoke(page.api, page.me.who.token)
        page.desk.sessions.end(page.session)
    response.delete_cookie(SESSION, path="/")
    return response


async def enter(page: Page, who: Identity, path: str, region: str = "") -> Response:
    """Begin a session with a fresh cookie (an old one is never reused), in the region they chose, and go on.

    A region that home gives no token for is said on the next page, and the person works in home's own.
    """
    own, refused = page.desk.regions.own, ""
    if region not in ("", own):
        try:
            who = await tokens.into(page.api_of_nobody(), who, region, own)
        except Fault:
            refused = region
    if page.session:
        page.desk.sessions.end(page.session)
    page.session = page.desk.sessions.begin(who, page.address, page.request.headers.get("user-agent", ""))
    if refused:
        page.say(
            page._("Region %(name)s cannot be entered now; this is %(own)s.") % {"name": refused, "own": own}, "err"
        )
    response = page.go(path)
    page.cookie(response, SESSION, page.session.cookie, page.desk.settings.console.session_hours * 3600)
    page.cookie(response, REGION, page.region, YEAR)
    return response


def too_often(page: Page, fault: Fault) -> str:
    """How long to wait, where the cloud says so."""
    if not fault.wait:
        return page.explain(fault)
    minutes = -(-fault.wait // 60)
    text = page.ngettext(
        "Too many log-ins failed. Wait %(num)d minute, then try again; the right password works then too.",
        "Too many log-ins failed. Wait %(num)d minutes, then try again; the right password works then too.",
        minutes,
    )
    return text % {"num": minutes}


def _form(
    page: Page, next: str, name: str = "", error: str = "", status: int = 200, region: str = "", over: bool = False
) -> Response:
    chosen = region or page.region
    return page.render("login.html", status, next=next, name=name, error=error, over=over, chosen=chosen)


def log_in_form(page: Page, next: str, name: str, text: str) -> Response:
    """The log-in form with something to say, for those who come from another form."""
    return _form(page, next, name, text, 422)
