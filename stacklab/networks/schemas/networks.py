"""Bodies about networks, subnets, quotas and tags."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field

from stacklab.networks.schemas import Text
from stacklab.networks.values import Flag

Anything = dict[str, Any]
"""What makes a network, subnet or router: refused whatever it says."""


class Described(Struct, forbid_unknown_fields=True):
    name: Text | UnsetType | None = UNSET
    description: Text | UnsetType | None = UNSET


class NetworkChanges(Described, forbid_unknown_fields=True, kw_only=True):
    """Beside names, what the node's settings decide: it may be sent, not changed."""

    admin_state_up: Any = UNSET
    shared: Any = UNSET
    external: Any = field(default=UNSET, name="router:external")
    is_default: Any = UNSET
    mtu: Any = UNSET
    port_security_enabled: Any = UNSET


class SubnetChanges(Described, forbid_unknown_fields=True, kw_only=True):
    """Beside names and name servers, what the node's settings decide: it may be sent, not changed."""

    dns_nameservers: list[Text] | UnsetType | None = UNSET
    gateway_ip: Any = UNSET
    enable_dhcp: Any = UNSET
    allocation_pools: Any = UNSET
    host_routes: Any = UNSET
    service_types: Any = UNSET


class UpdateNetwork(Struct, forbid_unknown_fields=True):
    network: NetworkChanges


class UpdateSubnet(Struct, forbid_unknown_fields=True):
    subnet: SubnetChanges


Limit = Annotated[int, Meta(ge=-1, le=2147483647)] | str


class Limits(Struct, forbid_unknown_fields=True):
    """A number, or its text; -1 is no limit. `check_limit`: refuse a limit below what is used; `force`: do not."""

    network: Limit | UnsetType = UNSET
    subnet: Limit | UnsetType = UNSET
    port: Limit | UnsetType = UNSET
    floatingip: Limit | UnsetType = UNSET
    security_group: Limit | UnsetType = UNSET
    security_group_rule: Limit | UnsetType = UNSET
    check_limit: Flag = False
    force: Flag = False


class UpdateQuota(Struct, forbid_unknown_fields=True):
    quota: Limits


Tag = Annotated[str, Meta(min_length=1, max_length=60)]


class PutTags(Struct, forbid_unknown_fields=True):
    tags: list[Tag]
