"""Every setting: a table of sections. `config/stacklab.toml` shows each with its default and a sentence; a test
keeps the two equal. Order of precedence: command line, `STACKLAB_<SECTION>_<KEY>`, the file, the default.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

PREFIX = "STACKLAB_"


class SettingsError(Exception):
    """A setting that is unknown or has a wrong value; the message names it."""


class Node(Struct, forbid_unknown_fields=True, kw_only=True):
    listen: str = "127.0.0.1:8080"
    state: str = ""
    region: str = "RegionOne"
    public_url: str = ""
    log_level: str = "info"
    workers: int = 8


class Identity(Struct, forbid_unknown_fields=True, kw_only=True):
    token_hours: int = 24
    password_time_cost: int = 2
    password_memory_kib: int = 19456
    password_min_length: int = 10


class Compute(Struct, forbid_unknown_fields=True, kw_only=True):
    hypervisor: str = "auto"
    libvirt_uri: str = ""
    boots_at_once: int = 2
    cpu_ratio: float = 4.0
    memory_ratio: float = 1.0
    disk_ratio: float = 4.0
    reserved_memory_mb: int = 512
    stop_grace_seconds: int = 60
    simulated_vcpus: int = 65536
    simulated_memory_mb: int = 268435456
    simulated_disk_gb: int = 1048576
    audit_seconds: int = 30


class Images(Struct, forbid_unknown_fields=True, kw_only=True):
    guest_image: str = ""
    max_size_gb: int = 20
    project_quota_gb: int = 50


class Network(Struct, forbid_unknown_fields=True, kw_only=True):
    driver: str = "auto"
    lab_cidr: str = "10.77.0.0/16"
    public_cidr: str = "10.88.0.0/16"
    mtu: int = 1500
    dns: list[str] = field(default_factory=list)
    audit_seconds: int = 30


class Quota(Struct, forbid_unknown_fields=True, kw_only=True):
    instances: int = 10
    cores: int = 20
    ram_mb: int = 51200
    key_pairs: int = 100
    metadata_items: int = 128
    server_groups: int = 10
    server_group_members: int = 10
    networks: int = 100
    subnets: int = 100
    ports: int = 500
    floating_ips: int = 50
    security_groups: int = 10
    security_group_rules: int = 100


class Signup(Struct, forbid_unknown_fields=True, kw_only=True):
    enabled: bool = True
    per_address_hour: int = 10


class Console(Struct, forbid_unknown_fields=True, kw_only=True):
    enabled: bool = True
    session_hours: int = 12
    site_name: str = "StackLab"


class Settings(Struct, forbid_unknown_fields=True, kw_only=True):
    node: Node = field(default_factory=Node)
    identity: Identity = field(default_factory=Identity)
    compute: Compute = field(default_factory=Compute)
    images: Images = field(default_factory=Images)
    network: Network = field(default_factory=Network)
    quota: Quota = field(default_factory=Quota)
    signup: Signup = field(default_factory=Signup)
    console: Console = field(default_factory=Console)

    @property
    def state(self) -> Path:
        """The one directory everything is in: /var/lib/stacklab as root, else below the home directory."""
        if self.node.state:
            return Path(self.node.state).absolute()
        return Path("/var/lib/stacklab") if os.geteuid() == 0 else Path.home() / ".local/share/stacklab"


def load(file: Path | None = None, environ: Mapping[str, str] | None = None, **overrides: str | None) -> Settings:
    """Merge file, environment and command line (`node_listen="…"`). Raises SettingsError naming the bad key."""
    merged = _read(file) if file else {}
    for name, value in (environ if environ is not None else os.environ).items():
        if name.startswith(PREFIX):
            _set(merged, name.removeprefix(PREFIX).lower(), value, name)
    for name, given in overrides.items():
        if given is not None:
            _set(merged, name, given, name)
    try:
        # strict=False turns the texts of the environment into numbers and booleans.
        return msgspec.convert(merged, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"setting: {error}") from None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: {error}") from None


def _set(merged: dict[str, Any], name: str, value: str, shown: str) -> None:
    section, _, key = name.partition("_")
    known = {f.name: f.type for f in msgspec.structs.fields(Settings)}
    if section not in known or key not in {f.name for f in msgspec.structs.fields(known[section])}:
        raise SettingsError(f"unknown setting {shown}")
    listed = any(f.name == key and f.type == list[str] for f in msgspec.structs.fields(known[section]))
    merged.setdefault(section, {})[key] = [v.strip() for v in value.split(",") if v.strip()] if listed else value
