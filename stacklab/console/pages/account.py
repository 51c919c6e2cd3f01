"""My account: password, language and theme, sessions, second step, and the way out."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from stacklab.console import tokens
from stacklab.console.faults import Fault, message_of
from stacklab.console.forms import Errors
from stacklab.console.page import SESSION, Page
from stacklab.console.pages import door
from stacklab.console.tokens import Receipt

Json = dict[str, Any]
BROWSERS = [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]
SYSTEMS = [
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
]  # fmt: skip


async def show(page: Page) -> Response:
    return await _show(page)


async def password(page: Page) -> Response:
    """Keystone ends every token of the person with the old password, so this session gets a new one."""
    form = await page.form()
    old, new = str(form.get("old", "")), str(form.get("new", ""))
    if len(new) < (minimum := page.desk.settings.identity.password_min_length):
        return await _show(page, Errors(new=page._("Use at least %(count)d characters.") % {"count": minimum}))
    me = page.me.who
    asked = {"user": {"original_password": old, "password": new}}
    status, _headers, answer = await page.api.exchange("POST", f"/identity/v3/users/{me.user_id}/password", asked)
    if status == 401:
        return await _show(page, Errors(old=page._("This is not your present password.")))
    if status >= 400:
        fault = Fault(status, message_of(status, answer))
        return await _show(page, Errors(new=page.explain(fault)))
    page.desk.sessions.end_others(page.me)
    return await _enter_again(page, new)


async def _enter_again(page: Page, secret: str) -> Response:
    me, region = page.me.who, page.region
    found = await tokens.by_password(page.api_of_nobody(), me.user_name, secret)
    if isinstance(found, Receipt):
        page.desk.sessions.end(page.me)
        handle = page.desk.steps.hold(found, page.visitor, region, "/account")
        return page.render("code.html", handle=handle, error="")
    if found is None:
        return door.log_in_form(page, "/account", me.user_name, page._("The password is changed. Log in with it."))
    if found.project_id != me.project_id:
        found = await tokens.scoped(page.api_of_nobody(), found.token, me.project_id)
    response = await door.enter(page, found, "/account", region)
    page.say(page._("The password is changed, and your other sessions were ended."))
    return response


async def end_sessions(page: Page) -> Response:
    """`id` ends one of the person's sessions, none of it all others. This one ends by logging out."""
    form = await page.form()
    for other in page.desk.sessions.end_others(page.me, str(form.get("id", ""))):
        await tokens.revoke(page.api.with_token(other.who.token), other.who.token)
    page.say(page._("Ended. Whoever used it has to log in again."))
    return page.go("/account#sessions")


async def show_deletion(page: Page) -> Response:
    return page.render("delete_account.html", errors=Errors())


async def delete(page: Page) -> Response:
    """The person types their name, so that no slip of a finger does it, and the password, so that nobody else can."""
    form = await page.form()
    if str(form.get("name", "")).strip().lower() != page.me.who.user_name.lower():
        errors = Errors(name=page._("This is not the name of your account. Nothing was deleted."))
        return page.render("delete_account.html", 422, errors=errors)
    try:
        await page.api.post("/signup/account/delete", {"password": str(form.get("password", ""))})
    except Fault as fault:
        text = page._("The password is wrong. Nothing was deleted.") if fault.status == 403 else page.explain(fault)
        return page.render("delete_account.html", 422, errors=Errors(password=text))
    page.desk.sessions.end_others(page.me)
    page.desk.sessions.end(page.me)
    page.session = None
    response = page.render("goodbye.html")
    response.delete_cookie(SESSION, path="/")
    return response


def device(agent: str) -> str:
    """`Firefox · Linux` from a User-Agent; its first word for a program that is no browser."""
    browser, system = _first(BROWSERS, agent), _first(SYSTEMS, agent)
    return " · ".join(filter(None, (browser, system))) or agent.partition(" ")[0][:60]


def _first(marks: Sequence[tuple[str, str]], agent: str) -> str:
    return next((name for mark, name in marks if mark in agent), "")


async def _show(page: Page, errors: Errors | None = None) -> Response:
    try:
        account: Json | None = (await page.api.get("/signup/account"))["account"]
    except Fault as fault:
        if fault.status not in (403, 404):
            raise
        account = None  # a session that is not by password, or a cloud without sign-up
    return page.render(
        "account.html", 422 if errors else 200, account=account, errors=errors or Errors(), device=device,
        logins=page.desk.sessions.of(page.me.who.user_id), minimum=page.desk.settings.identity.password_min_length,
    )  # fmt: skip
