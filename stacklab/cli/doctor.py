"""`stacklab doctor`: what this machine has, lacks, or has broken, and the command that mends each."""

import sys
from pathlib import Path

import click

from stacklab.cli import options
from stacklab.host.doctor import Diagnosis, State, Subject, diagnose
from stacklab.host.guest import default_image

COLOURS = {State.PRESENT: "green", State.MISSING: "yellow", State.BROKEN: "red"}


@click.command()
@options.config_option
@options.state_option
@click.option("--listen", metavar="HOST:PORT", help="The listener to try (default 127.0.0.1:8080).")
def doctor(config: Path | None, state: str | None, listen: str | None) -> None:
    """Say of each thing this machine must have: present, missing or broken. Exit 1 unless real guests can run."""
    settings = options.load(config, node_state=state, node_listen=listen)
    image = Path(settings.images.guest_image) if settings.images.guest_image else default_image()
    found = diagnose(Subject(settings.state, settings.node.listen, image))
    for diagnosis in found:
        click.echo(_line(diagnosis))
    failing = [diagnosis.check.name for diagnosis in found if diagnosis.fails]
    if failing:
        click.echo(f"\nNot ready for real guests: {', '.join(failing)}. Until then `stacklab up` can simulate them.")
        sys.exit(1)
    click.echo("\nThis machine can run real guests.")


def _line(diagnosis: Diagnosis) -> str:
    """`name  state  detail`, with the mending command on a line of its own; colours only on a terminal."""
    finding = diagnosis.finding
    word = click.style(f"{finding.state:<8}", fg=COLOURS[finding.state])
    optional = "" if diagnosis.check.needed or finding.state is State.PRESENT else " (optional)"
    line = f"{diagnosis.check.name:<14} {word} {finding.detail}{optional}"
    return f"{line}\n{'':<24}mend: {finding.mend}" if finding.mend else line
