"""Calls to object storage as `openstack` commands. What has no command, as the bulk deletion, has none here."""

import shlex
from urllib.parse import parse_qs, unquote, urlsplit

from stacklab.console.calls import Builder, Call

_A = r"/object-store/v1/[^/]+"


def _browse(call: Call, container: str = "") -> str:
    query = {name: values[-1] for name, values in parse_qs(urlsplit(call.path).query).items()}
    asked = ("prefix", "delimiter", "marker", "limit")
    flags = [f"--{name} {shlex.quote(query[name])}" for name in asked if query.get(name)]
    return " ".join(["object list", *flags, _name(container)] if container else ["container list", *flags])


def _name(part: str) -> str:
    return shlex.quote(unquote(part))


CLI: list[tuple[str, str, Builder]] = [
    ("GET", _A, _browse),
    ("GET", rf"{_A}/([^/]+)", _browse),
    ("PUT", rf"{_A}/([^/]+)", lambda _call, container: f"container create {_name(container)}"),
    ("HEAD", rf"{_A}/([^/]+)", lambda _call, container: f"container show {_name(container)}"),
    ("DELETE", rf"{_A}/([^/]+)", lambda _call, container: f"container delete {_name(container)}"),
    ("PUT", rf"{_A}/([^/]+)/(.+)", lambda _c, box, key: f"object create --name {_name(key)} {_name(box)} FILE"),
    ("DELETE", rf"{_A}/([^/]+)/(.+)", lambda _call, box, key: f"object delete {_name(box)} {_name(key)}"),
]
