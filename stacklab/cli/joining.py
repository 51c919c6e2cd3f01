"""`stacklab up --join`: the step before the first start that makes this machine a region of another's cloud."""

import click

from stacklab.cli.listener import local_url
from stacklab.core.db.database import open_database, proxy
from stacklab.core.db.migrations import migrate
from stacklab.core.settings import Settings
from stacklab.regions.node.joining import CannotJoin
from stacklab.regions.node.joining import join as join_home


def join(settings: Settings, home_url: str, token: str) -> None:
    """Changes nothing where this node is that region already. Raises ClickException."""
    state = settings.state
    if (state / "clouds.yaml").exists():
        raise click.ClickException(f"{state} is the state of a home: a region needs a state directory of its own")
    address = settings.node.public_url or local_url(settings.node.listen)
    open_database(state / "stacklab.db")
    try:
        migrate(["stacklab.core", "stacklab.regions"], backups=state / "backups")
        usage_seconds = settings.regions.usage_seconds
        join_home(home_url, token, settings.node.region, address, state / "keys", usage_seconds)
    except CannotJoin as why:
        raise click.ClickException(f"cannot join: {why}") from None
    finally:
        proxy.close()
