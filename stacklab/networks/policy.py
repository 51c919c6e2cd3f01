"""Who may do what. Neutron's default rules for a project's own resources; differences are said in the sentence."""

from stacklab.http import policy
from stacklab.http.policy import ADMIN, PROJECT_MEMBER, PROJECT_READER

_VERBS = {"show": "get", "list": "get"}


def _known_as(name: str) -> str:
    """`ports:create:mac_address` is Neutron's `create_port:mac_address`."""
    nouns, verb, *attribute = name.replace(":binding", ":binding:host_id").split(":")
    noun = "availability_zone" if nouns == "availabilities" else nouns.removesuffix("s")
    return ":".join([f"{_VERBS.get(verb, verb)}_{noun}", *attribute])


policy.declare(
    "network",
    {
        "networks:show": (PROJECT_READER, "See the networks a project may use: its own, shared and external ones"),
        "networks:update": (ADMIN, "Rename or describe a network of the node"),
        "networks:show:provider": (ADMIN, "See how a network is realised on the host"),
        "subnets:show": (PROJECT_READER, "See the subnets of networks one can see"),
        "subnets:update": (ADMIN, "Rename or describe a subnet of the node, or change its name servers"),
        "ports:show": (PROJECT_READER, "See the ports of a project"),
        "ports:show:binding": (ADMIN, "See where a port is bound"),
        "ports:create": (
            PROJECT_MEMBER,
            "Make a port on a shared network; unlike Neutron's default, a member may choose its address there, because "
            "the shared network is everybody's only one",
        ),
        "ports:create:mac_address": (ADMIN, "Choose the MAC address of a port"),
        "ports:create:port_security_enabled": (ADMIN, "Switch off the filter of a port on a shared network"),
        "ports:create:binding": (ADMIN, "Say which host a port is bound to"),
        "ports:create:device_owner": (
            PROJECT_MEMBER,
            "Say what kind of device a port is for; never one of the network's own kinds",
        ),
        "ports:update": (PROJECT_MEMBER, "Change a port of a project"),
        "ports:delete": (PROJECT_MEMBER, "Delete a port of a project"),
        "security_groups:show": (PROJECT_READER, "See the security groups of a project"),
        "security_groups:create": (PROJECT_MEMBER, "Make a security group"),
        "security_groups:update": (PROJECT_MEMBER, "Rename or describe a security group"),
        "security_groups:delete": (PROJECT_MEMBER, "Delete a security group that no port has"),
        "security_group_rules:show": (PROJECT_READER, "See the rules of a project's groups"),
        "security_group_rules:create": (PROJECT_MEMBER, "Add a rule to a group"),
        "security_group_rules:delete": (PROJECT_MEMBER, "Take a rule out of a group"),
        "floatingips:show": (PROJECT_READER, "See the floating IPs of a project"),
        "floatingips:create": (PROJECT_MEMBER, "Allocate a floating IP"),
        "floatingips:create:floating_ip_address": (ADMIN, "Choose the address of a floating IP"),
        "floatingips:update": (PROJECT_MEMBER, "Associate a floating IP with a port, or take it off"),
        "floatingips:delete": (PROJECT_MEMBER, "Give a floating IP back"),
        "quotas:show": (PROJECT_READER, "See a project's quota and what is used of it"),
        "quotas:list": (ADMIN, "See every quota that was changed"),
        "quotas:update": (ADMIN, "Change a project's quota, or put it back to the default"),
        "agents:show": (ADMIN, "See what serves the networks on this host"),
        "availabilities:show": (ADMIN, "See how many addresses of each network are used"),
        "tags:update": (PROJECT_MEMBER, "Tag a project's own resource"),
    },
    _known_as,
)
