"""The object store as the console sees it: paths, listings in rows, who may read, and links that end by themselves."""

import asyncio
import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import msgspec
from msgspec import Struct

from stacklab.console.client import Api, segment
from stacklab.core import clock

MOST = 100  # rows of one page
BATCH = 1000  # objects deleted by one request
PUBLIC = [".r:*", ".rlistings"]  # anybody may read and list (Swift, "Container ACLs")
AT_ONCE = 16  # versions deleted at the same time: there is no request for many
KEY = "x-container-meta-temp-url-key"


class Listing(Struct, frozen=True):
    """A page of a container: `folders` are prefixes, `objects` rows as Swift gives them, `marker` leads to the next.

    `headers` are the container's: what it holds, who may read it.
    """

    folders: list[str]
    objects: list[dict[str, Any]]
    marker: str
    headers: dict[str, str]


def account(project: str) -> str:
    return f"/object-store/v1/AUTH_{project}"


def path(project: str, container: str, key: str = "") -> str:
    """The path of a container, or of an object whose name may hold slashes."""
    return f"{account(project)}/{segment(container)}" + (f"/{quote(key)}" if key else "")


async def containers(api: Api, project: str, marker: str = "") -> tuple[list[dict[str, Any]], dict[str, str], str]:
    """Rows (`name`, `count`, `bytes`), the account's headers, and the marker of the next page or ""."""
    query = urlencode({"format": "json", "limit": MOST + 1, "marker": marker})
    headers, body = await api.answer("GET", f"{account(project)}?{query}")
    rows = msgspec.json.decode(body) if body else []
    return rows[:MOST], headers, rows[MOST - 1]["name"] if len(rows) > MOST else ""


async def browse(api: Api, project: str, container: str, prefix: str, marker: str = "") -> Listing:
    """What is directly below a prefix, one request for it all."""
    query = {"format": "json", "limit": MOST + 1, "delimiter": "/", "prefix": prefix, "marker": marker}
    headers, body = await api.answer("GET", f"{path(project, container)}?{urlencode(query)}")
    rows = msgspec.json.decode(body) if body else []
    shown = rows[:MOST]
    return Listing(
        folders=[row["subdir"] for row in shown if "subdir" in row],
        objects=[row for row in shown if "name" in row],
        marker=(shown[-1].get("name") or shown[-1]["subdir"]) if len(rows) > MOST else "",
        headers=headers,
    )


async def delete_many(api: Api, project: str, names: list[str]) -> str:
    """Delete `container/object`s in one request; "" or what the store said of the first it refused."""
    lines = "\n".join(quote(name) for name in names)
    sender = api.with_headers({"Content-Type": "text/plain"})
    _headers, body = await sender.answer("POST", f"{account(project)}?bulk-delete", lines.encode())
    errors: list[list[str]] = msgspec.json.decode(body)["Errors"]
    return ": ".join(errors[0]) if errors else ""


async def below(api: Api, project: str, container: str, prefix: str) -> list[dict[str, Any]]:
    """Rows of the first BATCH objects whose names begin so, in whatever folders they are."""
    query = urlencode({"format": "json", "limit": BATCH, "prefix": prefix})
    _headers, body = await api.answer("GET", f"{path(project, container)}?{query}")
    rows: list[dict[str, Any]] = msgspec.json.decode(body) if body else []
    return rows


async def delete_versions(api: Api, project: str, container: str) -> int:
    """Delete the first BATCH old versions for good. How many there were."""
    query = urlencode({"versions": "true", "format": "json", "limit": BATCH})
    _headers, body = await api.answer("GET", f"{path(project, container)}?{query}")
    rows: list[dict[str, Any]] = msgspec.json.decode(body) if body else []
    turns = asyncio.Semaphore(AT_ONCE)

    async def delete(row: dict[str, Any]) -> None:
        async with turns:
            await api.answer("DELETE", f"{path(project, container, row['name'])}?version-id={row['version_id']}")

    await asyncio.gather(*map(delete, rows))
    return len(rows)


async def link_key(api: Api, project: str, container: str) -> str:
    """The key that signs this container's links: the owner's own, or one made now."""
    where = path(project, container)
    headers, _body = await api.answer("HEAD", where)
    if headers.get(KEY):
        return headers[KEY]
    key = secrets.token_urlsafe(32)
    await api.with_headers({KEY: key}).answer("POST", where)
    return key


def link(address: str, project: str, container: str, key: str, name: str, until: int, method: str = "GET") -> str:
    """A URL that lets anybody read one object until a time (seconds since 1970). `address` is the object's own URL.

    What is signed is the path without a mount and not encoded (Swift, "TempURL middleware").
    """
    signed = f"{method}\n{until}\n/v1/AUTH_{project}/{container}/{name}"
    signature = hmac.new(key.encode(), signed.encode(), hashlib.sha256).hexdigest()
    return f"{address}?{urlencode({'temp_url_sig': signature, 'temp_url_expires': until})}"


def ends(link: str) -> int:
    """When a link ends, in microseconds since 1970."""
    return int(dict(parse_qsl(urlsplit(link).query))["temp_url_expires"]) * clock.SECOND


def crumbs(prefix: str) -> list[tuple[str, str]]:
    """`a/b/` → [("a", "a/"), ("b", "a/b/")]: each folder on the way, and the prefix that shows it."""
    parts = prefix.split("/")[:-1]
    return [(part, "/".join(parts[: depth + 1]) + "/") for depth, part in enumerate(parts)]


def is_public(read: str) -> bool:
    """Whether anybody may read, whatever site sends them."""
    return ".r:*" in _rules(read)


def opened(read: str, public: bool) -> str:
    """The list of readers with everybody on it, or without; projects and people that are named on it stay."""
    rules = _rules(read)
    return ",".join(dict.fromkeys(rules + PUBLIC) if public else [rule for rule in rules if not rule.startswith(".r")])


def _rules(read: str) -> list[str]:
    return [rule for one in read.split(",") if (rule := one.strip())]
