"""The `stacklab` command: one file a subcommand below `cli/`, imported only when it is the one that runs."""

# ruff: noqa: ARG002 - the names of the arguments are click's
import importlib

import click

from stacklab import __version__

COMMANDS = {
    "up": "Start this node and stay in the foreground.",
    "down": "Stop the node; with --purge remove all it made.",
    "region": "Invite, list and remove the regions that others lend.",
    "demo": "Three regions on this machine, to look at.",
    "doctor": "Say of each thing this machine must have: present, missing or broken.",
}


class Lazy(click.Group):
    """Loads a subcommand's module when it is called: `stacklab doctor` need not import a web server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"stacklab.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=Lazy)
@click.version_option(__version__, prog_name="stacklab")
def main() -> None:
    """A free community cloud in one program: the OpenStack APIs, real servers, one process."""


if __name__ == "__main__":
    main()
