"""What a page handler is given: the visitor's session, their APIs, their language and theme, and ways to answer."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from stacklab.console import csrf, i18n, multipart
from stacklab.console.calls import Call
from stacklab.console.client import Api
from stacklab.console.desk import Desk
from stacklab.console.faults import Fault, SessionOver, words
from stacklab.console.places import HERE
from stacklab.console.sessions import Flash, Session
from stacklab.core import peers

SESSION, VISITOR, REGION = "sl_session", "sl_visitor", "region"
YEAR = 365 * 86400
CARRIED = 20  # calls that wait for the next page: of a thousand files the last few say how
Handler = Callable[["Page"], Awaitable[Response]]


class Page:
    """One request. `api` is the visitor's client; `_` translates; `render` and `go` answer."""

    def __init__(self, request: Request, desk: Desk) -> None:
        self.request = request
        self.desk = desk
        self.language = i18n.choose(request.cookies.get("lang", ""), request.headers.get("accept-language", ""))
        theme = request.cookies.get("theme", "")
        self.theme = theme if theme in ("light", "dark") else ""
        self._ = desk.translations[self.language].gettext
        self.ngettext = desk.translations[self.language].ngettext
        cookie = request.cookies.get(SESSION, "")
        self.session: Session | None = desk.sessions.find(cookie) if cookie else None
        self.visitor = request.cookies.get(VISITOR) or secrets.token_urlsafe(16)
        peer = request.client.host if request.client else ""
        self.address = peers.client(peer, request.headers.get("x-forwarded-for", ""))
        self.follows = "follow" in request.query_params  # a page that looks by itself whether something is ready
        record = self.session.recent.appendleft if self.session and not self.follows else None
        who = self.session.who if self.session else None
        self.api = Api(desk.http, who.token if who else "", self.address, record, who.place if who else HERE)
        if self.session:
            desk.sessions.note(self.session, self.address)

    @property
    def me(self) -> Session:
        """The session of a page that demands one. Raises SessionOver without."""
        if self.session is None:
            raise SessionOver
        return self.session

    @property
    def base(self) -> str:
        """How the visitor reaches this cloud: the public URL of the settings, else what the browser asked for."""
        return self.desk.settings.node.public_url.rstrip("/") or str(self.request.base_url).rstrip("/")

    @property
    def whole(self) -> str:
        """The path with its query, to come back to."""
        url = self.request.url
        return url.path + (f"?{url.query}" if url.query else "")

    @property
    def region(self) -> str:
        """The region this person works in; before they log in, the one they chose last, else this node's own."""
        if self.session:
            return self.session.who.place.region or self.desk.settings.node.region
        wanted = self.request.cookies.get(REGION, "")
        return wanted if any(wanted == region.name for region in self.desk.regions.seen) else self.desk.regions.own

    @property
    def form_cookie(self) -> str:
        return self.session.cookie if self.session else self.visitor

    def api_of_nobody(self) -> Api:
        """A client without a token: for signing up and logging in."""
        return self.api.with_token("")

    def form_token(self) -> str:
        return csrf.token(self.desk.sessions.form_key, self.form_cookie)

    async def form(self) -> FormData:
        """The posted form, checked to be ours. Raises HTTPException 403."""
        form = await self.request.form(max_files=0)  # no page sends one, and a stranger's would fill the disk
        given = str(form.get(csrf.FIELD, ""))
        if not csrf.allowed(self.request, given, self.desk.sessions.form_key, self.form_cookie):
            raise HTTPException(403)
        return form

    def files(self) -> multipart.Form:
        """A posted form with files, to be read as it comes; `check_token` its token before anything is done."""
        return multipart.Form(self.request.headers.get("content-type", ""), self.request.stream())

    def check_token(self, given: str | None = None) -> None:
        """The token of a form that `form` does not read; a script's is in a header. Raises HTTPException 403."""
        given = self.request.headers.get("x-form-token", "") if given is None else given
        if not csrf.allowed(self.request, given, self.desk.sessions.form_key, self.form_cookie):
            raise HTTPException(403)

    def say(self, text: str, kind: str = "ok", subject: tuple[str, ...] = ()) -> None:
        """Say it on the next page this person sees."""
        if self.session:
            self.session.flashes.append(Flash(text, kind, subject))

    def explain(self, fault: Fault) -> str:
        return words(fault, self._)

    def fragment(self, template: str, **values: Any) -> str:
        """A piece of a page as text, for a stream."""
        return self.desk.environments[self.language].get_template(template).render(self._context(values))

    def render(self, template: str, status: int = 200, **values: Any) -> Response:
        """A whole page. It is this person's alone: never stored by a cache."""
        seen = self.session if not self.follows else None  # what is to be said is said where a person looks
        flashes = seen.take_flashes() if seen else []
        calls: list[Call] = [*(self._carried() if seen else []), *self.api.calls]
        body = self.fragment(template, flashes=flashes, calls=calls, **values)
        response = HTMLResponse(body, status, headers={"Cache-Control": "no-store", "Vary": "HX-Request, Cookie"})
        if VISITOR not in self.request.cookies:
            self.cookie(response, VISITOR, self.visitor)
        return response

    def go(self, path: str) -> Response:
        """After a form: see the result elsewhere; the calls it made are shown there."""
        self.carry()
        return RedirectResponse(path, 303)

    def carry(self) -> None:
        """The next page this person sees shows the calls of this one."""
        if self.session:
            self.session.carried = [*self.session.carried, *self.api.calls][-CARRIED:]

    def cookie(self, response: Response, name: str, value: str, age: int | None = None, script: bool = False) -> None:
        secure = urlsplit(self.base).scheme == "https"
        response.set_cookie(name, value, max_age=age, path="/", secure=secure, httponly=not script, samesite="lax")

    def _carried(self) -> list[Call]:
        if not self.session:
            return []
        carried, self.session.carried = self.session.carried, []
        return carried

    def _context(self, values: dict[str, Any]) -> dict[str, Any]:
        return {
            "page": self,
            "session": self.session,
            "lang": i18n.HTML_LANG[self.language],
            "language": self.language,
            "theme": self.theme,
            "form_token": self.form_token(),
            "path": self.request.url.path,
            "whole": self.whole if self.request.method == "GET" else self.request.url.path,
            "base": self.base,
            "region": self.region,
            "regions": self.desk.regions.seen,
            "site": self.desk.settings.console.site_name,
            "asset": self.desk.assets.url,
            **values,
        }


