"""Whom the body of a log-in names: users, domains and application credentials by id, or by name and where it counts."""

from stacklab.core.db.database import row
from stacklab.core.errors import BadRequest
from stacklab.identity import projects, users
from stacklab.identity.model import ApplicationCredential, User
from stacklab.identity.schemas import auth as body


def missing(what: str, where: str) -> BadRequest:
    """Keystone's words for a part of a body that is not there."""
    return BadRequest(
        f"Expecting to find {what} in {where}. The server could not comply with the request since it is either "
        "malformed or otherwise incorrect. The client is assumed to be in error."
    )


def label(given: body.UserRef | None) -> str:
    """What a body calls a user, to count failures by."""
    return (given.id or given.name or "") if given else ""


def user(given: body.UserRef | None) -> User | None:
    """Raises BadRequest where the body does not say who is meant."""
    if given is None:
        raise missing("user", "identity")
    if given.id:
        return users.find(given.id)
    if not given.name:
        raise missing("id or name", "user")
    if given.domain is None:
        raise missing("domain", "user")
    domain_id = resolve_domain(given.domain)
    if domain_id is None:
        return None
    # Sign-up keeps e-mail addresses in small letters; people type them as they like.
    return users.named(given.name, domain_id) or users.named(given.name.lower(), domain_id)


def resolve_domain(given: body.DomainRef) -> str | None:
    """The id of the domain meant, existing or not for an id; None for an unknown name."""
    if given.id:
        return given.id
    if not given.name:
        raise missing("id or name", "domain")
    found = projects.named(given.name, "")
    return found.id if found else None


def stored_secret(given: body.ApplicationCredential) -> str | None:
    """What is stored of an application credential's secret, in one constant query where its id is given."""
    if given.id:
        stored = row("SELECT secret FROM identity_application_credentials WHERE id = ?", (given.id,))
        return str(stored[0]) if stored else None
    named = credential(given)
    return named.secret if named else None


def credential(given: body.ApplicationCredential) -> ApplicationCredential | None:
    """An application credential by its id, or by its name and its user. Raises BadRequest."""
    table = ApplicationCredential
    found: ApplicationCredential | None
    if given.id:
        found = table.get_or_none(table.id == given.id)
        return found
    if not given.name:
        raise missing("name or ID", "application credential")
    if given.user is None:
        raise missing("user", "application credential")
    owner = user(given.user)
    found = table.get_or_none((table.user_id == (owner.id if owner else "")) & (table.name == given.name))
    return found
