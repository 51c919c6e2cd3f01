"""Security groups and their rules: list, show, create (one or many), update, delete."""

from msgspec import UNSET

from stacklab.http.reply import Reply, no_content, ok
from stacklab.http.request import Request
from stacklab.networks import groups, listings, refusals, rules
from stacklab.networks.api import common
from stacklab.networks.model import Group, Rule
from stacklab.networks.rule_check import checked
from stacklab.networks.schemas import one_or_many
from stacklab.networks.schemas.groups import GroupChanges, NewGroup
from stacklab.networks.service import Networks
from stacklab.networks.values import flag, given, owner
from stacklab.networks.views import groups as views


def index(service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:security_groups:show")
    if request.ctx.project_id:
        service.ensure_default_group(request.ctx.project_id)
    return common.index(request, listings.GROUPS, Group, views.groups, "security_groups")


def show(_service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:security_groups:show")
    return common.show(request, views.groups([groups.find(request.ctx, request.path["id"])])[0], "security_group")


def create(service: Networks, request: Request) -> Reply:
    wanted, bulk = one_or_many("security_group", request.body.security_group, request.body.security_groups)

    def make(body: NewGroup) -> Group:
        _stateful(body)
        project_id = owner(request.ctx, body.project_id, body.tenant_id)
        return groups.create(request.ctx, service.quotas, project_id, body.name, body.description or "")

    made = common.all_or_nothing(make, wanted)
    return common.create("security_group", "security_groups", views.groups(made), bulk=bulk)


def update(service: Networks, request: Request) -> Reply:
    body: GroupChanges = request.body.security_group
    _stateful(body)
    changes = given(name=body.name, description=body.description)
    changed = groups.update(
        request.ctx, service.bus, request.path["id"], changes.get("name"), changes.get("description")
    )
    return ok({"security_group": views.groups([changed])[0]})


def _stateful(body: NewGroup | GroupChanges) -> None:
    """The host's firewall follows connections; it has no other kind of group."""
    if body.stateful is not UNSET and not flag("stateful", body.stateful):
        raise refusals.bad_value("stateful", body.stateful, "is not offered: every group here is stateful")


def delete(service: Networks, request: Request) -> Reply:
    groups.delete(request.ctx, service.bus, request.path["id"])
    return no_content()


def index_rules(service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:security_group_rules:show")
    if request.ctx.project_id:
        service.ensure_default_group(request.ctx.project_id)
    return common.index(request, listings.RULES, Rule, views.rules, "security_group_rules")


def show_rule(_service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:security_group_rules:show")
    found = rules.find(request.ctx, request.path["id"])
    return common.show(request, views.rules([found])[0], "security_group_rule")


def create_rules(service: Networks, request: Request) -> Reply:
    body = request.body
    wanted, bulk = one_or_many("security_group_rule", body.security_group_rule, body.security_group_rules)
    for each in wanted:
        owner(request.ctx, each.project_id, each.tenant_id)
    made = rules.create(request.ctx, service.bus, service.quotas, [checked(each) for each in wanted])
    return common.create("security_group_rule", "security_group_rules", views.rules(made), bulk=bulk)


def delete_rule(service: Networks, request: Request) -> Reply:
    rules.delete(request.ctx, service.bus, request.path["id"])
    return no_content()
