"""Containers: made, changed, deleted when they are empty."""

from stacklab.core import clock
from stacklab.core.db.database import rows, transaction
from stacklab.core.errors import Conflict, Forbidden, NotFound
from stacklab.objects import accounts, acl, lifetime, metadata, model, policies, quotas, sync, versioning, versions
from stacklab.objects.large import PARTS
from stacklab.objects.model import Account, Container, Headers
from stacklab.objects.room import Room

_VERSIONS = "Delete all versions before deleting container."
_ASIDE = f"""
SELECT count(*) FROM objects_containers AS own WHERE own.account = ? AND own.name NOT LIKE '%+%' AND EXISTS (
    SELECT 1 FROM objects_containers AS aside WHERE aside.account = own.account AND aside.name = own.name || '{PARTS}'
)
"""  # noqa: S608  # no bucket has a plus in its name
_FEW = 1000  # objects looked at
_ACLS = ("x-container-read", "x-container-write")


def put(account: str, name: str, headers: Headers, owner: bool, room: Room, reseller: bool = False) -> bool:
    """Make a container, or change the one there is. True: it is new.

    Raises BadRequest, Forbidden past a quota, Conflict for another storage policy than it has.
    """
    metadata.check_container_name(name)
    asked, policy = _checked(headers, owner), policies.asked(headers, room.policies)
    now = clock.unique()
    with transaction():
        model.ensure_account(account, now)
        there = model.container(account, name)
        if there:
            if policy and policy != (there.said(policies.HEADER) or room.policies[0]):
                raise Conflict("")
            _set(there, asked)
            return False
        held = model.account(account)
        if held and not reseller:
            _check_count(held, room)
        kept = {policies.HEADER: policy} if policy not in ("", room.policies[0]) else {}
        new = Container(now, account, name, now, metadata=kept | _changed(None, asked))
        return model.add_container(new)


def _check_count(held: Account, room: Room) -> None:
    """What keeps the parts of a bucket's uploads is none of its owner's. Raises Forbidden."""
    try:
        quotas.check_containers(held.metadata, held.containers, room.tiers)
    except Forbidden:
        ((aside,),) = rows(_ASIDE, (held.name,))
        quotas.check_containers(held.metadata, held.containers - aside, room.tiers)


def update(container: Container, headers: Headers, owner: bool) -> None:
    """Raises BadRequest; NotFound when it went away meanwhile."""
    asked = _checked(headers, owner)
    with transaction():
        there = model.container_by_id(container.id)
        if there is None:
            raise NotFound("")
        _set(there, asked)


def _set(there: Container, asked: Headers) -> None:
    kept = _changed(there, asked)
    model.set_container(there.id, kept)
    sync.begin(there.metadata, kept, there.id)


def delete(container: Container) -> None:
    """Raises Conflict for one with objects in it, or versions of them. Those whose time has come are as good as gone: a
    container with none but a few of these goes with them."""
    with transaction():
        if versions.has_any(container.id):
            raise Conflict(_VERSIONS)
        if model.delete_container(container):
            return
        if not _over(container):
            raise Conflict(_VERSIONS if versioning.ENABLED in container.metadata else "")
        accounts.discard(container)


def _over(container: Container) -> bool:
    """Whether all there is in a container has expired, and is not more than a tick soon removes."""
    found = rows("SELECT ends FROM objects WHERE container = ? LIMIT ?", (container.id, _FEW))
    now = clock.now()
    return 0 < len(found) < _FEW and all(lifetime.is_over(ends, now) for (ends,) in found)


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
    found = metadata.changed(kept, versioning.settings(kept, headers), "container", metadata.CONTAINER_HEADERS)
    policy = kept.get(policies.HEADER)  # for ever, whatever a request asks to remove
    return found | ({policies.HEADER: policy} if policy else {})
