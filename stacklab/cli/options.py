"""The options that several commands share, and the settings they make."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from stacklab.core import settings as core_settings
from stacklab.core.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


def state_option(command: F) -> F:
    return click.option("--state", metavar="DIR", help="The state directory.")(command)


def config_option(command: F) -> F:
    return click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="A settings file.",
    )(command)


def load(config: Path | None, **overrides: str | None) -> Settings:
    """Settings, or a usage error that names the bad key."""
    try:
        return core_settings.load(config, None, **overrides)
    except core_settings.SettingsError as error:
        raise click.UsageError(str(error)) from None
