"""Security group rules: added and taken out. What makes one valid is in `rule_check.py`."""

from collections.abc import Sequence

from msgspec.structs import replace

from stacklab.core.db.database import row, transaction
from stacklab.core.events import Bus
from stacklab.http.context import Context
from stacklab.networks import groups, news, refusals, store
from stacklab.networks.model import Rule
from stacklab.networks.quotas import Quotas
from stacklab.networks.signature import signature


def find(ctx: Context, rule_id: str) -> Rule:
    """A rule of the caller's project (any, for an admin); NotFound otherwise."""
    rule = store.find(Rule, rule_id)
    if rule is None or not (ctx.admin or rule.project_id == ctx.project_id):
        raise refusals.missing(Rule.TABLE, rule_id)
    return rule


def create(ctx: Context, bus: Bus, quotas: Quotas, wanted: Sequence[Rule]) -> list[Rule]:
    """Add checked rules to one group; all of them or none."""
    if len({rule.security_group_id for rule in wanted}) > 1:
        words = "Only allowed to update rules for one security profile at a time"
        raise refusals.invalid(words, "SecurityGroupNotSingleGroupRules")
    with transaction():
        group = groups.find(ctx, wanted[0].security_group_id)
        ctx.authorize("network:security_group_rules:create", project_id=group.project_id)
        quotas.claim(group.project_id, "security_group_rule", len(wanted))
        made = [_add(ctx, replace(rule, project_id=group.project_id)) for rule in wanted]
        groups.request_apply_of(group.id)
        news.groups_changed(bus, group.project_id, group.id)
    return made


def _add(ctx: Context, rule: Rule) -> Rule:
    if rule.remote_group_id:
        groups.find(ctx, rule.remote_group_id)
    same = "SELECT id FROM security_group_rules WHERE security_group_id = ? AND signature = ?"
    if found := row(same, (rule.security_group_id, signature(rule))):
        words = f"Security group rule already exists. Rule id is {found[0]}."
        raise refusals.conflict("SecurityGroupRuleExists", words)
    return groups.add_rule(rule)


def delete(ctx: Context, bus: Bus, rule_id: str) -> None:
    with transaction():
        rule = find(ctx, rule_id)
        ctx.authorize("network:security_group_rules:delete", project_id=rule.project_id)
        store.delete(rule)
        groups.request_apply_of(rule.security_group_id)
        news.groups_changed(bus, rule.project_id, rule.security_group_id)
