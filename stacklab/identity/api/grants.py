"""Roles of users and groups on projects, domains and the system: one handler for each verb, whatever the pair."""

from collections.abc import Callable
from dataclasses import dataclass

from stacklab.core.db.database import durable
from stacklab.core.errors import NotFound
from stacklab.http.reply import Reply, no_content
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import grants, groups, projects, roles, users
from stacklab.identity.api.collections import collection, found
from stacklab.identity.model import Role
from stacklab.identity.service import Identity
from stacklab.identity.views import roles as views


@dataclass(frozen=True, slots=True)
class Pair:
    """Which kind of actor on which kind of target a route is about."""

    actor_kind: str
    target_kind: str

    def ids(self, request: Request, rule: str) -> tuple[str, str]:
        """The ids in the path, of things that exist. Raises Forbidden first, then NotFound."""
        request.ctx.authorize(rule, domain_id=self._domain(request))
        actor_id = request.path[f"{self.actor_kind}_id"]
        find: Callable[[str], object | None] = users.find if self.actor_kind == "user" else groups.find
        found(find(actor_id), self.actor_kind, actor_id)
        if self.target_kind == "system":
            return actor_id, grants.SYSTEM
        target_id = request.path[f"{self.target_kind}_id"]
        look = projects.find if self.target_kind == "project" else projects.find_domain
        found(look(target_id), self.target_kind, target_id)
        return actor_id, target_id

    def _domain(self, request: Request) -> str | None:
        if self.target_kind == "domain":
            return request.path["domain_id"]
        project = projects.find(request.path["project_id"]) if self.target_kind == "project" else None
        return project.domain_id if project else None

    def index(self, _service: Identity, request: Request) -> Reply:
        held = grants.direct(*self.ids(request, "identity:grants:read"))
        listed = Role.select().where(Role.id.in_(held)).order_by(Role.id)
        return collection(request, "roles", [views.role(r, request.base) for r in listed])

    def check(self, _service: Identity, request: Request) -> Reply:
        actor_id, target_id = self.ids(request, "identity:grants:read")
        if not grants.has(actor_id, target_id, _role(request)):
            raise _missing(request)
        return no_content()

    def add(self, _service: Identity, request: Request) -> Reply:
        actor_id, target_id = self.ids(request, "identity:grants:write")
        role_id = _role(request)
        with durable():
            grants.add(self.actor_kind, actor_id, self.target_kind, target_id, role_id)
        return no_content()

    def remove(self, service: Identity, request: Request) -> Reply:
        actor_id, target_id = self.ids(request, "identity:grants:write")
        role_id = _role(request)
        with durable():
            if not grants.remove(service, actor_id, target_id, role_id):
                raise _missing(request)
        return no_content()

    def routes(self) -> list[Route]:
        place = "/v3/system" if self.target_kind == "system" else f"/v3/{self.target_kind}s/{{{self.target_kind}_id}}"
        path = f"{place}/{self.actor_kind}s/{{{self.actor_kind}_id}}/roles"
        one = f"{path}/{{role_id}}"
        return [
            Route("GET", path, self.index),
            Route("GET", one, self.check),
            Route("PUT", one, self.add),
            Route("DELETE", one, self.remove),
        ]


def _role(request: Request) -> str:
    role_id = request.path["role_id"]
    found(roles.find(role_id), "role", role_id)
    return role_id


def _missing(request: Request) -> NotFound:
    return NotFound(f"Could not find role assignment with role: {request.path['role_id']}.")


PAIRS = [Pair(actor, target) for target in ("project", "domain", "system") for actor in ("user", "group")]
ROUTES = [route for pair in PAIRS for route in pair.routes()]
