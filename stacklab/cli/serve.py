"""One node's life on the event loop: compose, listen, start, tick, drain."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click
import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from stacklab import __version__
from stacklab.app import Cloud
from stacklab.cli import ballast, first_start, memory
from stacklab.cli.front import front
from stacklab.cli.listener import local_url, open_port
from stacklab.cli.wire import Wire
from stacklab.core import full, log
from stacklab.core.settings import Settings, SettingsError
from stacklab.host.disks.spec import DiskError
from stacklab.host.hypervisor.spec import HypervisorError
from stacklab.host.network.plan import NetworkError

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

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
    port = open_port(settings.node.listen)
    url = settings.node.public_url or local_url(settings.node.listen)
    try:
        with _words():
            cloud = await asyncio.to_thread(_compose, settings, url)
        server = _server(settings, cloud)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _stop, server)
        try:
            with _words():
                await _run(settings, cloud, server, port, url)
        finally:
            await asyncio.to_thread(cloud.stop)
    finally:
        port.close()


@contextlib.contextmanager
def _words() -> Iterator[None]:
    """What the machine refuses is a sentence for the operator, not a traceback."""
    try:
        yield
    except (HypervisorError, NetworkError, DiskError, SettingsError) as error:
        raise click.ClickException(str(error)) from None
    except Exception as error:
        if found := full.refusal(error):
            raise click.ClickException(found.message) from error
        raise


def _stop(server: Server) -> None:
    if not _stopping:
        task = asyncio.get_running_loop().create_task(server.stop())
        _stopping.add(task)
        task.add_done_callback(_stopping.discard)


def _compose(settings: Settings, url: str) -> Cloud:
    cloud = Cloud(settings, url)
    first_start.prepare(cloud)
    return cloud


async def _run(settings: Settings, cloud: Cloud, server: Server, port: socket.socket, url: str) -> None:
    """The port answers while guests are adopted and networks wired; `/readyz` says when that is done."""
    serving = asyncio.create_task(server.serve(sockets=[port]))
    ticker = None
    try:
        await asyncio.to_thread(cloud.start)
        await asyncio.to_thread(ballast.take, settings.state, settings.node.reserve_mb << 20)
        _banner(cloud, url)
        ticker = _ticker(settings, cloud)
        ticker.start()
        memory.settle()
        await serving
    finally:
        server.should_exit = True
        await serving
        if ticker:
            ticker.shutdown(wait=True)


def _server(settings: Settings, cloud: Cloud) -> Server:
    pages = front(settings, cloud)
    # What a proxy says is for Dispatch to weigh; the console's framework wants it said in the scope.
    fallback: Any = ProxyHeadersMiddleware(cast(Any, pages))
    config = uvicorn.Config(
        cloud.dispatch(fallback), loop="none", http=Wire, lifespan="off", access_log=False,
        proxy_headers=False, log_config=None,
        server_header=False, timeout_graceful_shutdown=10, timeout_keep_alive=75,
    )  # fmt: skip
    server = Server(config)
    server.drain = lambda: _drain(cloud, getattr(pages.state, "drain", None))
    return server


async def _drain(cloud: Cloud, pages: Callable[[], Awaitable[None]] | None) -> None:
    """Whoever waits for news gets what there is: browsers by their streams, regions by the feed."""
    cloud.hush()
    if pages:
        await pages()


def _ticker(settings: Settings, cloud: Cloud) -> "AsyncIOScheduler":
    """Periodic work only; what must survive lives in tables."""
    # Imported here: a tenth of what a start imports, and the node is ready without it.
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    ticker = AsyncIOScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})
    ticker.add_job(cloud.compute.audit, "interval", seconds=settings.compute.audit_seconds, executor="default")
    ticker.add_job(cloud.networks.audit, "interval", seconds=settings.network.audit_seconds, executor="default")
    ticker.add_job(cloud.objects.audit, "interval", seconds=3600, executor="default")
    ticker.add_job(cloud.objects.walk, "interval", seconds=60, executor="default")
    ticker.add_job(cloud.objects.expire, "interval", seconds=10, executor="default")
    ticker.add_job(cloud.objects.sync, "interval", seconds=settings.objects.sync_seconds, executor="default")
    ticker.add_job(cloud.leases.tick, "interval", seconds=settings.lease.check_seconds, executor="default")
    ticker.add_job(
        ballast.take, "interval", [settings.state, settings.node.reserve_mb << 20], seconds=3600, executor="default"
    )
    ticker.add_job(memory.give_back, "interval", seconds=memory.EVERY, executor="default")
    return ticker


def _banner(cloud: Cloud, url: str) -> None:
    state = cloud.settings.state
    try_it = f"OS_CLIENT_CONFIG_FILE={state / 'clouds.yaml'} openstack --os-cloud stacklab-admin server list"
    about = (
        [f"region:       {cloud.node.where.region} of {cloud.node.where.home_url}"]
        if cloud.node
        else [f"clouds.yaml:  {state / 'clouds.yaml'}", f"try:          {try_it}"]
    )
    hypervisor = f"hypervisor:   {cloud.chosen.hypervisor}: {cloud.chosen.why}"
    lines = [f"StackLab {__version__} is up: {url}", hypervisor, *about]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    _log.info("up", url=url, pid=os.getpid(), state=str(Path(state)))
