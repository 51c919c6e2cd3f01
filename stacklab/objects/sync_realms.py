"""The clouds whose containers may follow each other, and what their operators sign with: a file in the format of
Swift's container-sync-realms.conf.

    [realm1]
    key = a secret that the clouds of the realm share
    key2 = the one before it, while it is being changed
    cluster_name1 = https://cloud.example.org/object-store/v1/
"""

import hmac
from configparser import ConfigParser, Error
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from stacklab.core.errors import BadRequest
from stacklab.core.settings import SettingsError

_CLUSTER = "cluster_"


class Realm(NamedTuple):
    """`keys`: the one to sign with first; `clusters`: their addresses up to `/v1`, by name in capitals."""

    keys: tuple[str, ...]
    clusters: dict[str, str]


class Peer(NamedTuple):
    """The container at the other end: its URL, quoted, and the realm with the key to sign with."""

    url: str
    realm: str
    key: str


class Realms:
    """By name in capitals. Empty: this cloud syncs with nobody."""

    def __init__(self, file: str) -> None:
        self._realms = _read(Path(file)) if file else {}

    def keys(self, realm: str) -> tuple[str, ...]:
        found = self._realms.get(realm.upper())
        return found.keys if found else ()

    def peer(self, said: str) -> Peer:
        """Who `//realm/cluster/account/container` is. Raises BadRequest, in Swift's words, for what is nobody."""
        if not said.startswith("//"):
            raise BadRequest(
                "Full URLs are not allowed for X-Container-Sync-To values. Only realm values of the format "
                "//realm/cluster/account/container are allowed.\n"
            )
        parts = said.rstrip("/")[2:].split("/")
        if len(parts) != 4 or not {"", ".", ".."}.isdisjoint(unquote(part) for part in parts):
            raise BadRequest(f"Invalid X-Container-Sync-To format {said!r}")
        name, cluster, account, container = parts
        realm = self._realms.get(name.upper())
        if realm is None or not realm.keys:
            raise BadRequest(f"No realm key for {name!r}")
        address = realm.clusters.get(cluster.upper())
        if not address:
            raise BadRequest(f"No cluster endpoint for {name!r} {cluster!r}")
        there = "/".join(quote(unquote(part), safe="") for part in (account, container))
        return Peer(f"{address.rstrip('/')}/{there}", name.upper(), realm.keys[0])

    def info(self) -> dict[str, dict[str, Any]]:
        """The section of /info; none where there is nobody to sync with."""
        realms: dict[str, Any] = {
            name: {"clusters": {one: {} for one in realm.clusters}}
            for name, realm in self._realms.items()
            if realm.clusters
        }
        return {"container_sync": {"realms": realms}} if realms else {}


def _read(file: Path) -> dict[str, Realm]:
    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(file.read_text())
    except (OSError, Error) as error:
        # The message of a parser shows the line, which may be a key.
        raise SettingsError(f"sync_realms_file {file}: {type(error).__name__}") from None
    return {name.upper(): _realm(dict(parser.items(name))) for name in parser.sections()}


def _realm(said: dict[str, str]) -> Realm:
    keys = tuple(said[name] for name in ("key", "key2") if said.get(name))
    clusters = {name.removeprefix(_CLUSTER).upper(): url for name, url in said.items() if name.startswith(_CLUSTER)}
    return Realm(keys, clusters)


def sign(method: str, path: str, timestamp: str, nonce: str, realm_key: str, user_key: str) -> str:
    """Hexadecimal HMAC-SHA1, as the protocol has it; `path` is quoted, as it is sent."""
    text = "\n".join((method, path, timestamp, nonce, user_key))
    return hmac.new(realm_key.encode(), text.encode(), "sha1").hexdigest()
