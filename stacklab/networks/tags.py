"""Tags: short texts that a project hangs on its resources."""

from collections.abc import Callable, Collection

from stacklab.core.db.database import change, rows, transaction
from stacklab.http.context import Context
from stacklab.networks import floatingips, groups, networks, ports, refusals, store
from stacklab.networks.model import Resource

MOST = 50  # Neutron's limit for one resource

FIND: dict[str, Callable[[Context, str], Resource]] = {
    "networks": networks.find,
    "subnets": networks.find_subnet,
    "ports": ports.find,
    "security-groups": groups.find,
    "floatingips": floatingips.find,
}
"""Collections whose resources can be tagged, and how one is found."""


def find(ctx: Context, collection: str, resource_id: str) -> Resource:
    """Raises NotFound for a collection without tags and for a resource the caller may not see."""
    if collection not in FIND:
        raise refusals.no_resource()
    return FIND[collection](ctx, resource_id)


def of(resource: Resource) -> list[str]:
    return [tag for (tag,) in rows("SELECT tag FROM network_tags WHERE resource_id = ? ORDER BY tag", (resource.id,))]


def put(ctx: Context, collection: str, resource_id: str, wanted: Collection[str], *, keep: bool) -> list[str]:
    """Make `wanted` the tags of a resource, or with `keep` add them to what it has."""
    with transaction():
        resource = find(ctx, collection, resource_id)
        ctx.authorize("network:tags:update", project_id=resource.project_id)
        listed = dict.fromkeys([*(of(resource) if keep else ()), *wanted])
        if len(listed) > MOST:
            raise refusals.bad_value("tags", len(listed), f"is more than the {MOST} tags a resource can have")
        change("DELETE FROM network_tags WHERE resource_id = ?", (resource.id,))
        for tag in listed:
            change("INSERT INTO network_tags VALUES (?, ?)", (resource.id, tag))
        store.update(resource)
    return sorted(listed)


def remove(ctx: Context, collection: str, resource_id: str, tag: str) -> None:
    """Raises TagNotFound when the resource has not got it."""
    with transaction():
        resource = find(ctx, collection, resource_id)
        ctx.authorize("network:tags:update", project_id=resource.project_id)
        if not change("DELETE FROM network_tags WHERE resource_id = ? AND tag = ?", (resource.id, tag)):
            raise refusals.no_tag(tag)
        store.update(resource)


def check(ctx: Context, collection: str, resource_id: str, tag: str) -> None:
    """Raises TagNotFound when the resource has not got it."""
    if tag not in of(find(ctx, collection, resource_id)):
        raise refusals.no_tag(tag)
