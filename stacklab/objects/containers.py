"""Containers: made, changed, deleted when they are empty."""

from stacklab.core import clock
from stacklab.core.db.database import transaction
from stacklab.core.errors import Conflict, NotFound
from stacklab.objects import acl, metadata, model, quotas, versioning, versions
from stacklab.objects.model import Container, Headers

_ACLS = ("x-container-read", "x-container-write")


def put(account: str, name: str, headers: Headers, owner: bool, tiers: quotas.Tiers, reseller: bool = False) -> bool:
    """Make a container, or change the one there is. True: it is new. Raises BadRequest, Forbidden past a quota."""
    metadata.check_container_name(name)
    asked = _checked(headers, owner)
    now = clock.unique()
    with transaction():
        model.ensure_account(account, now)
        there = model.container(account, name)
        if there:
            model.set_container(there.id, _changed(there, asked))
            return False
        held = model.account(account)
        if held and not reseller:
            quotas.check_containers(held.metadata, held.containers, tiers)
        new = Container(now, account, name, now, metadata=_changed(None, asked))
        return model.add_container(new)


def update(container: Container, headers: Headers, owner: bool) -> None:
    """Raises BadRequest; NotFound when it went away meanwhile."""
    asked = _checked(headers, owner)
    with transaction():
        there = model.container_by_id(container.id)
        if there is None:
            raise NotFound("")
        model.set_container(there.id, _changed(there, asked))


def delete(container: Container) -> None:
    """Raises Conflict for one with objects in it, or versions of them."""
    with transaction():
        if versions.has_any(container.id):
            raise Conflict("Delete all versions before deleting container.")
        if not model.delete_container(container):
            raise Conflict("")


def _checked(headers: Headers, owner: bool) -> Headers:
    """The headers with ACLs in their short form; of who may not say them, they are left out."""
    quotas.check_container_headers(headers)
    found = dict(headers)
    for name in metadata.OWNERS:
        if name in found and not owner:
            del found[name]
    for name in _ACLS:
        if name in found:
            found[name] = acl.clean(name, found[name])
    return found


def _changed(there: Container | None, headers: Headers) -> Headers:
    kept = there.metadata if there else {}
    return metadata.changed(kept, versioning.settings(kept, headers), "container", metadata.CONTAINER_HEADERS)
