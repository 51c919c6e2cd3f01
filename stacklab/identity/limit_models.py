"""How limits of a domain and of the projects in it bear on each other: what Keystone calls the enforcement model."""

from math import inf

from msgspec import Struct

from stacklab.core.db.database import row, rows
from stacklab.core.errors import Forbidden
from stacklab.identity import projects
from stacklab.identity.catalogue_model import Limit, RegisteredLimit

STRICT = "strict_two_level"
_OF_DOMAIN = "SELECT resource_limit FROM identity_limits WHERE registered_limit_id = ? AND domain_id = ?"
_BELOW = """
SELECT l.resource_limit FROM identity_limits AS l JOIN identity_projects AS p ON p.id = l.project_id
WHERE l.registered_limit_id = ? AND p.parent_id = ?
"""


class Model(Struct, frozen=True):
    """As GET /v3/limits/model shows it."""

    name: str
    description: str


MODELS = {
    "flat": Model("flat", "Each limit stands for itself, whatever the project's place in the hierarchy."),
    STRICT: Model(STRICT, "Projects are at most two levels deep, and none has more than the domain it is in."),
}


def require(model: str, limit: Limit) -> None:
    """A limit just written agrees with those above and below it. Raises Forbidden."""
    if model == STRICT and not (_within_domain(limit) if limit.project_id else _above_projects(limit)):
        kind, owner = ("project_id", limit.project_id) if limit.project_id else ("domain_id", limit.domain_id)
        raise Forbidden(
            f"Invalid resource limit: The resource limit ({kind}: {owner}, resource_name: {limit.resource_name}, "
            f"resource_limit: {limit.resource_limit}, service_id: {limit.service_id}, region_id: {limit.region_id}) "
            "doesn't satisfy current hierarchy model.."
        )


def _within_domain(limit: Limit) -> bool:
    """The domain above a project has its own limit, else the registered default."""
    project = projects.find(limit.project_id or "")
    own = row(_OF_DOMAIN, (limit.registered_limit_id, project.parent_id if project else ""))
    most = own[0] if own else RegisteredLimit.get_by_id(limit.registered_limit_id).default_limit
    return _size(limit.resource_limit) <= _size(most)


def _above_projects(limit: Limit) -> bool:
    below = rows(_BELOW, (limit.registered_limit_id, limit.domain_id))
    return all(_size(amount) <= _size(limit.resource_limit) for (amount,) in below)


def _size(amount: int) -> float:
    return inf if amount == -1 else amount
