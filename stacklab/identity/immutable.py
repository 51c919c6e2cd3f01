"""The one resource option of projects, domains and roles: `immutable`. Such a thing is neither changed nor deleted;
it can be made mutable, by a change that says nothing else.
"""

from typing import Any

from stacklab.core.errors import BadRequest, Forbidden

_NAME = "immutable"


def is_set(options: dict[str, Any]) -> bool:
    return options.get(_NAME) is True


def changed(options: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The options after a change; null takes one away. Raises BadRequest for an unknown one, and for no boolean."""
    for name, value in given.items():
        if name != _NAME:
            raise BadRequest(
                f"Invalid input for field 'options': Additional properties are not allowed ('{name}' was unexpected)"
            )
        if value is not None and not isinstance(value, bool):
            raise BadRequest(f"Invalid input for field 'options/{name}': {value!r} is not of type 'boolean', 'null'")
    return {name: value for name, value in {**options, **given}.items() if value is not None}


def require_changeable(kind: str, thing_id: str, options: dict[str, Any], changes: dict[str, Any]) -> None:
    """Raises Forbidden unless the thing is mutable, or `changes` makes it so and does nothing else."""
    unlocks = list(changes) == ["options"] and (changes["options"] or {}).get(_NAME, True) in (False, None)
    if is_set(options) and not unlocks:
        raise _refused("update", kind, thing_id)


def require_deletable(kind: str, thing_id: str, options: dict[str, Any]) -> None:
    """Raises Forbidden for an immutable thing."""
    if is_set(options):
        raise _refused("delete", kind, thing_id)


def _refused(verb: str, kind: str, thing_id: str) -> Forbidden:
    return Forbidden(
        f'Unable to {verb} immutable {kind} resource: `{thing_id}. Set resource option "immutable" to false first.'
    )
