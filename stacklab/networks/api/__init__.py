"""Every route of the network service."""

from stacklab.http.dispatch import Mount
from stacklab.http.faults import NEUTRON
from stacklab.http.routes import Route, Table
from stacklab.networks import PREFIX
from stacklab.networks.api import about, common, floatingips, groups, networks, ports, quotas, tags
from stacklab.networks.schemas.floatingips import CreateFloating, UpdateFloating
from stacklab.networks.schemas.groups import CreateGroups, CreateRules, UpdateGroup
from stacklab.networks.schemas.networks import Anything, PutTags, UpdateNetwork, UpdateQuota, UpdateSubnet
from stacklab.networks.schemas.ports import CreatePorts, UpdatePort
from stacklab.networks.service import Networks

V = "/v2.0"
_TAGS = f"{V}/{{collection}}/{{id}}/tags"

ROUTES = [
    Route("GET", "/", about.versions, public=True),
    Route("GET", V, about.version, public=True),
    Route("GET", f"{V}/extensions", about.index_extensions),
    Route("GET", f"{V}/extensions/{{alias}}", about.show_extension),
    Route("GET", f"{V}/agents", about.index_agents),
    Route("GET", f"{V}/agents/{{id}}", about.show_agent),
    Route("GET", f"{V}/availability_zones", about.index_zones),
    Route("GET", f"{V}/service-providers", about.index_providers),
    Route("GET", f"{V}/network-ip-availabilities", about.index_availabilities),
    Route("GET", f"{V}/network-ip-availabilities/{{id}}", about.show_availability),
    Route("GET", f"{V}/networks", networks.index),
    Route("POST", f"{V}/networks", common.refuse("create_network"), body=Anything),
    Route("GET", f"{V}/networks/{{id}}", networks.show),
    Route("PUT", f"{V}/networks/{{id}}", networks.update, body=UpdateNetwork),
    Route("DELETE", f"{V}/networks/{{id}}", networks.delete),
    Route("GET", f"{V}/subnets", networks.index_subnets),
    Route("POST", f"{V}/subnets", common.refuse("create_subnet"), body=Anything),
    Route("GET", f"{V}/subnets/{{id}}", networks.show_subnet),
    Route("PUT", f"{V}/subnets/{{id}}", networks.update_subnet, body=UpdateSubnet),
    Route("DELETE", f"{V}/subnets/{{id}}", networks.delete_subnet),
    Route("GET", f"{V}/routers", about.no_routers),
    Route("POST", f"{V}/routers", common.refuse("create_router"), body=Anything),
    Route("GET", f"{V}/ports", ports.index),
    Route("POST", f"{V}/ports", ports.create, body=CreatePorts),
    Route("GET", f"{V}/ports/{{id}}", ports.show),
    Route("PUT", f"{V}/ports/{{id}}", ports.update, body=UpdatePort),
    Route("DELETE", f"{V}/ports/{{id}}", ports.delete),
    Route("GET", f"{V}/security-groups", groups.index),
    Route("POST", f"{V}/security-groups", groups.create, body=CreateGroups),
    Route("GET", f"{V}/security-groups/{{id}}", groups.show),
    Route("PUT", f"{V}/security-groups/{{id}}", groups.update, body=UpdateGroup),
    Route("DELETE", f"{V}/security-groups/{{id}}", groups.delete),
    Route("GET", f"{V}/security-group-rules", groups.index_rules),
    Route("POST", f"{V}/security-group-rules", groups.create_rules, body=CreateRules),
    Route("GET", f"{V}/security-group-rules/{{id}}", groups.show_rule),
    Route("DELETE", f"{V}/security-group-rules/{{id}}", groups.delete_rule),
    Route("GET", f"{V}/floatingips", floatingips.index),
    Route("POST", f"{V}/floatingips", floatingips.create, body=CreateFloating),
    Route("GET", f"{V}/floatingips/{{id}}", floatingips.show),
    Route("PUT", f"{V}/floatingips/{{id}}", floatingips.update, body=UpdateFloating),
    Route("DELETE", f"{V}/floatingips/{{id}}", floatingips.delete),
    Route("GET", f"{V}/quotas", quotas.index),
    Route("GET", f"{V}/quotas/tenant", quotas.tenant),
    Route("GET", f"{V}/quotas/{{project_id}}", quotas.show),
    Route("PUT", f"{V}/quotas/{{project_id}}", quotas.update, body=UpdateQuota),
    Route("DELETE", f"{V}/quotas/{{project_id}}", quotas.reset),
    Route("GET", f"{V}/quotas/{{project_id}}/default", quotas.default),
    Route("GET", f"{V}/quotas/{{project_id}}/details", quotas.details),
    Route("GET", f"{V}/quotas/{{project_id}}/details.json", quotas.details),
    Route("GET", _TAGS, tags.index),
    Route("PUT", _TAGS, tags.replace, body=PutTags),
    Route("DELETE", _TAGS, tags.clear),
    Route("GET", f"{_TAGS}/{{tag}}", tags.show),
    Route("PUT", f"{_TAGS}/{{tag}}", tags.add),
    Route("DELETE", f"{_TAGS}/{{tag}}", tags.remove),
]


def mount(service: Networks) -> Mount:
    return Mount(PREFIX, service, Table(ROUTES), NEUTRON)
