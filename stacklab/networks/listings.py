"""The lists that are served, as data."""

from stacklab.networks import refusals
from stacklab.networks.filters import STANDARD, TAGS, Clause, Column, Listing, nullable, texts
from stacklab.networks.model import FloatingIp, Group, Network, Port, Rule, Subnet

_MOST = 500  # alternatives in one question: past a thousand SQLite refuses the statement
_SEEN = "(n.shared = 1 OR n.external = 1 OR n.project_id = ?)"
_EXTERNAL = "(SELECT n.external FROM networks n WHERE n.id = t.network_id)"


def _fixed_ips(values: list[str]) -> Clause:
    """`ip_address=…`, `subnet_id=…` or `ip_address_substr=…`; different keys must hold for one address."""
    keys = {"ip_address": "a.ip = ?", "subnet_id": "a.subnet_id = ?", "ip_address_substr": "instr(a.ip, ?) > 0"}
    asked: dict[str, list[str]] = {}
    for value in values:
        key, separator, wanted = value.partition("=")
        if not separator or key not in keys:
            raise refusals.bad_value("fixed_ips", value, "is not one of ip_address=, subnet_id=, ip_address_substr=")
        asked.setdefault(key, []).append(wanted)
    if sum(map(len, asked.values())) > _MOST:
        raise refusals.bad_value("fixed_ips", f"{len(values)} values", f"is more than {_MOST}")
    clauses = ["(" + " OR ".join([keys[key]] * len(wanted)) + ")" for key, wanted in asked.items()]
    params = tuple(one for wanted in asked.values() for one in wanted)
    found = f"EXISTS (SELECT 1 FROM addresses a WHERE a.holder = t.id AND {' AND '.join(clauses)})"  # noqa: S608
    return found, params


def _groups(values: list[str]) -> Clause:
    places = ", ".join("?" * len(values))
    found = f"EXISTS (SELECT 1 FROM port_groups g WHERE g.port_id = t.id AND g.group_id IN ({places}))"  # noqa: S608
    return found, tuple(values)


_FLOATING_STATUS = "CASE WHEN t.port_id IS NULL THEN 'DOWN' ELSE 'ACTIVE' END"

NETWORKS = Listing(
    Network,
    {
        **STANDARD,
        **texts("name"),
        "status": Column("'ACTIVE'"),
        "admin_state_up": Column("1", "flag"),
        "shared": Column("t.shared", "flag"),
        "router:external": Column("t.external", "flag"),
        "mtu": Column("t.mtu", "number"),
        "port_security_enabled": Column("1", "flag"),
        "is_default": Column("t.external", "flag"),
        "provider:network_type": Column("CASE t.external WHEN 1 THEN 'flat' ELSE 'local' END"),
        "provider:physical_network": Column("CASE t.external WHEN 1 THEN t.name ELSE '' END"),
    },
    visible="(t.shared = 1 OR t.external = 1 OR t.project_id = ?)",
    questions=TAGS,
)

SUBNETS = Listing(
    Subnet,
    {
        **STANDARD,
        **texts("name", "network_id", "cidr", "gateway_ip"),
        "ip_version": Column("4", "number"),
        "enable_dhcp": Column("t.enable_dhcp", "flag"),
        "router:external": Column(_EXTERNAL, "flag"),
        "subnetpool_id": Column("''"),
        "ipv6_ra_mode": Column("''"),
        "ipv6_address_mode": Column("''"),
    },
    visible=f"EXISTS (SELECT 1 FROM networks n WHERE n.id = t.network_id AND {_SEEN})",  # noqa: S608
    questions=TAGS,
)

PORTS = Listing(
    Port,
    {
        **STANDARD,
        **texts("name", "network_id", "mac_address", "status", "device_id", "device_owner"),
        "admin_state_up": Column("t.admin_state_up", "flag"),
        "port_security_enabled": Column("t.port_security_enabled", "flag"),
        "binding:host_id": Column("t.host"),
        "binding:vnic_type": Column("'normal'"),
        "binding:vif_type": Column("CASE WHEN t.host = '' THEN 'unbound' ELSE 'bridge' END"),
    },
    visible="t.project_id = ?",
    questions={**TAGS, "fixed_ips": _fixed_ips, "security_groups": _groups},
)

GROUPS = Listing(
    Group,
    {**STANDARD, **texts("name"), "stateful": Column("1", "flag"), "shared": Column("0", "flag")},
    visible="t.project_id = ?",
    questions=TAGS,
)

RULES = Listing(
    Rule,
    {
        **STANDARD,
        **texts("security_group_id", "direction", "ethertype"),
        **nullable("protocol", "remote_ip_prefix", "remote_group_id"),
        "port_range_min": Column("coalesce(t.port_range_min, -1)", "number"),
        "port_range_max": Column("coalesce(t.port_range_max, -1)", "number"),
        "remote_address_group_id": Column("''"),
        "belongs_to_default_sg": Column(
            "(SELECT g.is_default FROM security_groups g WHERE g.id = t.security_group_id)", "flag"
        ),
    },
    visible="t.project_id = ?",
)

FLOATING_IPS = Listing(
    FloatingIp,
    {
        **STANDARD,
        **nullable("port_id"),
        "floating_network_id": Column("t.network_id"),
        "floating_ip_address": Column("t.address"),
        "fixed_ip_address": Column("coalesce(t.fixed_ip, '')"),
        "router_id": Column("''"),
        "status": Column(_FLOATING_STATUS),
    },
    visible="t.project_id = ?",
    questions=TAGS,
)
