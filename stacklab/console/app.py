"""The console as an ASGI application: which path shows which page, and what every answer carries."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stacklab.console.desk import Desk
from stacklab.console.page import Handler, Page, public, signed
from stacklab.console.pages import (
    access,
    account,
    addresses,
    container,
    containers,
    create_server,
    door,
    events,
    groups,
    image,
    images,
    keypairs,
    landing,
    leases,
    letters,
    new_image,
    object_upload,
    overview,
    preferences,
    project,
    regions,
    s3_keys,
    server,
    servers,
    totp,
)
from stacklab.core.settings import Settings

ANYONE: list[tuple[str, str, Handler]] = [
    ("GET", "/", landing.show),
    ("POST", "/join", landing.sign_up),
    ("GET", "/login", door.show),
    ("POST", "/login", door.log_in),
    ("POST", "/login/code", door.second_step),
    ("GET", "/recover", totp.show_recovery),
    ("POST", "/recover", totp.recover),
    ("GET", "/joined", letters.waiting),
    ("POST", "/resend", letters.resend),
    ("GET", "/verify", letters.show_verification),
    ("POST", "/verify", letters.verify),
    ("GET", "/reset", letters.show_reset),
    ("POST", "/reset", letters.reset),
    ("GET", "/regions", regions.show),
    ("GET", "/status", regions.status),
    ("POST", "/region", regions.switch),
    ("POST", "/logout", door.log_out),
    ("GET", "/preferences", preferences.choose),
]

LOGGED_IN: list[tuple[str, str, Handler]] = [
    ("GET", "/console", overview.show),
    ("GET", "/servers", servers.show),
    ("POST", "/servers", servers.act),
    ("POST", "/servers/undo", servers.undo),
    ("GET", "/servers/new", create_server.show),
    ("POST", "/servers/new", create_server.create),
    ("POST", "/servers/new/preview", create_server.preview),
    ("GET", "/servers/{id:uuid}", server.show),
    ("GET", "/servers/{id:uuid}/log", server.whole_log),
    ("GET", "/keypairs", keypairs.show),
    ("POST", "/keypairs", keypairs.create),
    ("POST", "/keypairs/delete", keypairs.delete),
    ("GET", "/secrets/{handle}", keypairs.download),
    ("POST", "/secrets/{handle}", keypairs.forget),
    ("GET", "/security-groups", groups.show_all),
    ("POST", "/security-groups", groups.create),
    ("GET", "/security-groups/{id:uuid}", groups.show),
    ("POST", "/security-groups/{id:uuid}", groups.change),
    ("GET", "/floating-ips", addresses.show),
    ("POST", "/floating-ips", addresses.change),
    ("GET", "/images", images.show),
    ("POST", "/images", new_image.create),
    ("PUT", "/images", new_image.upload),
    ("GET", "/images/new", new_image.show),
    ("POST", "/images/new", new_image.upload_form),
    ("POST", "/images/delete", images.delete),
    ("GET", "/images/{id:uuid}", image.show),
    ("POST", "/images/{id:uuid}", image.change),
    ("GET", "/objects", containers.show),
    ("POST", "/objects", containers.change),
    ("GET", "/objects/{container}", container.show),
    ("POST", "/objects/{container}", container.change),
    ("PUT", "/objects/{container}", object_upload.upload),
    ("POST", "/objects/{container}/upload", object_upload.upload_form),
    ("GET", "/objects/{container}/download", container.download),
    ("GET", "/s3-keys", s3_keys.show),
    ("POST", "/s3-keys", s3_keys.change),
    ("GET", "/api", access.show),
    ("POST", "/api", access.create),
    ("POST", "/api/revoke", access.revoke),
    ("GET", "/api/{handle}/{file}", access.download),
    ("POST", "/leases", leases.extend),
    ("GET", "/project", project.show),
    ("POST", "/project", project.change),
    ("GET", "/account", account.show),
    ("POST", "/account/password", account.password),
    ("POST", "/account/sessions", account.end_sessions),
    ("GET", "/account/delete", account.show_deletion),
    ("POST", "/account/delete", account.delete),
    ("POST", "/account/totp", totp.begin),
    ("POST", "/account/totp/confirm", totp.confirm),
    ("POST", "/account/totp/codes", totp.new_codes),
    ("POST", "/account/totp/disable", totp.disable),
    ("GET", "/events", events.stream),
]

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


class Guarded:
    """Adds the security headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *HEADERS]}
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)


def create(settings: Settings, api_url: str, state: Path) -> Starlette:
    """The console. `api_url` is where the APIs answer (`http://127.0.0.1:8080`); `state` the node's state directory.

    Whoever runs it awaits `application.state.desk.close()` before stopping the server, or its streams keep it waiting.
    """
    desk = Desk(settings, api_url, state)
    routes = [Route("/static/{version}/{name:path}", desk.assets.serve)]
    for method, path, handler in ANYONE:
        routes.append(Route(path, public(desk, handler), methods=[method]))
    for method, path, handler in LOGGED_IN:
        routes.append(Route(path, signed(desk, handler), methods=[method]))

    async def missing(request: Request, _error: Exception) -> Response:
        return Page(request, desk).render("missing.html", 404)

    async def refused(request: Request, error: Exception) -> Response:
        page, status = Page(request, desk), error.status_code if isinstance(error, HTTPException) else 400
        if request.method == "PUT":  # a script's
            return JSONResponse({"message": page._("This page is too old. Reload it and send the file again.")}, status)
        return page.render("refused.html", status)

    async def failed(_request: Request, _error: Exception) -> Response:
        return PlainTextResponse("Something failed here. Nothing was changed; go back and try again.\n", 500)

    application = Starlette(
        routes=routes,
        middleware=[Middleware(Guarded), Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)],
        exception_handlers={400: refused, 403: refused, 404: missing, 500: failed},
    )
    application.state.desk = desk
    return application
