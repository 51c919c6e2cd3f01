"""Roles of users and groups on projects, domains and the system, and inherited by what is below: one handler for each
verb, whatever the pair.
"""

from collections.abc import Callable

from msgspec import Struct

from stacklab.core.db.database import durable
from stacklab.core.errors import BadRequest, Forbidden, NotFound
from stacklab.http.reply import Reply, no_content
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import (
    grants,
    groups,
    policy_structure,  # noqa: F401  # declares who may do what
    projects,
    roles,
    users,
)
from stacklab.identity.api.collections import collection, found
from stacklab.identity.model import Group, Project, Role, User
from stacklab.identity.service import Identity
from stacklab.identity.views import roles as views


class Grant(Struct, frozen=True):
    """What a request names, as far as it exists."""

    actor_id: str
    target_id: str
    role_id: str
    actor: User | Group | None
    target: Project | None
    role: Role | None

    def missing(self) -> NotFound:
        return NotFound(
            f"Could not find role assignment with role: {self.role_id}, user or group: {self.actor_id}, "
            f"project, domain, or system: {self.target_id}."
        )


class Pair(Struct, frozen=True):
    """Which kind of actor on which kind of target a route is about."""

    actor_kind: str
    target_kind: str
    inherited: bool = False

    def _named(self, request: Request) -> Grant:
        actor_id, role_id = request.path[f"{self.actor_kind}_id"], request.path.get("role_id", "")
        find: Callable[[str], User | Group | None] = users.find if self.actor_kind == "user" else groups.find
        target_id = grants.SYSTEM if self._system else request.path[f"{self.target_kind}_id"]
        look = projects.find_domain if self.target_kind == "domain" else projects.find
        target = None if self._system else look(target_id)
        return Grant(actor_id, target_id, role_id, find(actor_id), target, roles.find(role_id) if role_id else None)

    @property
    def _system(self) -> bool:
        return self.target_kind == grants.SYSTEM

    def _authorize(self, request: Request, named: Grant, verb: str) -> None:
        """Raises Forbidden, whether the things exist or not."""
        if self._system:
            request.ctx.authorize(f"identity:system_grants:{'write' if verb == 'write' else 'read'}")
            return
        domain_id = named.target.id if named.target and self.target_kind == "domain" else None
        request.ctx.authorize(
            f"identity:grants:{verb}",
            actor_domain_id=named.actor.domain_id if named.actor else None,
            domain_id=domain_id or (named.target.domain_id or None if named.target else None),
            role_name=named.role.name if named.role else None,
            role_domain_id=named.role.domain_id if named.role else None,
        )

    def _existing(self, request: Request, verb: str, gone_is_fine: bool = False) -> Grant:
        """What the request names. Raises Forbidden first, then NotFound; an actor that was deleted may still lose."""
        named = self._named(request)
        self._authorize(request, named, verb)
        if named.role_id:
            found(named.role, "role", named.role_id)
        if not gone_is_fine:
            found(named.actor, self.actor_kind, named.actor_id)
        if not self._system:
            found(named.target, self.target_kind, named.target_id)
        return named

    def _where(self, named: Grant) -> tuple[str, str, str, bool]:
        return self.target_kind, named.target_id, named.role_id, self.inherited

    def index(self, _service: Identity, request: Request) -> Reply:
        named = self._existing(request, "list")
        held = grants.direct(named.actor_id, self.target_kind, named.target_id, self.inherited)
        listed = Role.select().where(Role.id.in_(held)).order_by(Role.id)
        return collection(request, "roles", [views.role(r, request.base) for r in listed])

    def check(self, _service: Identity, request: Request) -> Reply:
        named = self._existing(request, "check")
        if not grants.has(named.actor_id, *self._where(named)):
            raise named.missing()
        return no_content()

    def add(self, _service: Identity, request: Request) -> Reply:
        named = self._existing(request, "write")
        self._require_fit(named)
        with durable():
            grants.add(self.actor_kind, named.actor_id, *self._where(named))
        return no_content()

    def _require_fit(self, named: Grant) -> None:
        """A role of a domain is for that domain's projects. Raises Forbidden, or BadRequest for the system."""
        home = named.role.domain_id if named.role else ""
        if home and self._system:
            raise BadRequest(
                f"Role {named.role_id} is a domain-specific role. Unable to use a domain-specific role in a system "
                "assignment."
            )
        if home and self.target_kind == "project" and named.target and named.target.domain_id != home:
            raise Forbidden(
                f"Project {named.target_id} must be in the same domain as the role {named.role_id} being assigned."
            )

    def remove(self, service: Identity, request: Request) -> Reply:
        named = self._existing(request, "write", gone_is_fine=True)
        with durable():
            if not grants.remove(service, named.actor_id, *self._where(named)):
                raise named.missing()
        return no_content()

    def routes(self) -> list[Route]:
        place = "system" if self._system else f"{self.target_kind}s/{{{self.target_kind}_id}}"
        top = f"/v3/{'OS-INHERIT/' if self.inherited else ''}{place}/{self.actor_kind}s/{{{self.actor_kind}_id}}/roles"
        end = "/inherited_to_projects" if self.inherited else ""
        one = f"{top}/{{role_id}}{end}"
        listed = [] if self.inherited and self.target_kind == "project" else [Route("GET", top + end, self.index)]
        return [*listed, Route("GET", one, self.check), Route("PUT", one, self.add), Route("DELETE", one, self.remove)]


PAIRS = [Pair(actor, target) for target in ("project", "domain", "system") for actor in ("user", "group")]
INHERITED = [Pair(actor, target, inherited=True) for target in ("project", "domain") for actor in ("user", "group")]
ROUTES = [route for pair in (*PAIRS, *INHERITED) for route in pair.routes()]
