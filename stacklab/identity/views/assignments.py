"""One entry of GET /v3/role_assignments."""

from typing import Any

from stacklab.identity.assignment_names import Names
from stacklab.identity.assignments import Assignment


def assignment(found: Assignment, names: Names | None, base: str) -> dict[str, Any]:
    """With ids, or with names and domains where they are given."""
    if names is None:
        role, actor = {"id": found.role_id}, {"id": found.actor_id}
    else:
        role, actor = _role(found.role_id, names), _thing(found.actor_id, names)
    return {"links": _links(found, base), "role": role, found.actor_kind: actor, "scope": _scope(found, names)}


def _scope(found: Assignment, names: Names | None) -> dict[str, Any]:
    if found.target_kind == "system":
        return {"system": {"all": True}}
    kind = found.target_kind
    scope: dict[str, Any] = {kind: _thing(found.target_id, names, domain=kind == "project")}
    if found.inherited:
        scope["OS-INHERIT:inherited_to"] = "projects"
    return scope


def _thing(thing_id: str, names: Names | None, domain: bool = True) -> dict[str, Any]:
    if names is None or thing_id not in names:
        return {"id": thing_id}
    name, domain_id, domain_name = names[thing_id]
    shown: dict[str, Any] = {"id": thing_id, "name": name}
    return {**shown, "domain": {"id": domain_id, "name": domain_name}} if domain else shown


def _role(role_id: str, names: Names) -> dict[str, Any]:
    """A role of a domain says so."""
    return _thing(role_id, names, domain=role_id in names and names[role_id][1] is not None)


def _links(found: Assignment, base: str) -> dict[str, str]:
    """Where the assignment was made: on the group, on the project or domain above, as the role that implies this one.

    `prior_role` names the two roles the other way round than its words say, as Keystone's answers do.
    """
    kind, actor_id, target_kind, target_id, role_id, inherited, through, made_on, prior_id = found
    made_kind, made_id = made_on or (target_kind, target_id)
    place = "system" if made_kind == "system" else f"{made_kind}s/{made_id}"
    actor = f"groups/{through}" if through else f"{kind}s/{actor_id}"
    path = f"{place}/{actor}/roles/{prior_id or role_id}"
    links = {"assignment": f"{base}/v3/OS-INHERIT/{path}/inherited_to_projects" if inherited else f"{base}/v3/{path}"}
    if through:
        links["membership"] = f"{base}/v3/groups/{through}/users/{actor_id}"
    if prior_id:
        links["prior_role"] = f"{base}/v3/prior_role/{role_id}/implies/{prior_id}"
    return links
