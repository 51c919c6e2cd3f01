"""What is not an API on the one port: health, readiness, and the web console."""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stacklab import __version__
from stacklab.app import Cloud
from stacklab.cli.listener import local_url
from stacklab.core.settings import Settings


def front(settings: Settings, cloud: Cloud) -> Starlette:
    """`/healthz` is 200 while the process is up, `/readyz` when every API can be served (503 before)."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "up", "version": __version__})

    async def readyz(_request: Request) -> Response:
        ready = cloud.ready.is_set()
        return JSONResponse({"ready": ready, "hypervisor": cloud.chosen.hypervisor}, 200 if ready else 503)

    routes: list[Any] = [Route("/healthz", healthz), Route("/readyz", readyz)]
    made = Starlette(routes=routes)
    if settings.console.enabled:
        from stacklab.console import app as console

        pages = console.create(settings, local_url(settings.node.listen), settings.state)
        made.mount("/", pages)
        made.state.drain = pages.state.desk.close
    return made
