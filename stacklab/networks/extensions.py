"""The extensions that are really served, each proven by a test; clients look here before they send an attribute.

Floating IPs belong to Neutron's `router` (l3) extension. It is not claimed: there are no routers. No client asks for
it before using floating IPs: openstackclient looks at extensions only for other commands, openstacksdk finds the
external network by `router:external` and a server's port by its addresses, Terraform and Nova never ask.
"""

from typing import Any

_UPDATED = "2026-11-23T00:00:00-00:00"

_SERVED = {
    "agent": ("agent", "What serves the networks on this host, for an admin"),
    "availability_zone": ("Availability Zone", "Availability zones of networks"),
    "binding": ("Port Binding", "Where a port is bound, for an admin"),
    "empty-string-filtering": ("Empty String Filtering Extension", "A filter may ask for an empty attribute"),
    "external-net": ("Neutron external network", "Networks that lead outside are marked router:external"),
    "filter-validation": ("Filter parameters validation", "An unknown filter is an error that names it"),
    "fip-port-details": ("Floating IP Port Details Extension", "Floating IPs show facts of the port they lead to"),
    "ip-substring-filtering": ("IP address substring filtering", "Ports can be found by a part of an address"),
    "net-mtu": ("Network MTU", "Networks show their MTU"),
    "network-ip-availability": ("Network IP Availability", "How many addresses are used, for an admin"),
    "network_availability_zone": ("Network Availability Zone", "Networks show their availability zones"),
    "pagination": ("Pagination support", "Lists in pages"),
    "port-security": ("Port Security", "An admin may switch off the filter of a port"),
    "port-security-groups-filtering": ("Port filtering on security groups", "Ports can be found by their groups"),
    "project-id": ("project_id field enabled", "project_id beside tenant_id"),
    "provider": ("Provider Network", "How a network is realised, for an admin"),
    "quota-check-limit": ("Quota engine limit check", "A limit below what is used can be refused"),
    "quota_details": ("Quota details management support", "What is used of a quota"),
    "quotas": ("Quota management support", "Limits for each project"),
    "security-group": ("security-group", "Security groups"),
    "security-groups-normalized-cidr": ("Normalized CIDR field for security group rules", "Rules show normalized_cidr"),
    "security-groups-rules-belongs-to-default-sg": (
        "Security group rule belongs to the project's default security group",
        "Rules show belongs_to_default_sg",
    ),
    "sorting": ("Sorting support", "Lists sorted by any of their attributes"),
    "standard-attr-description": ("standard-attr-description", "Every resource has a description"),
    "standard-attr-revisions": ("standard-attr-revisions", "Every resource has a revision number"),
    "standard-attr-tag": ("Tag support for resources with standard attribute", "Tags on resources"),
    "standard-attr-timestamp": ("standard-attr-timestamp", "Every resource has created_at and updated_at"),
    "subnet-external-network": ("Subnet belongs to an external network", "Subnets show router:external"),
}


def every() -> list[dict[str, Any]]:
    return [extension(alias) for alias in _SERVED]


def known(alias: str) -> bool:
    return alias in _SERVED


def extension(alias: str) -> dict[str, Any]:
    name, words = _SERVED[alias]
    return {"alias": alias, "name": name, "description": words, "updated": _UPDATED, "links": []}
