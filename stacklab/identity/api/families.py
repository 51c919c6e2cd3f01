"""What GET /v3/projects/{id} adds when asked: the projects above and below, as a list or as ids within ids."""

from collections import defaultdict
from typing import Any

from stacklab.core.errors import BadRequest
from stacklab.http.request import Request
from stacklab.identity import grants, projects, tree
from stacklab.identity.api.collections import truth
from stacklab.identity.model import Project
from stacklab.identity.views import projects as views


def family(request: Request, project: Project) -> dict[str, Any]:
    """`parents` and `subtree`, where the query asks for them. Lists hold what the caller has a role on, ids all."""
    shown: dict[str, Any] = {}
    for noun, find in (("parents", tree.parents), ("subtree", tree.subtree)):
        listed, as_ids = _asks(request, f"{noun}_as_list"), _asks(request, f"{noun}_as_ids")
        if listed and as_ids:
            raise BadRequest(f"Cannot use {noun}_as_list and {noun}_as_ids query params at the same time.")
        if listed:
            shown[noun] = _listed(request, find(project.id))
        if as_ids:
            shown[noun] = _chain(find(project.id)) if noun == "parents" else _branches(project.id, find(project.id))
    return shown


def _asks(request: Request, name: str) -> bool:
    value = request.query.get(name)
    return value is not None and truth(value)


def _listed(request: Request, found: list[Project]) -> list[dict[str, Any]]:
    entered = {*grants.targets(request.ctx.user_id, "project")}
    kept = [p for p in found if p.id in entered]
    tags = projects.tags([p.id for p in kept])
    return [{"project": views.project(p, request.base, tags[p.id])} for p in kept]


def _chain(above: list[Project]) -> dict[str, Any] | None:
    """{parent: {its parent: … None}}."""
    chain: dict[str, Any] | None = None
    for project in reversed(above):
        chain = {project.id: chain}
    return chain


def _branches(top: str, below: list[Project]) -> dict[str, Any] | None:
    """{child: {its child: None, …}, …}; None where there is none."""
    children = defaultdict[str | None, list[str]](list)
    for project in below:
        children[project.parent_id].append(project.id)

    def branch(project_id: str) -> dict[str, Any] | None:
        return {child: branch(child) for child in children[project_id]} or None

    return branch(top)
