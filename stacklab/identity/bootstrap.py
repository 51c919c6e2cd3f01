"""What a first start needs before anybody can log in. All is looked for before it is made: it may run twice."""

import secrets
from itertools import pairwise

from msgspec import Struct

from stacklab.core import facts
from stacklab.core.db.database import change, durable
from stacklab.core.ids import new_hex
from stacklab.identity import grants, projects
from stacklab.identity.model import Endpoint, ImpliedRole, Project, Role, Service, User
from stacklab.identity.parts import Parts
from stacklab.identity.projects import DEFAULT

_CHAIN = ("admin", "manager", "member", "reader")  # each implies the next
RESELLER = "ResellerAdmin"  # who has it operates every account of the object store
_SERVICES = {
    "identity": ("keystone", "/identity/v3"),
    "compute": ("nova", "/compute/v2.1"),
    "network": ("neutron", "/network"),
    "image": ("glance", "/image"),
    "object-store": ("swift", "/object-store/v1/AUTH_$(project_id)s"),
    "placement": ("placement", "/placement"),
}
ADMIN = "identity.admin"  # the fact that holds the ids of the first user and project
_INTERFACES = ("public", "internal", "admin")


class Bootstrap(Struct, frozen=True):
    """`admin_password` is None where the admin was there already."""

    admin_password: str | None
    admin_user_id: str
    admin_project_id: str
    domain_id: str
    region: str
    roles: dict[str, str]  # name → id


def ensure(parts: Parts, region: str, password: str | None) -> Bootstrap:
    """Roles, the domain `default`, the project and user `admin`, the region, the catalogue.

    What an operator renamed or deleted since stays so: the admin and each service are made once, and a fact says when.
    """
    known = facts.get(ADMIN)
    chosen = password or secrets.token_urlsafe(18)
    stored = None if known else parts.passwords.hash(chosen)
    with durable():
        roles = _roles(parts)
        _domain()
        user_id, project_id = known.split() if known else _admin(stored, roles["admin"])
        _catalogue(parts, region)
    return Bootstrap(None if known else chosen, user_id, project_id, DEFAULT, region, roles)


def _admin(password: str | None, role_id: str) -> tuple[str, str]:
    """The first user and project; their ids."""
    project = projects.create(
        {"domain_id": DEFAULT, "name": "admin", "description": "The project of the administrators"}, {}
    )
    user = User.create(id=new_hex(), domain_id=DEFAULT, name="admin", password=password, default_project_id=project.id)
    grants.add("user", user.id, "project", project.id, role_id)
    grants.add("user", user.id, "system", grants.SYSTEM, role_id)
    facts.put(ADMIN, f"{user.id} {project.id}")
    return user.id, project.id


def _roles(parts: Parts) -> dict[str, str]:
    known = {role.name: role.id for role in Role.select().where(Role.domain_id == "")}
    fresh = {name: new_hex() for name in (*_CHAIN, "service", RESELLER) if name not in known}
    for name, role_id in fresh.items():
        Role.create(id=role_id, name=name, options={"immutable": True} if name in _CHAIN[:1] else {})
    known |= fresh
    for prior, implied in pairwise(_CHAIN):
        if prior in fresh or implied in fresh:
            ImpliedRole.create(prior_id=known[prior], implied_id=known[implied])
    parts.rolebook.changed()
    return known


def _domain() -> None:
    if projects.find_domain(DEFAULT) is None:
        Project.create(id=DEFAULT, domain_id="", name="Default", description="The default domain", is_domain=True)


def _catalogue(parts: Parts, region: str) -> None:
    """Services and endpoints that are missing; what an admin changed stays changed."""
    change("INSERT INTO identity_regions VALUES (?, NULL, '', '{}') ON CONFLICT DO NOTHING", (region,))
    for kind, (name, path) in _SERVICES.items():
        if facts.get(f"identity.service.{kind}") is None:
            _service(kind, name, path, region)
            facts.put(f"identity.service.{kind}", region)
    parts.catalogue.changed()


def _service(kind: str, name: str, path: str, region: str) -> None:
    service = Service.create(id=new_hex(), type=kind, name=name)
    for interface in _INTERFACES:
        url = f"$(base)s{path}"
        Endpoint.create(id=new_hex(), service_id=service.id, region_id=region, interface=interface, url=url)