def safe_next(path: str) -> str:
    """A path of ours to go on to after logging in; anything that could leave this site becomes the server list."""
    parts = urlsplit(path)
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return path if ours and "\\" not in path and path.isprintable() else "/servers"


def public(desk: Desk, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint for anyone. A cloud that does not answer becomes a page that says so."""

    async def endpoint(request: Request) -> Response:
        await desk.regions.look()
        page = Page(request, desk)
        try:
            return await handler(page)
        except SessionOver:
            return _to_login(page)
        except Fault as fault:
            status = fault.status if 400 <= fault.status < 500 else 502
            away = fault.status == 0 and page.session is not None and bool(page.session.who.place.region)
            return page.render("fault.html", status, message=page.explain(fault), fault=fault, away=away)

    return endpoint


def signed(desk: Desk, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint for people who are logged in; others log in first and come back."""

    async def entered(page: Page) -> Response:
        page.me  # noqa: B018 - raises SessionOver for a visitor
        return await handler(page)

    return public(desk, entered)


def _to_login(page: Page) -> Response:
    if page.session:
        page.desk.sessions.end(page.session)
    wanted = page.whole if page.request.method == "GET" else "/servers"
    if wanted.startswith("/events") or page.follows:
        return Response(status_code=401)
    if page.request.method == "PUT":  # a script's: it says so beside the file
        return JSONResponse({"message": page._("Your session is over. Log in again, then send it once more.")}, 401)
    response = RedirectResponse(f"/login?next={quote(wanted)}" + ("&over=1" if page.session else ""), 303)
    response.delete_cookie(SESSION, path="/")
    return response
