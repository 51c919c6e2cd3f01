"""The OpenStack metadata tree: `openstack/<version>/<file>`, each version with what it introduced."""

import base64
from collections.abc import Callable

import msgspec

from stacklab.host.metadata.network_data import Json, network_data
from stacklab.host.metadata.spec import InstanceFacts

GRIZZLY, HAVANA, LIBERTY = "2013-04-04", "2013-10-17", "2015-10-15"
NEWTON_ONE, NEWTON_TWO, VICTORIA = "2016-06-30", "2016-10-06", "2020-10-14"

VERSIONS = (
    "2012-08-10",
    GRIZZLY,
    HAVANA,
    LIBERTY,
    NEWTON_ONE,
    NEWTON_TWO,
    "2017-02-22",
    "2018-08-27",
    VICTORIA,
)
LATEST = "latest"

File = Callable[[InstanceFacts, str], bytes | None]
"""(facts, version) → content; None when this instance has no such file."""


def names(facts: InstanceFacts, version: str) -> list[str]:
    """The files of a version, in the order Nova lists them."""
    number = _number(version)
    return [name for name, (since, file) in _FILES.items() if number >= since and file(facts, number) is not None]


def content(facts: InstanceFacts, version: str, name: str) -> bytes | None:
    """One file; None when the version or this instance does not have it."""
    number = _number(version)
    since, file = _FILES.get(name, ("", None))
    return file(facts, number) if file and number >= since else None


def is_version(text: str) -> bool:
    return text == LATEST or text in VERSIONS


def meta_data(facts: InstanceFacts, version: str) -> Json:
    """What meta_data.json of a version (a date) holds."""
    data: Json = {"uuid": facts.id}
    if facts.meta:
        data["meta"] = facts.meta
    if facts.keys:
        data["public_keys"] = facts.keys
        if version >= HAVANA:
            data["keys"] = [_key(facts, name) for name in facts.keys]
    data |= {
        "hostname": facts.hostname,
        "name": facts.name,
        "launch_index": facts.launch_index,
        "availability_zone": facts.availability_zone,
    }
    if version >= HAVANA:
        data["random_seed"] = base64.b64encode(facts.random_seed).decode()
    if version >= LIBERTY:
        data["project_id"] = facts.project_id
    if version >= NEWTON_ONE:
        data["devices"] = []
    if version >= VICTORIA:
        data["dedicated_cpus"] = []
    return data


def _key(facts: InstanceFacts, name: str) -> Json:
    return {"name": name, "type": facts.key_types.get(name, "ssh"), "data": facts.keys[name]}


def _number(version: str) -> str:
    return VERSIONS[-1] if version == LATEST else version


def _meta_data_file(facts: InstanceFacts, version: str) -> bytes:
    return msgspec.json.encode(meta_data(facts, version))


def _user_data(facts: InstanceFacts, _version: str) -> bytes | None:
    return facts.user_data or None


def _password(_facts: InstanceFacts, _version: str) -> bytes:
    """Nobody has posted one; the server answers for those who have."""
    return b""


def _empty_object(_facts: InstanceFacts, _version: str) -> bytes:
    return b"{}"


def _network_data(facts: InstanceFacts, _version: str) -> bytes:
    return msgspec.json.encode(network_data(facts))


_FILES: dict[str, tuple[str, File]] = {
    "meta_data.json": (VERSIONS[0], _meta_data_file),
    "user_data": (VERSIONS[0], _user_data),
    "password": (GRIZZLY, _password),
    "vendor_data.json": (HAVANA, _empty_object),
    "network_data.json": (LIBERTY, _network_data),
    "vendor_data2.json": (NEWTON_TWO, _empty_object),
}
