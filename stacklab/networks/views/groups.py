"""Security groups with their rules, and rules alone, as Neutron shows them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from stacklab.core.db.database import rows
from stacklab.networks import store
from stacklab.networks.model import Group, Rule
from stacklab.networks.signature import normalized
from stacklab.networks.views.standard import standard, tags_of


def groups(listed: Sequence[Group]) -> list[dict[str, Any]]:
    tags, held = tags_of(listed), defaultdict(list)
    known = tuple(group.id for group in listed)
    tail = f"WHERE t.security_group_id IN ({store.marks(known)}) ORDER BY t.created_at, t.id"
    for rule in store.select(Rule, tail, known) if known else []:
        held[rule.security_group_id].append(rule)
    return [_group(each, held[each.id], tags[each.id]) for each in listed]


def _group(group: Group, held: list[Rule], tags: list[str]) -> dict[str, Any]:
    return {
        "id": group.id,
        "name": group.name,
        "stateful": True,
        "shared": False,
        "security_group_rules": [_rule(rule, group.is_default) for rule in held],
        "tags": tags,
        **standard(group),
    }


def rules(listed: Sequence[Rule]) -> list[dict[str, Any]]:
    known = tuple({rule.security_group_id for rule in listed})
    sql = f"SELECT id FROM security_groups WHERE is_default = 1 AND id IN ({store.marks(known)})"  # noqa: S608
    default = {found for (found,) in rows(sql, known)} if known else set()
    return [_rule(each, each.security_group_id in default) for each in listed]


def _rule(rule: Rule, of_default: bool) -> dict[str, Any]:
    return {
        "id": rule.id,
        "security_group_id": rule.security_group_id,
        "direction": rule.direction,
        "ethertype": rule.ethertype,
        "protocol": rule.protocol,
        "port_range_min": rule.port_range_min,
        "port_range_max": rule.port_range_max,
        "remote_ip_prefix": rule.remote_ip_prefix,
        "normalized_cidr": normalized(rule.remote_ip_prefix),
        "remote_group_id": rule.remote_group_id,
        "remote_address_group_id": None,
        "belongs_to_default_sg": of_default,
        **standard(rule),
    }
