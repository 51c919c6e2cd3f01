"""`stacklab region`: invite, list, revoke, remove, and who administers a region. Asks the running home through its API,
as its administrator."""

import time
from pathlib import Path
from typing import Any

import click

from stacklab.cli import options
from stacklab.cli.admin_client import AdminClient
from stacklab.cli.options import F

_POLL = 1.0  # seconds between questions of `remove --wait`


def home_options(command: F) -> F:
    return options.config_option(options.state_option(command))


def _client(config: Path | None, state: str | None) -> AdminClient:
    return AdminClient(options.load(config, node_state=state).state)


@click.group()
def region() -> None:
    """Regions that others lend: invite, list, revoke, remove, admin."""


@region.command()
@click.argument("name")
@click.option("--sponsor", default="", metavar="NAME", help="Who lends it, as its card shows.")
@click.option("--url", default="", metavar="URL", help="The sponsor's web page.")
@click.option("--trusted", is_flag=True, help="It may see tokens that are good elsewhere too. Not for strangers.")
@click.option("--hours", type=float, metavar="N", help="How long the join token is good for.")
@home_options
def invite(
    name: str, sponsor: str, url: str, trusted: bool, hours: float | None, config: Path | None, state: str | None
) -> None:
    """Print a one-time join token for a new region."""
    client = _client(config, state)
    asked = {"name": name, "sponsor": sponsor, "sponsor_url": url, "trusted": trusted, "hours": hours}
    made = client.call("POST", "/regions/v1/invites", {"invite": asked})["invite"]
    click.echo(made["join_token"])
    click.echo(
        f"Good once, until {made['expires_at']}. On the other machine:\n"
        f"  stacklab up --join {client.url} --token {made['join_token']} --region {name} --public-url URL",
        err=True,
    )


@region.command("list")
@home_options
def list_regions(config: Path | None, state: str | None) -> None:
    """The regions, and the invitations that were given out."""
    client = _client(config, state)
    for card in client.call("GET", "/regions/v1/regions")["regions"]:
        click.echo(_region_line(card))
    for invite in client.call("GET", "/regions/v1/invites")["invites"]:
        trust = "trusted" if invite["trusted"] else "bound tokens only"
        click.echo(
            f"invitation {invite['id']}  {invite['name']}  {invite['state']} until {invite['expires_at']}  {trust}"
        )


def _trust(trusted: bool) -> str:
    return "trusted" if trusted else "bound tokens only"


def _region_line(card: dict[str, Any]) -> str:
    state = "here" if card["home"] else "up" if card["reachable"] else f"away since {card['last_seen']}"
    state += ", draining" if card["draining"] else ""
    vcpus = card["capacity"].get("vcpus")
    left = f"{vcpus['used']} of {vcpus['total']} vCPUs used" if vcpus else "nothing known of its size"
    return f"region {card['name']}  {state}  {_trust(card['trusted'])}  {left}  {card['sponsor']}".rstrip()


@region.command()
@click.argument("invitation")
@home_options
def revoke(invitation: str, config: Path | None, state: str | None) -> None:
    """Take an invitation back, by its id."""
    _client(config, state).call("DELETE", f"/regions/v1/invites/{invitation}")
    click.echo("revoked")


@region.command()
@click.argument("name")
@click.option("--force", is_flag=True, help="Although servers run there, or nobody knows.")
@click.option("--wait", is_flag=True, help="Until its servers are gone, and then remove it.")
@home_options
def remove(name: str, force: bool, wait: bool, config: Path | None, state: str | None) -> None:
    """Let a region go: its endpoints, the tokens bound to it and its node's standing end.

    While servers run there it drains: it takes no new ones. Say it again when they are gone, or --wait.
    """
    client = _client(config, state)
    target = f"/regions/v1/regions/{name}" + ("?force=1" if force else "")
    told = ""
    while answer := client.call("DELETE", target):
        left = answer["draining"]["servers"]
        words = f"draining: {left} server{'' if left == 1 else 's'} left; new ones are refused"
        if not wait:
            raise click.ClickException(f"{words}. Say it again when they are gone, or --wait, or --force")
        if words != told:
            click.echo(words, err=True)
        told = words
        time.sleep(_POLL)
    click.echo("removed")


@region.group()
def admin() -> None:
    """Who administers a region: admin over its services, nobody elsewhere."""


@admin.command("add")
@click.argument("name")
@click.argument("user")
@home_options
def add(name: str, user: str, config: Path | None, state: str | None) -> None:
    """Make USER (a name or an id) an administrator of region NAME."""
    client = _client(config, state)
    client.call("PUT", f"/regions/v1/regions/{name}/admins/{client.user(user)}")
    click.echo("added")


@admin.command("remove")
@click.argument("name")
@click.argument("user")
@home_options
def dismiss(name: str, user: str, config: Path | None, state: str | None) -> None:
    """The administrator's tokens for the region end with it."""
    client = _client(config, state)
    client.call("DELETE", f"/regions/v1/regions/{name}/admins/{client.user(user)}")
    click.echo("removed")


@admin.command("list")
@click.argument("name")
@home_options
def list_admins(name: str, config: Path | None, state: str | None) -> None:
    """The ids of a region's administrators."""
    for found in _client(config, state).call("GET", f"/regions/v1/regions/{name}/admins")["admins"]:
        click.echo(found["user_id"])
