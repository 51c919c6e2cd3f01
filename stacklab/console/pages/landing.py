"""The first page a stranger sees, and the sign-up that ends on a server form with everything filled in."""

import re
from typing import Any

from starlette.responses import Response

from stacklab.console import tokens
from stacklab.console.faults import Fault
from stacklab.console.forms import Errors
from stacklab.console.page import REGION, YEAR, Page
from stacklab.console.pages import door
from stacklab.console.sessions import Identity

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
Json = dict[str, Any]


async def show(page: Page) -> Response:
    return await _landing(page)


async def sign_up(page: Page) -> Response:
    """Create the account, log in, go to the server form: one click. Or a mail is on its way, and a page says so."""
    form = await page.form()
    email, password = str(form.get("email", "")).strip(), str(form.get("password", ""))
    region = str(form.get("region", "")) or page.region
    api = page.api_of_nobody()
    rules = await facts(page)
    wrong = _wrong(page, email, password, rules)
    if wrong:
        return await _landing(page, 422, email, wrong, region)
    body: Json = {"email": email, "language": page.language}
    if not rules["verification"]:
        body["password"] = password
    if form.get("nonce"):
        body["proof"] = {"text": str(form.get("challenge", "")), "nonce": str(form["nonce"])}
    try:
        made = await api.post("/signup", body)
    except Fault as fault:
        return await _landing(page, 422 if fault.status else 502, email, Errors(form=_refusal(page, fault)), region)
    if "verification" in made:
        answer = page.render("joined.html", email=email, sent=True, error="")
        page.cookie(answer, REGION, region, YEAR)  # where they begin when they have opened the mailed link
        return answer
    return await first_log_in(page, email, password, region)


async def first_log_in(page: Page, email: str, password: str, region: str = "") -> Response:
    """Into an account that was made a moment ago."""
    # The API answers the same for an address that has an account already, so that nobody can find out who has one.
    who = await _known(page, email.lower(), password) or await _known(page, email, password)
    if isinstance(who, Identity):
        return await door.enter(page, who, "/servers/new", region)
    text = page._("If this address is new, the account is ready: log in. If you signed up before, use that password.")
    return door.log_in_form(page, "/servers/new", email, text)


async def facts(page: Page) -> Json:
    """What the sign-up form must ask for, as the API says."""
    settings = page.desk.settings
    told: Json = {"enabled": settings.signup.enabled, "password_min_length": settings.identity.password_min_length}
    told |= await page.api_of_nobody().get("/signup")
    proof = told.get("proof") or {}
    return {
        "enabled": told["enabled"],
        "minimum": told["password_min_length"],
        "verification": bool(told.get("verification")),
        "reset": bool(told.get("reset")),
        "proof": bool(proof.get("needed")),
        "proof_by_mail": bool(proof.get("mail")),
    }


async def _known(page: Page, name: str, password: str) -> Identity | None:
    try:
        found = await tokens.by_password(page.api_of_nobody(), name, password)
    except Fault as fault:
        if fault.status != 429:
            raise
        return None
    return found if isinstance(found, Identity) else None


async def _landing(
    page: Page, status: int = 200, email: str = "", errors: Errors | None = None, chosen: str = ""
) -> Response:
    return page.render(
        "landing.html", status, email=email, errors=errors or Errors(), quota=page.desk.settings.quota,
        rules=await facts(page), chosen=chosen or page.region,
    )  # fmt: skip


def _wrong(page: Page, email: str, password: str, rules: Json) -> Errors:
    errors = Errors()
    if len(email) > 254 or not EMAIL.match(email):
        errors["email"] = page._("This is not an e-mail address. It looks like lin@example.org.")
    if not rules["verification"] and len(password) < rules["minimum"]:
        errors["password"] = page._("Use at least %(count)d characters.") % {"count": rules["minimum"]}
    return errors


def _refusal(page: Page, fault: Fault) -> str:
    if fault.status == 429:
        return too_many(page, fault)
    if fault.status in (403, 404):
        return page._("This cloud takes no new accounts at the moment.")
    if fault.status == 428:
        return page._(
            "Your browser has to solve a small puzzle first, which keeps robots out; it needs JavaScript. "
            "It is solved by itself: press the button again."
        )
    return page.explain(fault)


def too_many(page: Page, fault: Fault) -> str:
    """A limit of the sign-up, with the time to wait."""
    minutes = -(-fault.wait // 60) or 60
    text = page.ngettext(
        "That was too often from your address or network. Wait %(num)d minute, then try again.",
        "That was too often from your address or network. Wait %(num)d minutes, then try again.",
        minutes,
    )
    return text % {"num": minutes}
