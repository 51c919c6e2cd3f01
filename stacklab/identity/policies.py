"""Policy documents: kept for other services, never read by us."""

from typing import Any

from stacklab.core import ids
from stacklab.core.db.database import durable
from stacklab.identity.model import Policy


def find(policy_id: str) -> Policy | None:
    found: Policy | None = Policy.get_or_none(Policy.id == policy_id)
    return found


def create(fields: dict[str, Any], extra: dict[str, Any]) -> Policy:
    with durable():
        made: Policy = Policy.create(id=ids.new_hex(), extra=extra, **fields)
    return made


def update(policy: Policy, changes: dict[str, Any], extra: dict[str, Any]) -> Policy:
    with durable():
        for key, value in changes.items():
            setattr(policy, key, value)
        policy.extra = {**policy.extra, **extra}
        policy.save()
    return policy


def delete(policy: Policy) -> None:
    with durable():
        policy.delete_instance()
