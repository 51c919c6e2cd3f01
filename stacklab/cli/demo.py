"""`stacklab demo`: three regions on this machine, to look at: a home, a region it trusts, and one that a sponsor lends.

Each is a `stacklab up` of its own, with its own port, state directory and log; guests are simulated unless told
otherwise.
"""

import asyncio
import http.client
import signal
import sys
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any

import click

from stacklab.cli import options
from stacklab.cli.admin_client import AdminClient

_LENT: dict[str, dict[str, Any]] = {
    "RegionTwo": {"trusted": True, "sponsor": "A university", "sponsor_url": "https://university.example"},
    "RegionThree": {"trusted": False, "sponsor": "A sponsor", "sponsor_url": "https://sponsor.example"},
}
_PATIENCE = 60.0  # seconds a node has to be ready


@click.command()
@options.state_option
@click.option("--port", default=8080, show_default=True, help="The home's port; the regions take the next two.")
@click.option("--hypervisor", default="simulated", show_default=True, help="Of all three: auto, libvirt or simulated.")
def demo(state: str | None, port: int, hypervisor: str) -> None:
    """Three regions on this machine, until Ctrl-C."""
    folder = Path(state) if state else options.load(None).state.with_name("stacklab-regions")
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    asyncio.run(_Demo(folder.absolute(), port, hypervisor).run())


class _Demo:
    def __init__(self, folder: Path, port: int, hypervisor: str) -> None:
        self._folder, self._port, self._hypervisor = folder, port, hypervisor
        self._processes: list[Process] = []

    async def run(self) -> None:
        """Start all, say where they are, wait for Ctrl-C or the end of one, and stop all."""
        ended = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        try:
            await self._start_all()
            click.echo(f"Ctrl-C stops all three; their states and logs are in {self._folder}")
            waits = [asyncio.create_task(p.wait()) for p in self._processes]
            await asyncio.wait([asyncio.create_task(ended.wait()), *waits], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._stop_all()

    async def _start_all(self) -> None:
        await self._start("home", self._port)
        home = AdminClient(self._folder / "home")
        click.echo(f"RegionOne    http://127.0.0.1:{self._port}   home: console, identity, a region")
        known = {card["name"] for card in home.call("GET", "/regions/v1/regions")["regions"]}
        for number, (region, about) in enumerate(_LENT.items(), 1):
            more = [] if region in known else self._joining(home, region, about)
            await self._start(region, self._port + number, *more)
            trust = "trusted" if about["trusted"] else "lent: region-bound tokens only"
            click.echo(f"{region:<12} http://127.0.0.1:{self._port + number}   {trust}")

    def _joining(self, home: AdminClient, region: str, about: dict[str, Any]) -> list[str]:
        made = home.call("POST", "/regions/v1/invites", {"invite": {"name": region, **about}})["invite"]
        return ["--join", home.url, "--token", made["join_token"], "--region", region]

    async def _start(self, name: str, port: int, *more: str) -> None:
        """Returns when the node is ready. Raises ClickException with the end of its log when it is not."""
        listen = f"127.0.0.1:{port}"
        words = ["up", "--state", str(self._folder / name), "--listen", listen, "--hypervisor", self._hypervisor, *more]
        log = self._folder / f"{name}.log"
        with log.open("ab") as out:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "stacklab", *words, stdout=out, stderr=out, start_new_session=True
            )
        self._processes.append(process)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _PATIENCE
        while not await asyncio.to_thread(_ready, port):
            if process.returncode is not None or loop.time() > deadline:
                raise click.ClickException(f"{name} did not start: {log.read_text(errors='replace')[-1000:]}")
            await asyncio.sleep(0.1)

    async def _stop_all(self) -> None:
        for process in reversed(self._processes):
            if process.returncode is None:
                process.terminate()
        for process in self._processes:
            await process.wait()


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
