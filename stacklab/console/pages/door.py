"""In and out: a password becomes a token scoped to the person's project, and the token a session."""

from typing import Any

import msgspec
from starlette.responses import Response

from stacklab.console.client import Api
from stacklab.console.faults import Fault, message_of
from stacklab.console.page import SESSION, Page, safe_next
from stacklab.console.sessions import Identity
from stacklab.core import clock

TOKENS = "/identity/v3/auth/tokens"


async def show(page: Page) -> Response:
    """The log-in form; `over=1` says that a session ended."""
    query = page.request.query_params
    return page.render(
        "login.html", next=safe_next(query.get("next", "/servers")), name="", error="", over="over" in query
    )


async def log_in(page: Page) -> Response:
    form = await page.form()
    name, password = str(form.get("name", "")).strip(), str(form.get("password", ""))
    wanted = safe_next(str(form.get("next", "/servers")))
    try:
        who = await authenticate(page.api_of_nobody(), name, password)
    except Fault as fault:
        if fault.status != 429:
            raise
        return page.render("login.html", 429, next=wanted, name=name, error=page.explain(fault), over=False)
    if who is None:
        error = page._("This e-mail and password do not match. Check both, then try again.")
        return page.render("login.html", 422, next=wanted, name=name, error=error, over=False)
    return enter(page, who, wanted)


async def log_out(page: Page) -> Response:
    """End the session here and revoke the token there; deletions that wait for their undo window happen now."""
    await page.form()
    response = page.go("/login")
    if page.session:
        await page.desk.pending.flush(page.session)
        await _revoke(page)
        page.desk.sessions.end(page.session)
    response.delete_cookie(SESSION, path="/")
    return response


def enter(page: Page, who: Identity, path: str) -> Response:
    """Begin a session with a fresh cookie (an old one is never reused) and go on."""
    if page.session:
        page.desk.sessions.end(page.session)
    page.session = page.desk.sessions.begin(who)
    response = page.go(path)
    page.cookie(response, SESSION, page.session.cookie, page.desk.settings.console.session_hours * 3600)
    return response


async def authenticate(api: Api, name: str, password: str) -> Identity | None:
    """A project-scoped token for name and password, or None when they do not match. Raises Fault for all else."""
    user = {"name": name, "domain": {"id": "default"}, "password": password}
    body: dict[str, Any] = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}}
    status, headers, found = await api.exchange("POST", TOKENS, body)
    if status == 401:
        return None
    _raise_for(status, found)
    token = msgspec.json.decode(found)["token"]
    if "project" in token:
        return _identity(headers["x-subject-token"], token)
    return await _scope(api, headers["x-subject-token"], token["user"])


async def _scope(api: Api, unscoped: str, user: dict[str, Any]) -> Identity:
    """No default project: use the first one the person has a role on."""
    mine = api.with_token(unscoped)
    projects = (await mine.get("/identity/v3/auth/projects"))["projects"]
    if not projects:
        raise Fault(403, f"{user['name']} has no project")
    scope = {"project": {"id": projects[0]["id"]}}
    identity = {"methods": ["token"], "token": {"id": unscoped}}
    status, headers, found = await api.exchange("POST", TOKENS, {"auth": {"identity": identity, "scope": scope}})
    _raise_for(status, found)
    return _identity(headers["x-subject-token"], msgspec.json.decode(found)["token"])


def _identity(text: str, token: dict[str, Any]) -> Identity:
    endpoints = [
        [service["type"], endpoint["region"], endpoint["url"]]
        for service in token.get("catalog", [])
        for endpoint in service["endpoints"]
        if endpoint["interface"] == "public"
    ]
    user, project = token["user"], token["project"]
    return Identity(
        text, clock.parse(token["expires_at"]), user["id"], user["name"], project["id"], project["name"], endpoints
    )


def _raise_for(status: int, body: bytes) -> None:
    if status >= 400:
        raise Fault(status, message_of(status, body))


async def _revoke(page: Page) -> None:
    token = page.me.who.token
    try:
        await page.api.with_headers({"X-Subject-Token": token}).exchange("DELETE", TOKENS)
    except Fault:
        return  # the session is over here in any case, and the token expires by itself
