"""`stacklab up`: start this node in the foreground; SIGTERM and Ctrl-C drain and leave the guests running."""

import asyncio
from pathlib import Path

import click

from stacklab.cli import ballast, handles, memory, options
from stacklab.cli.state import StateBusy, StateLock, keep_to_ourselves
from stacklab.core import log
from stacklab.core.settings import Settings

_SETTINGS = {
    "state": "node_state",
    "listen": "node_listen",
    "region": "node_region",
    "public_url": "node_public_url",
    "hypervisor": "compute_hypervisor",
}


@click.command()
@options.config_option
@options.state_option
@click.option("--listen", metavar="HOST:PORT", help="Where the one port listens (default 127.0.0.1:8080).")
@click.option("--region", metavar="NAME", help="The name of this node's region (default RegionOne).")
@click.option("--public-url", metavar="URL", help="The address people reach this node by.")
@click.option("--join", metavar="HOME_URL", help="Become a region of the cloud at this address; once, with --token.")
@click.option("--token", metavar="T", help="The join token that `stacklab region invite` printed at home.")
@click.option(
    "--hypervisor", type=click.Choice(["auto", "libvirt", "simulated"]), help="Real guests or pretended ones."
)
def up(config: Path | None, join: str | None, token: str | None, **given: str | None) -> None:
    """Start this node and stay in the foreground."""
    settings = options.load(config, **{_SETTINGS[name]: value for name, value in given.items()})
    if join and not (token and given["region"]):
        raise click.UsageError("--join needs --token and --region")
    log.configure(settings.node.log_level)
    lock = StateLock(settings.state)
    keep_to_ourselves()
    memory.begin()
    handles.raise_limit()
    try:
        ballast.give_up(settings.state)
        lock.take()
        if join and token:
            _join(settings, join, token)
        _serve(settings)
    except StateBusy as busy:
        raise click.ClickException(str(busy)) from None


def _join(settings: Settings, home: str, token: str) -> None:
    from stacklab.cli.joining import join

    join(settings, home, token)


def _serve(settings: Settings) -> None:
    # Imported here: `stacklab up --help` and a busy state directory need no web server.
    import uvloop

    from stacklab.cli.serve import serve

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))
