"""One entry of GET /v3/role_assignments."""

from typing import Any

from stacklab.identity.assignments import Assignment, Names


def assignment(found: Assignment, names: Names | None, base: str) -> dict[str, Any]:
    """With ids, or with names and domains where they are given."""
    scope: dict[str, Any] = {"system": {"all": True}}
    if found.target_kind != "system":
        scope = {found.target_kind: _thing(found.target_id, names, domain=found.target_kind == "project")}
    return {
        "links": _links(found, base),
        "role": _thing(found.role_id, names, domain=False),
        found.actor_kind: _thing(found.actor_id, names),
        "scope": scope,
    }


def _thing(thing_id: str, names: Names | None, domain: bool = True) -> dict[str, Any]:
    if names is None or thing_id not in names:
        return {"id": thing_id}
    name, domain_id, domain_name = names[thing_id]
    shown: dict[str, Any] = {"id": thing_id, "name": name}
    return {**shown, "domain": {"id": domain_id, "name": domain_name}} if domain else shown


def _links(found: Assignment, base: str) -> dict[str, str]:
    """Where the assignment was made; a member's comes from the group's."""
    place = "system" if found.target_kind == "system" else f"{found.target_kind}s/{found.target_id}"
    kind, actor_id = ("group", found.through) if found.through else (found.actor_kind, found.actor_id)
    links = {"assignment": f"{base}/v3/{place}/{kind}s/{actor_id}/roles/{found.prior_id or found.role_id}"}
    if found.through:
        links["membership"] = f"{base}/v3/groups/{found.through}/users/{found.actor_id}"
    if found.prior_id:
        links["prior_role"] = f"{base}/v3/roles/{found.prior_id}"
    return links
