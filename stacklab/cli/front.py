"""What is not an API on the one port: health, readiness, and the web console."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stacklab import __version__
from stacklab.app import Cloud
from stacklab.cli.pages import Pages
from stacklab.core.settings import Settings
from stacklab.regions.node.service import Node


def front(settings: Settings, cloud: Cloud) -> Starlette:
    """`/healthz` is 200 while the process is up, `/readyz` when every API can be served (503 before). A region's node
    has no console: it says where its home is."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "up", "version": __version__, **cloud.health()})

    async def readyz(_request: Request) -> Response:
        ready = cloud.ready.is_set() and not (cloud.node and cloud.node.standing.refusal())
        body = {"ready": ready, "hypervisor": cloud.chosen.hypervisor, **cloud.health()}
        return JSONResponse(body, 200 if ready else 503)

    routes: list[Any] = [Route("/healthz", healthz), Route("/readyz", readyz)]
    if cloud.node:
        return Starlette(routes=[*routes, Route("/", _signpost(cloud.node))])
    made = Starlette(routes=routes)
    if settings.console.enabled:
        pages = Pages(settings)
        made.mount("/", pages)
        made.state.drain = pages.close
    return made


def _signpost(node: Node) -> Callable[[Request], Awaitable[Response]]:
    """The root of a region: what it is, and where to log in."""

    async def show(_request: Request) -> Response:
        return JSONResponse({"region": node.where.region, "identity": node.identity_url()})

    return show
