"""`stacklab down`: stop the node, guests running on; with `--purge` take away everything it ever made."""

import os
import shutil
import signal
import time
from pathlib import Path

import click

from stacklab.cli import options
from stacklab.cli.state import StateLock, holder
from stacklab.core import log
from stacklab.core.settings import Settings

_MARKS = {"stacklab.db", "stacklab.lock"}
_PATIENCE = 60.0  # seconds a node has to drain before we say it did not


@click.command()
@options.config_option
@options.state_option
@click.option("--purge", is_flag=True, help="Remove guests, bridges, firewall tables, namespaces and the state itself.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def down(config: Path | None, state: str | None, purge: bool, yes: bool) -> None:
    """Stop the node; with --purge remove all it made."""
    settings = options.load(config, node_state=state)
    if purge and not yes:
        click.confirm(f"Remove every server, disk, image and account in {settings.state}?", abort=True)
    _stop(settings.state)
    if purge:
        _purge(settings)


def _stop(state: Path) -> None:
    lock = state / "stacklab.lock"
    process = holder(lock)
    if process is None:
        click.echo("not running")
        return
    os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE
    while holder(lock) is not None:
        if time.monotonic() > deadline:
            raise click.ClickException(f"process {process} has not stopped after {_PATIENCE:.0f} s")
        time.sleep(0.05)
    click.echo("stopped")


def _purge(settings: Settings) -> None:
    state = settings.state
    if not state.exists():
        click.echo("nothing to remove")
        return
    if not any((state / mark).exists() for mark in _MARKS):
        raise click.ClickException(f"{state} is not a state directory of stacklab: nothing was removed")
    log.configure("error")
    lock = StateLock(state)
    lock.take()
    _clear_machine(settings)
    shutil.rmtree(state)
    click.echo("removed")


def _clear_machine(settings: Settings) -> None:
    """Guests first, then their networks. The folders tell which drivers made them, whatever the settings say now."""
    from stacklab.host.hypervisor.choose import choose as choose_hypervisor
    from stacklab.host.network import choose as choose_network

    real = (settings.state / "libvirt").is_dir()
    hypervisor, _why = choose_hypervisor("libvirt" if real else "simulated", settings.state)
    for domain in hypervisor.facts():
        hypervisor.remove(domain)
    hypervisor.close()
    wanted = settings.network.driver
    network = choose_network(wanted if wanted != "auto" else "linux" if real else "simulated")(
        settings.state / "network"
    )
    network.purge()
    network.close()
