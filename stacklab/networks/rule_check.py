"""From what a client says of a security group rule to a valid rule, with Neutron's refusals for everything else."""

from ipaddress import ip_interface

from stacklab.core import ids
from stacklab.networks import refusals
from stacklab.networks.model import Rule
from stacklab.networks.schemas.groups import NewRule
from stacklab.networks.signature import known_protocols, protocol_number

_ETHERTYPES = {"ipv4": "IPv4", "ipv6": "IPv6"}
_DIRECTIONS = ["ingress", "egress"]
_PORTED = {6: "tcp", 17: "udp", 33: "dccp", 132: "sctp", 136: "udplite"}
_ICMP, _ICMPV6 = 1, 58
_ONLY_V6 = {_ICMPV6, 41, 43, 44, 59, 60}


def checked(wanted: NewRule) -> Rule:
    """The rule, in one spelling. Raises BadRequest with Neutron's type and words."""
    if wanted.direction not in _DIRECTIONS:
        raise refusals.bad_value("direction", wanted.direction, f"is not in {_DIRECTIONS}")
    ethertype = _ethertype(wanted.ethertype)
    protocol = _protocol(wanted.protocol, ethertype)
    low = _port(wanted.port_range_min)
    high = _port(wanted.port_range_max)
    _ports(protocol, low, high)
    return Rule(
        id=ids.new_uuid(),
        project_id="",
        description=wanted.description or "",
        security_group_id=wanted.security_group_id,
        direction=wanted.direction,
        ethertype=ethertype,
        protocol=protocol,
        port_range_min=low,
        port_range_max=high,
        remote_ip_prefix=_remote(wanted, ethertype),
        remote_group_id=wanted.remote_group_id,
    )


def _ethertype(text: str | None) -> str:
    found = _ETHERTYPES.get((text or "").lower())
    if found is None:
        words = f"Security group rule for ethertype '{text}' not supported. Allowed values are ['IPv4', 'IPv6']."
        raise refusals.invalid(words, "SecurityGroupRuleInvalidEtherType")
    return found


def _protocol(given: str | int | None, ethertype: str) -> str | None:
    """A known name in lower case, or a number's text; "any" and null are no protocol at all."""
    if given is None or str(given).lower() in ("any", ""):
        return None
    text = str(given).lower()
    try:
        number = protocol_number(text)
    except (KeyError, ValueError):
        number = -1
    if not 0 <= number <= 255:
        words = (
            f"Security group rule protocol {given} not supported. Only protocol values {known_protocols()} and integer "
            "representations [0 to 255] are supported."
        )
        raise refusals.invalid(words, "SecurityGroupRuleInvalidProtocol")
    if ethertype == "IPv6" and number in (_ICMP, _ICMPV6):
        return "ipv6-icmp"
    if ethertype == "IPv4" and number in _ONLY_V6 and not text.isdigit():
        words = f"Invalid ethertype {ethertype} for protocol {given}."
        raise refusals.invalid(words, "SecurityGroupEthertypeConflictWithProtocol")
    return str(number) if text.isdigit() else text


def _port(given: int | str | None) -> int | None:
    """A whole number that a port, ICMP type or ICMP code can be; which of them is for the protocol to say."""
    if given is None:
        return None
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535):
        raise refusals.invalid(f"Invalid value for port {given}", "SecurityGroupInvalidPortValue")
    return int(text)


def _ports(protocol: str | None, low: int | None, high: int | None) -> None:
    if low is None and high is None:
        return
    if protocol is None:
        words = "Must also specify protocol if port range is given."
        raise refusals.invalid(words, "SecurityGroupProtocolRequiredWithPorts")
    number = protocol_number(protocol)
    if number in _PORTED:
        _port_range(low, high)
    elif number in (_ICMP, _ICMPV6):
        _icmp(low, high)
    else:
        words = (
            f"Invalid protocol {protocol} for port range, only supported for "
            f"{', '.join(_PORTED.values())} and icmp types and codes."
        )
        raise refusals.invalid(words, "SecurityGroupInvalidProtocolForPort")


def _port_range(low: int | None, high: int | None) -> None:
    if 0 in (low, high):
        raise refusals.invalid("Invalid value for port 0", "SecurityGroupInvalidPortValue")
    if low is None or high is None or low > high:
        words = "For TCP/UDP protocols, port_range_min must be <= port_range_max"
        raise refusals.invalid(words, "SecurityGroupInvalidPortRange")


def _icmp(kind: int | None, code: int | None) -> None:
    for name, attribute, value in (("type", "port_range_min", kind), ("code", "port_range_max", code)):
        if value is not None and value > 255:
            words = f"Invalid value for ICMP {name} ({attribute}) {value}. It must be 0 to 255."
            raise refusals.invalid(words, "SecurityGroupInvalidIcmpValue")
    if kind is None:
        words = f"ICMP code (port-range-max) {code} is provided but ICMP type (port-range-min) is missing."
        raise refusals.invalid(words, "SecurityGroupMissingIcmpType")


def _remote(wanted: NewRule, ethertype: str) -> str | None:
    """The remote prefix with its length written out; a range and a group exclude each other."""
    if wanted.remote_ip_prefix is None:
        return None
    if wanted.remote_group_id is not None:
        words = "Only remote_ip_prefix or remote_group_id or remote_address_group_id may be provided."
        raise refusals.invalid(words, "SecurityGroupMultipleRemoteEntites")
    try:
        found = ip_interface(wanted.remote_ip_prefix)
    except ValueError:
        words = f"Invalid CIDR {wanted.remote_ip_prefix} given as IP prefix."
        raise refusals.invalid(words, "InvalidCIDR") from None
    if getattr(found, "scope_id", None):
        raise refusals.invalid(f"Invalid CIDR {wanted.remote_ip_prefix} given as IP prefix.", "InvalidCIDR")
    if f"IPv{found.version}" != ethertype:
        words = f"Conflicting value ethertype {ethertype} for CIDR {wanted.remote_ip_prefix}"
        raise refusals.invalid(words, "SecurityGroupRuleParameterConflict")
    return str(found)
