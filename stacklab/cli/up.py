"""`stacklab up`: start this node in the foreground; SIGTERM and Ctrl-C drain and leave the guests running."""

import asyncio
from pathlib import Path

import click

from stacklab.cli import memory, options
from stacklab.cli.state import StateBusy, StateLock, keep_to_ourselves
from stacklab.core import log
from stacklab.core.settings import Settings


@click.command()
@options.config_option
@options.state_option
@click.option("--listen", metavar="HOST:PORT", help="Where the one port listens (default 127.0.0.1:8080).")
@click.option("--region", metavar="NAME", help="The name of this node's region (default RegionOne).")
@click.option(
    "--hypervisor", type=click.Choice(["auto", "libvirt", "simulated"]), help="Real guests or pretended ones."
)
def up(config: Path | None, state: str | None, listen: str | None, region: str | None, hypervisor: str | None) -> None:
    """Start this node and stay in the foreground."""
    settings = options.load(
        config, node_state=state, node_listen=listen, node_region=region, compute_hypervisor=hypervisor
    )
    log.configure(settings.node.log_level)
    lock = StateLock(settings.state)
    keep_to_ourselves()
    memory.few_arenas()
    try:
        lock.take()
        _serve(settings)
    except StateBusy as busy:
        raise click.ClickException(str(busy)) from None
    finally:
        lock.release()


def _serve(settings: Settings) -> None:
    # Imported here: `stacklab up --help` and a busy state directory need no web server.
    import uvloop

    from stacklab.cli.serve import serve

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))
