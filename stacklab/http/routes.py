"""Route tables: the contents page of a service, and the tree that finds a route in them.

ROUTES = [
    Route("GET", "/v2.1/servers", servers.index),
    Route("POST", "/v2.1/servers", servers.create, body=CreateServer),
    Route("POST", "/v2.1/servers/{id}/action", servers.start, action="os-start"),
    Route("GET", "/v1/{account}/{container}/{object:rest}", objects.get),  # the rest, with its slashes
]
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import unquote

from msgspec import Struct, field

from stacklab.core.errors import BadRequest, MethodNotAllowed, NotFound
from stacklab.http.microversion import EVER, NONE, Version
from stacklab.http.reply import Reply
from stacklab.http.request import Request

Asgi = Callable[[Any, Any, Any], Awaitable[None]]
Handler = Callable[[Any, Request], Reply] | Callable[[Any, Request], Awaitable[Reply | Asgi]]
BodyFor = Callable[[Version], type]


class Route(Struct, frozen=True):
    """One method on one path.

    `call(service, request)` answers. `body`: the struct the JSON must be, or a function from microversion to it; for
    an `action` (a key of the body of `POST …/action`) what the value under the key must be. `lowest`/`highest`:
    microversions it exists in. `public`: no token needed. `slow`: runs in a thread (scans). `hashes`: runs
    in one of the few threads for passwords, so that a flood of log-ins keeps no other slow call waiting; a function
    tells it from the body. `stream`: an async handler that reads `request.stream()` itself and may return a Starlette
    response.
    """

    method: str
    path: str
    call: Handler
    body: type | BodyFor | Any = None
    action: str | None = None
    lowest: Version = NONE
    highest: Version = EVER
    public: bool = False
    slow: bool = False
    hashes: bool | Callable[[Any], bool] = False
    stream: bool = False
    max_body: int = 1 << 20


class _Node(Struct):
    literals: dict[str, "_Node"] = field(default_factory=dict)
    wild: "_Node | None" = None
    rest: "_Node | None" = None  # takes all that is left of a path
    methods: dict[str, list[Route]] = field(default_factory=dict)
    names: dict[int, tuple[str, ...]] = field(default_factory=dict)  # id(route) → parameter names


class Table:
    """Finds routes; 404 and 405 (with Allow) come from it alone.

    `strict`: a slash at the end of a path asks for a resource with an empty id, which is not found (Glance); version
    roots (`/v2/`) excepted. Otherwise it is ignored (Keystone).
    """

    def __init__(self, routes: Iterable[Route], strict: bool = False) -> None:
        self.routes = list(routes)
        self._strict = strict
        self._root = _Node()
        self._rests = False  # some route takes the rest of a path, in which every slash counts
        for route in self.routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node, names = self._root, []
        for part in route.path.strip("/").split("/"):
            if part.endswith(":rest}"):
                names.append(part[1:-6])
                node.rest = node.rest or _Node()
                node, self._rests = node.rest, True
            elif part.startswith("{"):
                names.append(part[1:-1])
                node.wild = node.wild or _Node()
                node = node.wild
            else:
                node = node.literals.setdefault(part, _Node())
        node.methods.setdefault(route.method, []).append(route)
        node.names[id(route)] = tuple(names)

    def find(self, method: str, path: str) -> tuple[list[Route], Callable[[Route], dict[str, str]]]:
        """The routes of a method and path (several where actions or microversions share them), and their parameters."""
        values: list[str] = []
        parts = path[1:].split("/") if self._rests else path.strip("/").split("/")
        nameless = self._strict and path.endswith("/") and len(parts) > 1
        node = None if nameless else _walk(self._root, parts, 0, values)
        if node is None:
            raise NotFound("The resource could not be found.")
        routes = node.methods.get(method) or (node.methods.get("GET") if method == "HEAD" else None)
        if not routes:
            allow = ", ".join(sorted({*node.methods, *({"HEAD"} if "GET" in node.methods else ())}))
            raise MethodNotAllowed(f"The method {method} is not allowed for this resource.", headers={"allow": allow})
        return routes, lambda route: dict(zip(node.names[id(route)], values, strict=True))


def _walk(node: _Node, parts: list[str], at: int, values: list[str]) -> _Node | None:
    if at == len(parts) or (at and parts[at:] == [""]):
        return node if node.methods else None
    if node.rest is not None:
        values.append(unquote("/".join(parts[at:])))
        return node.rest
    following = node.literals.get(parts[at])
    if following is not None:
        found = _walk(following, parts, at + 1, values)
        if found is not None:
            return found
    if node.wild is None or not parts[at]:
        return None
    values.append(unquote(parts[at]))
    found = _walk(node.wild, parts, at + 1, values)
    if found is None:
        values.pop()
    return found


def choose(routes: list[Route], version: Version, action: str | None) -> Route:
    """The one route for this microversion and action. Raises NotFound or BadRequest as Nova does."""
    served = [r for r in routes if r.lowest <= version <= r.highest]
    if not served:
        raise NotFound("The resource could not be found.")
    for route in served:
        if route.action == action:
            return route
    if any(r.action == action for r in routes):
        raise NotFound("The resource could not be found.")
    raise BadRequest(f"There is no such action: {action}")
