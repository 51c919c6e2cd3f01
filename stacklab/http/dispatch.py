"""The ASGI application: finds the mount and the route, checks token and microversion, decodes, calls, renders.

Order of refusals, as in the real services: 401 before 404 and 405, then 406, 413, 400, and last what the handler says.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from logging import DEBUG, INFO
from time import perf_counter
from typing import Any
from urllib.parse import unquote

from msgspec import Struct, field

from stacklab.core import full, ids, log, peers
from stacklab.core.errors import BadRequest, Failure, Unauthorized
from stacklab.http import access_rules, respond, schema
from stacklab.http.audience import Admit, unbound
from stacklab.http.body import INLET, Receive
from stacklab.http.context import Caller, Context
from stacklab.http.faults import KEYSTONE, Faults
from stacklab.http.microversion import NONE, Microversions
from stacklab.http.policy import Denied
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi, Route, Table, choose

_log = log.get(__name__)
Authenticate = Callable[[str], Caller]
"""From the text of a token to its claims; raises Unauthorized."""


class Mount(Struct):
    """One service under one path prefix. `service` is handed to every handler.

    `admit` weighs the audience of tokens. `regional` are the routes that also exist with a region in front of their
    path (`/identity/RegionTwo/v3/…`), for the names that `is_region` knows.
    """

    prefix: str  # "/compute"
    service: Any
    table: Table
    faults: Faults
    microversions: Microversions | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    older_request_id: bytes = b""  # a second header that carries the request's id, by its older name
    admit: Admit = unbound
    regional: Table | None = None
    is_region: Callable[[str], bool] = field(default=lambda _name: False)
    type: str = ""  # as the catalogue and access rules call the service, where that is not the prefix
    realm: Callable[[Request], str] | None = None  # what a 401 asks credentials for; None: Keystone, in its words
    new_id: Callable[[], str] = field(default=lambda: f"req-{ids.new_uuid()}")
    claims: Callable[[Any], bool] | None = None  # whether an ASGI scope is this mount's, wherever its path leads
    flat: bool = False  # a slash in a path is one however it is written (Swift)
    page: bool = False  # the bare prefix is a page of the console: people look at /regions, programs at /regions/v1


class Dispatch:
    """One port, every service. What no mount claims goes to `fallback` (the console, or the root document)."""

    def __init__(
        self,
        mounts: list[Mount],
        authenticate: Authenticate,
        executor: Executor,
        fallback: Asgi | None = None,
        public_url: str = "",
        hashing: Executor | None = None,
        identity: Callable[[str], str] = "{}/identity".format,
    ) -> None:
        """`identity`: from the address of a request to where its sender can log in."""
        self.mounts = {mount.prefix.strip("/"): mount for mount in mounts}
        self._claiming = [mount for mount in mounts if mount.claims]
        self._authenticate = authenticate
        self._executor = executor
        self._hashing = hashing or executor
        self._fallback = fallback
        self._public_url = public_url.rstrip("/")
        self._identity = identity

    async def __call__(self, scope: Any, receive: Receive, send: Any) -> None:
        mount = self._mount(scope) if scope["type"] == "http" else None
        if mount is None or (mount.page and scope["path"] == mount.prefix):
            if self._fallback:
                await self._fallback(scope, receive, send)
            return
        request = self._request(mount, scope, receive)
        started = perf_counter()
        answer = await self._answer(mount, scope, request)
        extra = [*mount.headers, (b"x-openstack-request-id", request.ctx.request_id.encode())]
        if mount.older_request_id:
            extra.append((mount.older_request_id, request.ctx.request_id.encode()))
        if mount.microversions and request.version != NONE:
            extra += mount.microversions.headers(request.version)
        if isinstance(answer, Reply):
            await respond.ready(answer, request, extra)(scope, receive, send)
            self._note(request, answer.status, started)
        else:
            await respond.pass_on(answer, scope, receive, send, extra)

    def _mount(self, scope: Any) -> Mount | None:
        for mount in self._claiming:
            if mount.claims and mount.claims(scope):
                return mount
        return self.mounts.get(scope["path"].split("/", 2)[1])

    def _request(self, mount: Mount, scope: Any, receive: Receive) -> Request:
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        peer = scope["client"][0] if scope.get("client") else ""
        request = Request(scope["method"], scope["path"], headers, scope["query_string"], receive)
        request.root = (
            self._public_url or f"{headers.get('x-forwarded-proto', scope['scheme'])}://{headers.get('host', '')}"
        )
        request.base = request.root + mount.prefix
        request.client = peers.client(peer, headers["x-forwarded-for"]) if "x-forwarded-for" in headers else peer
        request.ctx = Context(request_id=mount.new_id())
        request.inlet = (scope.get("extensions") or {}).get(INLET)
        return request

    async def _answer(self, mount: Mount, scope: Any, request: Request) -> Reply | Asgi:
        log.request_id.set(request.ctx.request_id)
        try:
            # The raw path keeps %2F inside a parameter apart from the slashes between them.
            path = scope["raw_path"].split(b"?")[0].decode("latin-1")[len(mount.prefix) :]
            if mount.flat and "%" in path:
                path = path.replace("%2F", "/").replace("%2f", "/")
            table, path = self._place(mount, path, request)
            return await self._route(mount, table, path, request)
        except Failure as failure:
            return self._refusal(mount, failure, request)
        except ConnectionError:
            return Reply(400)
        except Exception as error:
            if refusal := full.refusal(error):
                _log.error("the machine fails a request", path=request.target, error=repr(error))
                return self._refusal(mount, refusal, request)
            _log.exception("request failed", method=request.method, path=request.target)
            words = "Unexpected API Error. The error was logged with the request id in the headers."
            return mount.faults.render(Failure(words), request)
        finally:
            log.request_id.set("")

    def _place(self, mount: Mount, path: str, request: Request) -> tuple[Table, str]:
        """The routes and the path in them; a region in front goes to the request."""
        name, _, rest = path.removeprefix("/").partition("/")
        if mount.regional is None or not mount.is_region(unquote(name)):
            return mount.table, path
        request.region = unquote(name)
        request.base += f"/{name}"
        return mount.regional, f"/{rest}"

    async def _route(self, mount: Mount, table: Table, path: str, request: Request) -> Reply | Asgi:
        refused = self._admit(mount, path, request)
        try:
            routes, parameters = table.find(request.method, path)
        except Failure as failure:
            raise refused or failure from None
        if refused and not all(route.public for route in routes):
            raise refused
        if mount.microversions:
            request.version = mount.microversions.negotiate(request.headers)
        route, raw = await self._choose(routes, request)
        request.path, request.route = parameters(route), route.path
        if route.body is not None:
            self._decode(mount, route, raw, request)
        if route.stream:
            return await route.call(mount.service, request)  # type: ignore[misc, no-any-return]
        hashes = route.hashes(request.body) if callable(route.hashes) else route.hashes
        if route.slow or hashes:
            loop, pool = asyncio.get_running_loop(), self._hashing if hashes else self._executor
            return await loop.run_in_executor(pool, route.call, mount.service, request)  # type: ignore[arg-type]
        return route.call(mount.service, request)  # type: ignore[return-value]

    def _admit(self, mount: Mount, path: str, request: Request) -> Unauthorized | None:
        """Put the caller on the request; what is wrong with the token, if anything, is for the route to weigh."""
        token = request.headers.get("x-auth-token")
        if not token:
            return Unauthorized("The request you have made requires authentication.")
        try:
            caller = mount.admit(self._authenticate(token), request)
            if caller.access_rules is not None:
                self._require_allowed(mount, caller, path, request)
            request.ctx = Context(caller, request.ctx.request_id, token)
        except Unauthorized as refused:
            return refused
        return None

    def _require_allowed(self, mount: Mount, caller: Caller, path: str, request: Request) -> None:
        """Raises Unauthorized, as keystonemiddleware does, unless an access rule allows the request, or it is made on
        behalf of one that was allowed: then a service's own token comes along. A token may always be validated."""
        service, method = mount.type or mount.prefix.strip("/"), request.method
        if (service, method, path.rstrip("/")) == ("identity", "GET", "/v3/auth/tokens"):
            return
        along = request.headers.get("x-service-token")
        if along and "service" in mount.admit(self._authenticate(along), request).roles:
            return
        if not access_rules.permits(caller.access_rules or (), service, method, path):
            raise Unauthorized("The request you have made requires authentication.")

    async def _choose(self, routes: list[Route], request: Request) -> tuple[Route, Any]:
        request.limit = routes[0].max_body
        if routes[0].stream:
            return choose(routes, request.version, None), b""
        raw: Any = await request.read() if request.method not in ("GET", "HEAD") else b""
        name = None
        if any(route.action for route in routes):
            name, raw = schema.action(raw)
        return choose(routes, request.version, name), raw

    def _decode(self, mount: Mount, route: Route, raw: Any, request: Request) -> None:
        kind = route.body
        if callable(kind) and not isinstance(kind, type) and not hasattr(kind, "__origin__"):
            kind = kind(request.version)
        if not raw:
            raise BadRequest("The request body is missing.")
        request.body = schema.decode(raw, kind, mount.faults, at=route.action or "")

    def _refusal(self, mount: Mount, failure: Failure, request: Request) -> Reply:
        if isinstance(failure, Denied):
            failure = mount.faults.denied(failure, request)
        if isinstance(failure, Unauthorized) and mount.realm:
            failure.headers = {"www-authenticate": f'Swift realm="{mount.realm(request)}"', **failure.headers}
        elif isinstance(failure, Unauthorized):
            failure.headers = {"www-authenticate": f'Keystone uri="{self._identity(request.root)}"', **failure.headers}
            if mount.prefix != "/identity":
                # keystonemiddleware answers for the other services, in Keystone's words.
                failure = Unauthorized("The request you have made requires authentication.", headers=failure.headers)
                return KEYSTONE.render(failure, request)
        return mount.faults.render(failure, request)

    def _note(self, request: Request, status: int, started: float) -> None:
        level = DEBUG if request.method in ("GET", "HEAD") and status < 500 else INFO
        if not _log.is_enabled_for(level):
            return
        _log.log(
            level,
            "request",
            method=request.method,
            path=request.target,
            status=status,
            ms=round((perf_counter() - started) * 1000, 2),
            request_id=request.ctx.request_id,
            project=request.ctx.project_id,
            user=request.ctx.user_id,
        )
