"""What a token is for: a project, a domain, the system, or nothing yet; and the roles it carries there."""

from msgspec.structs import replace

from stacklab.core.db.database import row
from stacklab.core.errors import NotFound
from stacklab.identity import access_rules, grants, trusts
from stacklab.identity.authentication import Proof, refused
from stacklab.identity.claimants import missing, resolve_domain
from stacklab.identity.model import ApplicationCredential
from stacklab.identity.model_delegation import AccessToken
from stacklab.identity.parts import Parts
from stacklab.identity.schemas import auth as body
from stacklab.identity.tokens import Claims, audit_id

_PROJECT = """
SELECT p.id, p.name, p.domain_id FROM identity_projects AS p JOIN identity_projects AS d ON d.id = p.domain_id
WHERE p.is_domain = 0 AND p.enabled = 1 AND d.enabled = 1 AND
"""
_BY_ID = _PROJECT + "p.id = ?"
_BY_NAME = _PROJECT + "p.name = ? AND p.domain_id = ?"


def claims(parts: Parts, proof: Proof, scope: body.Scope | str | None, started: int) -> Claims:
    """The claims of the token that answers this proof. Raises Unauthorized where the user has no role."""
    user = proof.user
    plain = Claims(
        user=(user.id, user.name, user.domain_id),
        methods=proof.methods,
        audit_ids=(audit_id(), *(proof.earlier.audit_ids[-1:] if proof.earlier else ())),
        issued_at=started,
        expires_at=proof.expires_at,
    )
    if proof.credential:
        return _for_credential(parts, plain, proof.credential)
    if proof.access:
        return _for_access(parts, plain, proof.access)
    if scope is None:
        return _by_default(parts, plain, user.default_project_id)
    if isinstance(scope, str):
        return plain
    return _asked(parts, plain, scope)


def _asked(parts: Parts, plain: Claims, scope: body.Scope) -> Claims:
    given = [getattr(scope, name) for name in scope.__struct_fields__]
    if sum(part is not None for part in given) != 1:
        raise missing("system, project, domain, OS-TRUST:trust or unscoped", "scope")
    if scope.unscoped is not None:
        return plain
    if scope.trust:
        return _for_trust(parts, plain, scope.trust)
    if scope.project:
        project = _project(scope.project)
        return replace(plain, roles=_roles(parts, plain, project[0] if project else None), project=project)
    if scope.domain:
        domain_id = resolve_domain(scope.domain)
        alive = row("SELECT id FROM identity_projects WHERE id = ? AND is_domain = 1 AND enabled = 1", (domain_id,))
        return replace(plain, roles=_roles(parts, plain, alive[0] if alive else None), domain=domain_id)
    return replace(plain, roles=_roles(parts, plain, grants.SYSTEM), system=True)


def _by_default(parts: Parts, plain: Claims, project_id: str | None) -> Claims:
    """The user's own default project where that still works, else no scope."""
    project = _first(_BY_ID, (project_id,)) if project_id else None
    roles = parts.rolebook.expand(grants.held(plain.user[0], project[0])) if project else ()
    return replace(plain, roles=roles, project=project) if roles else plain


def _for_credential(parts: Parts, plain: Claims, credential: ApplicationCredential) -> Claims:
    """An application credential has its project, and those of its roles that its user still has."""
    project = _first(_BY_ID, (credential.project_id,))
    if project is None:
        raise refused()
    kept = {role_id for role_id, _ in _roles(parts, plain, project[0])} & set(credential.role_ids)
    if not kept:
        raise refused()
    rules = tuple(rule.what for rule in access_rules.of_credential(credential.id))
    return replace(
        plain,
        roles=parts.rolebook.expand(sorted(kept)),
        project=project,
        credential=credential.id,
        unrestricted=credential.unrestricted,
        access_rules=rules or None,
    )


def _for_access(parts: Parts, plain: Claims, access: AccessToken) -> Claims:
    """An OAuth1 access token has its project, and those of its roles that its user still has; whatever is asked for."""
    project = _first(_BY_ID, (access.project_id,))
    held = _roles(parts, plain, project[0] if project else None)
    roles = tuple(role for role in parts.rolebook.expand(access.role_ids) if role in held)
    if not roles:
        raise refused()
    return replace(plain, roles=roles, project=project, oauth=(access.consumer_id, access.id))


def _for_trust(parts: Parts, plain: Claims, given: body.TrustRef) -> Claims:
    """A trust has its project and all of its roles, or is refused; using it counts."""
    trust = trusts.usable(parts, plain.user[0], given.id)
    if trust.project_id is None:
        raise NotFound("Could not find project: None.")
    project = _first(_BY_ID, (trust.project_id,))
    if project is None:
        raise refused()
    roles = trusts.roles(parts, trust)
    user = trusts.trustor(parts, trust) if trust.impersonation else None
    trusts.consume(trust)
    return replace(
        plain,
        user=(user.id, user.name, user.domain_id) if user else plain.user,
        expires_at=min(plain.expires_at, trust.expires_at or plain.expires_at),
        roles=roles,
        project=project,
        trust=trusts.told(trust),
    )


def _project(given: body.ProjectRef) -> tuple[str, str, str] | None:
    if given.id:
        return _first(_BY_ID, (given.id,))
    if not given.name or given.domain is None:
        raise missing("domain" if given.name else "id or name", "project")
    return _first(_BY_NAME, (given.name, resolve_domain(given.domain)))


def _first(sql: str, params: tuple[str | None, ...]) -> tuple[str, str, str] | None:
    found = row(sql, params)
    return (found[0], found[1], found[2]) if found else None


def _roles(parts: Parts, plain: Claims, target_id: str | None) -> tuple[tuple[str, str], ...]:
    roles = parts.rolebook.expand(grants.held(plain.user[0], target_id)) if target_id else ()
    if not roles:
        raise refused()
    return roles
