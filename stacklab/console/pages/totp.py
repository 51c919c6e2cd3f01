"""The second step of the log-in: enrol an authenticator, get recovery codes, turn it off, get back in without it."""

from typing import Any

from starlette.responses import Response

from stacklab.console import qr
from stacklab.console.faults import Fault
from stacklab.console.page import Page
from stacklab.console.pages import door, landing

Json = dict[str, Any]
TOTP = "/signup/totp"


async def begin(page: Page) -> Response:
    """A new secret, as a QR code and as text; nothing is on until a code of it was typed."""
    await page.form()
    try:
        made = (await page.api.post(TOTP, {}))["totp"]
    except Fault as fault:
        page.say(page.explain(fault), "err")
        return page.go("/account")
    return _enrol(page, page.me.keep("totp", made["secret"], made["uri"]))


async def confirm(page: Page) -> Response:
    form = await page.form()
    handle = str(form.get("handle", ""))
    try:
        codes = (await page.api.post(f"{TOTP}/confirm", {"code": _code(form.get("code"))}))["recovery_codes"]
    except Fault as fault:
        if fault.status == 400:
            return _enrol(
                page, handle, page._("This code does not fit. Look at the clock of your phone, then try the next one.")
            )
        page.say(page.explain(fault), "err")
        return page.go("/account")
    page.me.forget(handle)
    return page.render("recovery_codes.html", codes=codes)


async def new_codes(page: Page) -> Response:
    form = await page.form()
    try:
        codes = (await page.api.post(f"{TOTP}/codes", {"code": _code(form.get("code"))}))["recovery_codes"]
    except Fault as fault:
        page.say(_wrong(page, fault), "err")
        return page.go("/account")
    return page.render("recovery_codes.html", codes=codes)


async def disable(page: Page) -> Response:
    form = await page.form()
    try:
        await page.api.post(f"{TOTP}/disable", {"code": str(form.get("code", "")).strip()})
        page.say(page._("The second step is off. The password alone logs you in."))
    except Fault as fault:
        page.say(_wrong(page, fault), "err")
    return page.go("/account")


async def show_recovery(page: Page) -> Response:
    return page.render("recover.html", email="", error="")


async def recover(page: Page) -> Response:
    """Password and recovery code turn the second step off; then the password logs in."""
    form = await page.form()
    email, password = str(form.get("email", "")).strip(), str(form.get("password", ""))
    asked = {"email": email, "password": password, "code": str(form.get("code", "")).strip()}
    try:
        await page.api_of_nobody().post(f"{TOTP}/recover", asked)
    except Fault as fault:
        said = page._("Address, password and recovery code do not fit together. Check all three.")
        if fault.status not in (400, 401):
            said = landing.too_many(page, fault) if fault.status == 429 else page.explain(fault)
        return page.render("recover.html", 422, email=email, error=said)
    text = page._("The second step is off now. Log in with your password, then set it up again.")
    return door.log_in_form(page, "/account", email, text)


def _code(text: object) -> str:
    return "".join(str(text or "").split())


def _wrong(page: Page, fault: Fault) -> str:
    if fault.status == 400:
        return page._("This code is wrong or was used before. Wait for the next one, then type it.")
    return page.explain(fault)


def _enrol(page: Page, handle: str, error: str = "") -> Response:
    secret = page.me.secret(handle)
    if secret is None:
        page.say(page._("That took too long. Begin again."), "err")
        return page.go("/account")
    drawing = qr.draw(secret.text)
    return page.render("totp.html", 422 if error else 200, handle=handle, secret=secret, qr=drawing, error=error)
