"""`python -m stacklab.host.guest [DIRECTORY]`: build the guest image unless it is there already; prints its path."""

import sys
from pathlib import Path

import click

from stacklab.host.guest import build, cache_dir
from stacklab.host.guest.shell import BuildError


@click.command(name="python -m stacklab.host.guest")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default=cache_dir)
def main(directory: Path) -> None:
    """Build the guest image in DIRECTORY (default: the cache the server looks in) unless its recipe is unchanged."""
    try:
        image = build.ensure(directory, lambda line: click.echo(line, err=True))
    except BuildError as failure:
        click.echo(f"guest image: {failure}", err=True)
        sys.exit(1)
    click.echo(str(image))


if __name__ == "__main__":
    main()
