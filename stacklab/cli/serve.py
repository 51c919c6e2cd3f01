"""One node's life on the event loop: compose, listen, start, tick, drain."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import click
import uvicorn
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stacklab import __version__
from stacklab.app import Cloud
from stacklab.cli import first_start
from stacklab.core import log
from stacklab.core.settings import Settings

_log = log.get(__name__)
_stopping: set[asyncio.Task[None]] = set()


class Server(uvicorn.Server):
    """uvicorn without its own signal handling: `serve()` would raise SIGTERM again and lose our exit code."""

    drain: Callable[[], Awaitable[None]] | None = None  # what to finish while the port still answers

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def stop(self) -> None:
        """Open streams would keep uvicorn waiting, so whoever has some ends them first."""
        try:
            if self.drain:
                await asyncio.wait_for(self.drain(), 5)
        finally:
            self.should_exit = True


async def serve(settings: Settings) -> None:
    """Until SIGTERM or SIGINT. Raises ClickException for what a person must mend first."""
    url = settings.node.public_url or f"http://{settings.node.listen}"
    cloud = await asyncio.to_thread(_compose, settings, url)
    server = _server(settings, cloud)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, server)
    try:
        await _run(settings, cloud, server, url)
    finally:
        await asyncio.to_thread(cloud.stop)


def _stop(server: Server) -> None:
    if not _stopping:
        task = asyncio.get_running_loop().create_task(server.stop())
        _stopping.add(task)
        task.add_done_callback(_stopping.discard)


def _compose(settings: Settings, url: str) -> Cloud:
    from stacklab.host.hypervisor.spec import HypervisorError

    try:
        cloud = Cloud(settings, url)
    except HypervisorError as error:
        raise click.ClickException(str(error)) from None
    first_start.prepare(cloud)
    return cloud


async def _run(settings: Settings, cloud: Cloud, server: Server, url: str) -> None:
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.002)
    if serving.done():
        raise click.ClickException(f"cannot listen on {settings.node.listen}")
    ticker = _ticker(settings, cloud)
    try:
        await asyncio.to_thread(cloud.start)
        ticker.start()
        _settle_memory()
        _banner(cloud, url)
        await serving
    finally:
        server.should_exit = True
        await serving
        if ticker.running:
            ticker.shutdown(wait=True)


def _settle_memory() -> None:
    """What start-up made lives as long as the process: the collector need not walk it at every turn of a long list."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _server(settings: Settings, cloud: Cloud) -> Server:
    host, _, port = settings.node.listen.rpartition(":")
    front = _front(settings, cloud)
    app = cloud.dispatch(front)
    config = uvicorn.Config(
        app, host=host.strip("[]"), port=int(port), loop="none", http="httptools", lifespan="off", access_log=False,
        log_config=None, server_header=False, timeout_graceful_shutdown=10, backlog=2048, timeout_keep_alive=75,
    )  # fmt: skip
    server = Server(config)
    server.drain = getattr(front.state, "drain", None)
    return server


def _front(settings: Settings, cloud: Cloud) -> Starlette:
    """What is not an API: health, readiness, and the web console."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "up", "version": __version__})

    async def readyz(_request: Request) -> Response:
        ready = cloud.ready.is_set()
        return JSONResponse({"ready": ready, "hypervisor": cloud.chosen.hypervisor}, 200 if ready else 503)

    routes: list[Any] = [Route("/healthz", healthz), Route("/readyz", readyz)]
    front = Starlette(routes=routes)
    if settings.console.enabled:
        from stacklab.console import app as console

        host, _, port = settings.node.listen.rpartition(":")
        local = "127.0.0.1" if host in ("0.0.0.0", "", "[::]") else host  # noqa: S104
        pages = console.create(settings, f"http://{local}:{port}", settings.state)
        front.mount("/", pages)
        front.state.drain = pages.state.desk.close
    return front


def _ticker(settings: Settings, cloud: Cloud) -> AsyncIOScheduler:
    """Periodic work only; what must survive lives in tables."""
    ticker = AsyncIOScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})
    ticker.add_job(cloud.compute.audit, "interval", seconds=settings.compute.audit_seconds, executor="default")
    ticker.add_job(cloud.networks.audit, "interval", seconds=settings.network.audit_seconds, executor="default")
    return ticker


def _banner(cloud: Cloud, url: str) -> None:
    state = cloud.settings.state
    lines = [
        f"StackLab {__version__} is up: {url}",
        f"clouds.yaml:  {state / 'clouds.yaml'}",
        f"hypervisor:   {cloud.chosen.hypervisor}: {cloud.chosen.why}",
        f"try:          OS_CLIENT_CONFIG_FILE={state / 'clouds.yaml'} openstack --os-cloud stacklab-admin server list",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    _log.info("up", url=url, pid=os.getpid(), state=str(Path(state)))
