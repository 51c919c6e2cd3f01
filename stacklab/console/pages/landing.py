"""The first page a stranger sees, and the sign-up that ends on a server form with everything filled in."""

import re

from starlette.responses import Response

from stacklab.console.faults import Fault
from stacklab.console.forms import Errors
from stacklab.console.page import Page
from stacklab.console.pages import door

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")


async def show(page: Page) -> Response:
    return _landing(page)


async def sign_up(page: Page) -> Response:
    """Create the account, log in, go to the server form: one click."""
    form = await page.form()
    email, password = str(form.get("email", "")).strip(), str(form.get("password", ""))
    wrong = _wrong(page, email, password)
    if wrong:
        return _landing(page, 422, email, wrong)
    api = page.api_of_nobody()
    try:
        await api.post("/signup", {"email": email, "password": password})
    except Fault as fault:
        return _landing(page, 422 if fault.status else 502, email, Errors(form=_refusal(page, fault)))
    # The API answers the same for an address that has an account already, so that nobody can find out who has one.
    who = await door.authenticate(api, email.lower(), password) or await door.authenticate(api, email, password)
    if who is None:
        text = page._(
            "If this address is new, the account is ready: log in. If you signed up before, use that password."
        )
        return page.render("login.html", 422, next="/servers/new", name=email, error=text, over=False)
    return door.enter(page, who, "/servers/new")


def _landing(page: Page, status: int = 200, email: str = "", errors: Errors | None = None) -> Response:
    settings = page.desk.settings
    return page.render(
        "landing.html", status, email=email, errors=errors or Errors(), quota=settings.quota,
        signup=settings.signup.enabled, minimum=settings.identity.password_min_length,
    )  # fmt: skip


def _wrong(page: Page, email: str, password: str) -> Errors:
    minimum = page.desk.settings.identity.password_min_length
    errors = Errors()
    if len(email) > 254 or not EMAIL.match(email):
        errors["email"] = page._("This is not an e-mail address. It looks like lin@example.org.")
    if len(password) < minimum:
        errors["password"] = page._("Use at least %(count)d characters.") % {"count": minimum}
    return errors


def _refusal(page: Page, fault: Fault) -> str:
    if fault.status == 429:
        return page._("Too many accounts were made from your address. Wait an hour, then try again.")
    if fault.status in (403, 404):
        return page._("This cloud takes no new accounts at the moment.")
    return page.explain(fault)
