"""The address of the one port: where it listens, and how this machine itself reaches it."""

import socket

import click

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - names, not a choice
_BACKLOG = 2048


def split(listen: str) -> tuple[str, int]:
    """`"127.0.0.1:8080"` or `"[::1]:8080"` as host and port. Raises UsageError."""
    host, _, port = listen.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise click.UsageError(f"node.listen must be HOST:PORT, not {listen!r}")
    return host.strip("[]"), int(port)


def local_url(listen: str) -> str:
    """`http://…` for clients on this machine, also where the node listens on every address."""
    host, port = split(listen)
    shown = f"[{host}]" if ":" in host else host
    return f"http://{_EVERYWHERE.get(host, shown)}:{port}"


def open_port(listen: str) -> socket.socket:
    """A listening socket. Raises ClickException in words a person can act on."""
    host, port = split(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {listen}: {error.strerror or error}") from None
