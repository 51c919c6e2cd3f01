"""Calls to the image API as `openstack` commands."""

import shlex
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from stacklab.console.calls import Builder, Call
from stacklab.console.image_stores import HEADER as STORE

_I = r"/image/v2/images"
_FLAGS = {"disk_format": "--disk-format", "container_format": "--container-format", "name": "--name",
          "min_disk": "--min-disk", "min_ram": "--min-ram"}  # fmt: skip
_LISTED = {"limit": "--limit", "marker": "--marker", "sort": "--sort", "status": "--status",
           "member_status": "--member-status"}  # fmt: skip
_ANSWERS = {"accepted": "accept", "rejected": "reject", "pending": "pending"}


def _list(call: Call) -> str:
    parts = ["image list"]
    for name, value in parse_qsl(urlsplit(call.path).query):
        if name == "visibility":
            parts.append(f"--{value}")
        elif name == "os_hidden":
            parts.append("--hidden")
        elif name == "owner":
            parts.append(f"--project {value}")
        elif name in _LISTED:
            parts.append(f"{_LISTED[name]} {shlex.quote(value)}")
    return " ".join(parts)


def _create(call: Call) -> str:
    body = call.body
    flags = [
        f"{flag} {shlex.quote(str(body[name]))}" for name, flag in _FLAGS.items() if name in body and flag != "--name"
    ]
    return " ".join(["image create", *flags, f"--{body['visibility']}", shlex.quote(body["name"])])


def _change(call: Call, image: str) -> str:
    """A JSON patch as the options of `set`; what takes properties away is an `unset`."""
    given = [option for change in call.body if change["op"] != "remove" for option in _option(change)]
    gone = [f"--property {change['path'][1:]}" for change in call.body if change["op"] == "remove"]
    commands = [f"image set {' '.join(given)} {image}"] if given else []
    commands += [f"image unset {' '.join(gone)} {image}"] if gone else []
    return "\nopenstack ".join(commands)


def _option(change: dict[str, Any]) -> list[str]:
    name, value = change["path"][1:], change["value"]
    if name == "tags":
        return [f"--tag {shlex.quote(tag)}" for tag in value]
    if name == "visibility":
        return [f"--{value}"]
    if name == "protected":
        return ["--protected" if value else "--unprotected"]
    if name == "os_hidden":
        return ["--hidden" if value else "--unhidden"]
    return [
        f"{_FLAGS[name]} {shlex.quote(str(value))}"
        if name in _FLAGS
        else f"--property {shlex.quote(f'{name}={value}')}"
    ]


def _import(call: Call, image: str) -> str:
    method = call.body["method"]
    uri = f" --uri {shlex.quote(method['uri'])}" if "uri" in method else ""
    return f"image import --method {method['name']}{uri} {image}{_stores(call.body.get('stores', []))}"


def _upload(call: Call, image: str) -> str:
    store = call.headers.get(STORE)
    return f"image stage --file FILE {image}\nopenstack image import {image}{_stores([store] if store else [])}"


def _stores(names: list[str]) -> str:
    """Behind the image: the option takes every word that follows it."""
    return f" --store {shlex.join(names)}" if names else ""


def _share(call: Call, image: str) -> str:
    return f"image add project {image} {shlex.quote(call.body['member'])}"


def _answer(call: Call, image: str, project: str) -> str:
    return f"image set --{_ANSWERS[call.body['status']]} --project {project} {image}"


CLI: list[tuple[str, str, Builder]] = [
    ("GET", _I, _list),
    ("POST", _I, _create),
    ("GET", rf"{_I}/([^/]+)", "image show {}"),
    ("PATCH", rf"{_I}/([^/]+)", _change),
    ("DELETE", rf"{_I}/([^/]+)", "image delete {}"),
    ("PUT", rf"{_I}/([^/]+)/file", _upload),
    ("POST", rf"{_I}/([^/]+)/import", _import),
    ("POST", rf"{_I}/([^/]+)/actions/deactivate", "image set --deactivate {}"),
    ("POST", rf"{_I}/([^/]+)/actions/reactivate", "image set --activate {}"),
    ("GET", r"/image/v2/info/stores", "image stores list"),
    ("DELETE", r"/image/v2/stores/([^/]+)/([^/]+)", "image delete --store {} {}"),
    ("GET", rf"{_I}/([^/]+)/members", "image member list {}"),
    ("POST", rf"{_I}/([^/]+)/members", _share),
    ("PUT", rf"{_I}/([^/]+)/members/([^/]+)", _answer),
    ("DELETE", rf"{_I}/([^/]+)/members/([^/]+)", "image remove project {} {}"),
]
