"""Every setting: a table of sections. `config/stacklab.toml` shows each with its default and a sentence; a test
keeps the two equal. Order of precedence: command line, `STACKLAB_<SECTION>_<KEY>`, the file, the default.
"""

import math
import os
import re
import tomllib
from collections.abc import Mapping
from ipaddress import IPv4Network, ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin

import msgspec
from msgspec import Meta, Struct, field

PREFIX = "STACKLAB_"
Natural = Annotated[int, Meta(ge=1)]
Whole = Annotated[int, Meta(ge=0)]
Ratio = Annotated[float, Meta(gt=0)]
Limit = Annotated[int, Meta(ge=-1)]
"""A quota: -1 is no limit."""
Rate = Annotated[float, Meta(ge=0)]
"""Turns a second: 0 is no limit."""


class SettingsError(Exception):
    """A setting that is unknown or has a wrong value; the message names it."""


def _range(name: str, text: str) -> IPv4Network:
    try:
        found = IPv4Network(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if found.prefixlen > 30:
        raise ValueError(f"{name}: {text} has no room for a guest beside the gateway")
    return found


class Node(Struct, forbid_unknown_fields=True, kw_only=True):
    listen: str = "127.0.0.1:8080"
    state: str = ""
    region: str = "RegionOne"
    public_url: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    workers: Natural = 8
    reserve_mb: Whole = 64


class Identity(Struct, forbid_unknown_fields=True, kw_only=True):
    token_hours: Natural = 24
    rescope_scoped_tokens: bool = True
    password_hash: Literal["argon2id", "bcrypt"] = "argon2id"  # noqa: S105 - no password, a kind of hash
    password_time_cost: Natural = 2
    password_memory_kib: Annotated[int, Meta(ge=8)] = 19456  # argon2 takes no less for one lane
    password_bcrypt_rounds: Annotated[int, Meta(ge=4, le=31)] = 12  # what bcrypt knows
    hashes_waiting: Natural = 64
    password_min_length: Natural = 10
    login_failures_per_user: Natural = 10
    login_failures_per_address: Natural = 100
    login_wait_seconds: Natural = 30
    login_wait_longest: Natural = 3600
    return_all_endpoints_if_no_filter: bool = True
    limit_model: Literal["flat", "strict_two_level"] = "flat"
    lockout_failure_attempts: Whole = 0
    lockout_duration: Natural = 1800
    lockout_longest: Natural = 86400
    password_expires_days: Whole = 0
    unique_last_password_count: Whole = 0
    minimum_password_age: Whole = 0
    password_regex: str = ""
    password_regex_description: str = ""
    change_password_upon_first_use: bool = False
    disable_user_account_days_inactive: Whole = 0

    def __post_init__(self) -> None:
        """A pattern that cannot be read is refused at the start, not at somebody's first password."""
        try:
            re.compile(self.password_regex)
        except re.error as error:
            raise ValueError(f"password_regex: {error}") from None


class Compute(Struct, forbid_unknown_fields=True, kw_only=True):
    hypervisor: Literal["auto", "libvirt", "simulated"] = "auto"
    libvirt_uri: str = ""
    boots_at_once: Natural = 2
    cpu_ratio: Ratio = 4.0
    memory_ratio: Ratio = 1.0
    disk_ratio: Ratio = 4.0
    reserved_memory_mb: Whole = 512
    stop_grace_seconds: Whole = 60
    simulated_vcpus: Natural = 65536
    simulated_memory_mb: Natural = 268435456
    simulated_disk_gb: Natural = 1048576
    audit_seconds: Natural = 30


class PropertyRule(Struct, forbid_unknown_fields=True, kw_only=True):
    """Roles that may do something with the image properties whose name matches; "@" is everybody, "!" nobody."""

    pattern: str
    create: list[str]
    read: list[str]
    update: list[str]
    delete: list[str]

    def __post_init__(self) -> None:
        """The pattern is a regular expression, and nobody is not somebody."""
        re.compile(self.pattern)
        for roles in (self.create, self.read, self.update, self.delete):
            if "@" in roles and "!" in roles:
                raise ValueError(f'the rule for {self.pattern} lets in "@" and "!" at once')


LOCAL_STORE = "local"
_STORE = re.compile(r"(?!os_glance)[a-z0-9][a-z0-9_.-]{0,63}")


class FileStore(Struct, forbid_unknown_fields=True, kw_only=True):
    """A folder of this machine for images, beside the one in the state directory."""

    name: str
    path: str
    description: str = ""
    weight: int = 0

    def __post_init__(self) -> None:
        """Names stand in lists with commas; folders do not depend on where the node was started."""
        if not _STORE.fullmatch(self.name) or self.name == LOCAL_STORE:
            raise ValueError(f"stores: {self.name!r} is no name for a store")
        if not Path(self.path).is_absolute():
            raise ValueError(f"stores: the path of {self.name}, {self.path!r}, must be an absolute one")


class Images(Struct, forbid_unknown_fields=True, kw_only=True):
    guest_image: str = ""
    stores: list[FileStore] = field(default_factory=list)
    default_store: str = LOCAL_STORE
    web_store: str = ""
    max_size_gb: Natural = 20
    project_quota_gb: Whole = 10
    property_protections: list[PropertyRule] = field(default_factory=list)
    show_locations: bool = False
    convert_to: Literal["", "raw", "qcow2"] = ""
    require_format_match: bool = True
    import_private: bool = False
    import_ports: list[str] = field(default_factory=lambda: ["80", "443"])
    import_seconds: Natural = 3600
    imports_at_once: Natural = 2

    def __post_init__(self) -> None:
        """Stores have names and folders of their own; what is kept by default is kept in a folder."""
        names = [LOCAL_STORE, *(store.name for store in self.stores)]
        every = [*names, self.web_store] if self.web_store else names
        if len(set(every)) < len(every) or len({store.path for store in self.stores}) < len(self.stores):
            raise ValueError("stores: no two of them may have the same name or the same path")
        if self.web_store and not _STORE.fullmatch(self.web_store):
            raise ValueError(f"web_store: {self.web_store!r} is no name for a store")
        if self.default_store not in names:
            raise ValueError(f"default_store: {self.default_store!r} is none of {', '.join(names)}")


class Objects(Struct, forbid_unknown_fields=True, kw_only=True):
    policies: list[str] = field(default_factory=lambda: ["default"])
    tempurl_digests: list[str] = field(default_factory=lambda: ["sha256", "sha512"])
    formpost_digests: list[str] = field(default_factory=lambda: ["sha1", "sha256", "sha512"])
    tier_default_containers: Limit = 5
    tier_default_objects: Limit = 200_000
    tier_default_gib: Limit = 2
    tier_l1_containers: Limit = 10
    tier_l1_objects: Limit = 500_000
    tier_l1_gib: Limit = 10
    tier_l2_containers: Limit = 25
    tier_l2_objects: Limit = 1_000_000
    tier_l2_gib: Limit = 50
    account_ratelimit: Rate = 0.0
    container_ratelimits: list[str] = field(default_factory=list)
    listing_ratelimits: list[str] = field(default_factory=list)
    ratelimit_longest_wait: Rate = 60.0
    s3_domain: str = ""
    s3_cors_origins: list[str] = field(default_factory=list)
    sync_realms_file: str = ""
    sync_seconds: Natural = 10

    def __post_init__(self) -> None:
        """Policies have names of their own, digests are known ones, steps of limits are `objects:rate`, rising."""
        names = [name.lower() for name in self.policies]
        if not names or len(set(names)) < len(names) or not all(_POLICY.fullmatch(name) for name in names):
            raise ValueError("policies: one name or more, of letters, digits and hyphens, no two of them alike")
        for key in ("tempurl_digests", "formpost_digests"):
            if strange := set(getattr(self, key)) - {"sha1", "sha256", "sha512"}:
                raise ValueError(f"{key}: {', '.join(sorted(strange))} is none of sha1, sha256 and sha512")
        for key in ("container_ratelimits", "listing_ratelimits"):
            steps(key, getattr(self, key))


_POLICY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def steps(name: str, given: list[str]) -> list[tuple[int, float]]:
    """From `objects:rate` to (objects in a container, turns a second). Raises ValueError where they do not rise."""
    try:
        pairs = [(int(size), float(rate)) for size, _, rate in (one.partition(":") for one in given)]
    except ValueError:
        pairs = [(-1, 0.0)]
    sizes = [size for size, _rate in pairs]
    if sizes != sorted(set(sizes)) or any(size < 0 or not 0 < rate < math.inf for size, rate in pairs):
        raise ValueError(f"{name}: each is <objects>:<turns a second>, by rising numbers of objects")
    return pairs


class Network(Struct, forbid_unknown_fields=True, kw_only=True):
    driver: Literal["auto", "linux", "simulated"] = "auto"
    lab_cidr: str = "10.77.0.0/16"
    public_cidr: str = "10.88.0.0/16"
    mtu: Annotated[int, Meta(ge=576, le=65535)] = 1500  # RFC 2131: a DHCP client must take 576-byte datagrams
    dns: list[str] = field(default_factory=list)
    audit_seconds: Natural = 30

    def __post_init__(self) -> None:
        """Both ranges are IPv4 networks with room for a gateway and a guest, and lie apart."""
        lab, public = (_range(name, getattr(self, name)) for name in ("lab_cidr", "public_cidr"))
        if lab.overlaps(public):
            raise ValueError(f"lab_cidr {lab} and public_cidr {public} overlap")
        for server in self.dns:
            ip_address(server)


class Quota(Struct, forbid_unknown_fields=True, kw_only=True):
    instances: Limit = 10
    cores: Limit = 20
    ram_mb: Limit = 51200
    key_pairs: Limit = 100
    metadata_items: Limit = 128
    server_groups: Limit = 10
    server_group_members: Limit = 10
    networks: Limit = 100
    subnets: Limit = 100
    ports: Limit = 100
    floating_ips: Limit = 10
    security_groups: Limit = 10
    security_group_rules: Limit = 100
    images: Limit = 100


class Signup(Struct, forbid_unknown_fields=True, kw_only=True):
    enabled: bool = True
    verify: Literal["auto", "always", "never"] = "auto"
    link_hours: Natural = 24
    per_address_hour: Whole = 10
    per_network_hour: Limit = 30
    network_prefix_v4: Annotated[int, Meta(ge=8, le=32)] = 24
    network_prefix_v6: Annotated[int, Meta(ge=16, le=64)] = 56
    per_domain_hour: Limit = 200
    mails_per_recipient_hour: Natural = 3
    proof: Literal["off", "auto", "always"] = "auto"
    proof_bits: Annotated[int, Meta(ge=1, le=32)] = 17
    proof_most_bits: Annotated[int, Meta(ge=1, le=32)] = 22
    proof_free_per_hour: Natural = 20


class Mail(Struct, forbid_unknown_fields=True, kw_only=True):
    host: str = ""
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str = ""
    user: str = ""
    password_file: str = ""
    sender: str = ""
    timeout_seconds: Natural = 20

    def __post_init__(self) -> None:
        """A server to send through needs an address to send from."""
        if self.host and "@" not in self.sender:
            raise ValueError("sender: it must be an e-mail address where mail.host is set")


class Lease(Struct, forbid_unknown_fields=True, kw_only=True):
    enabled: bool = True
    age_hours: Natural = 720
    idle_hours: Natural = 336
    idle_cpu_percent: Ratio = 5.0
    stop_grace_hours: Natural = 72
    delete_grace_hours: Natural = 168
    check_seconds: Natural = 300
    exempt_projects: list[str] = field(default_factory=list)


class Console(Struct, forbid_unknown_fields=True, kw_only=True):
    enabled: bool = True
    session_hours: Natural = 12
    site_name: str = "StackLab"


class Regions(Struct, forbid_unknown_fields=True, kw_only=True):
    sponsor: str = ""
    sponsor_url: str = ""
    invite_hours: Natural = 72
    stale_hours: Ratio = 24.0
    report_seconds: Ratio = 10.0
    usage_seconds: Natural = 3600


class Settings(Struct, forbid_unknown_fields=True, kw_only=True):
    node: Node = field(default_factory=Node)
    identity: Identity = field(default_factory=Identity)
    compute: Compute = field(default_factory=Compute)
    images: Images = field(default_factory=Images)
    objects: Objects = field(default_factory=Objects)
    network: Network = field(default_factory=Network)
    quota: Quota = field(default_factory=Quota)
    signup: Signup = field(default_factory=Signup)
    mail: Mail = field(default_factory=Mail)
    lease: Lease = field(default_factory=Lease)
    console: Console = field(default_factory=Console)
    regions: Regions = field(default_factory=Regions)

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
    kinds = {f.name: f.type for f in msgspec.structs.fields(known[section])} if section in known else {}
    if key not in kinds:
        raise SettingsError(f"unknown setting {shown}")
    merged.setdefault(section, {})[key] = _value(kinds[key], value, shown)


def _value(kind: Any, text: str, shown: str) -> Any:
    """Texts of a list are parted by commas, its tables written as in the file; all else is read by its type."""
    if kind == list[str]:
        return [part.strip() for part in text.split(",") if part.strip()]
    if get_origin(kind) is not list:
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{shown}: {error}") from None
