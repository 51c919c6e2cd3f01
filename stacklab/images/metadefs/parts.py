"""What is in a namespace: objects, properties, tags, associations. One set of rules, four kinds of words."""

from typing import Any, NamedTuple

from stacklab.core.db.database import row, rows, transaction
from stacklab.core.errors import BadRequest, Conflict, Forbidden, NotFound
from stacklab.http.context import Context
from stacklab.images.metadefs import access, bodies, model
from stacklab.images.metadefs.model import Kind, Namespace, Part


class _Words(NamedTuple):
    missing: str
    duplicate: str
    protected: str
    add: str
    modify: str
    remove: str
    nowhere: str = "Namespace {} not found"


_WORDS: dict[Kind, _Words] = {
    "object": _Words(
        "Could not find metadata object {name}",
        "A metadata definition object with name={name} already exists in namespace={space}.",
        "Metadata definition object {name} is protected and cannot be deleted.",
        "images:metadefs:add:object",
        "images:metadefs:modify:object",
        "images:metadefs:delete:object",
        access.ITSELF,
    ),
    "property": _Words(
        "Could not find property {name}",
        "A metadata definition property with name={name} already exists in namespace={space}.",
        "Metadata definition property {name} is protected and cannot be deleted.",
        "images:metadefs:add:property",
        "images:metadefs:modify:property",
        "images:metadefs:remove:property",
    ),
    "tag": _Words(
        "Could not find metadata tag {name}",
        "A metadata tag with name={name} already exists in namespace={space}. "
        "(Please note that metadata tag names are case insensitive).",
        "Metadata definition tag {name} is protected and cannot be deleted.",
        "images:metadefs:add:tag",
        "images:metadefs:modify:tag",
        "images:metadefs:delete:tag",
    ),
    "association": _Words(
        "Failed to find resource type {name} to delete",
        "The metadata definition resource-type association of resource-type={name} to namespace={space} "
        "already exists.",
        "Metadata definition resource-type-association {name} is protected and cannot be deleted.",
        "images:metadefs:add:resource_type_association",
        "images:metadefs:modify:namespace",
        "images:metadefs:remove:resource_type_association",
    ),
}


def index(ctx: Context, space_name: str, kind: Kind) -> list[Part]:
    """All of a kind. Raises NotFound for a namespace the caller does not see."""
    return model.parts(access.visible(ctx, space_name, _WORDS[kind].nowhere), kind)


def show(ctx: Context, space_name: str, kind: Kind, name: str) -> Part:
    return _found(access.visible(ctx, space_name, _WORDS[kind].nowhere), kind, name)


def create(ctx: Context, space_name: str, kind: Kind, name: str, document: dict[str, Any]) -> Part:
    """Raises Conflict when the namespace has one of that name."""
    with transaction():
        space = access.changeable(ctx, space_name, _WORDS[kind].add, _WORDS[kind].nowhere)
        return insert(space, kind, name, document)


def insert(space: Namespace, kind: Kind, name: str, document: dict[str, Any]) -> Part:
    """Inside a transaction."""
    if model.part(space, kind, name):
        raise Conflict(_WORDS[kind].duplicate.format(name=name, space=space.namespace))
    return model.put_part(space, kind, name, document)


def update(ctx: Context, space_name: str, kind: Kind, name: str, after: str, document: dict[str, Any]) -> Part:
    """Replace it, and its name with `after`."""
    with transaction():
        space = access.changeable(ctx, space_name, _WORDS[kind].modify, _WORDS[kind].nowhere)
        before = _found(space, kind, name)
        if (taken := model.part(space, kind, after)) and taken.name != before.name:
            raise Conflict(_WORDS[kind].duplicate.format(name=after, space=space.namespace))
        return model.change_part(space, kind, before, after, document)


def delete(ctx: Context, space_name: str, kind: Kind, name: str) -> None:
    """Raises Forbidden in a protected namespace."""
    with transaction():
        space = access.changeable(ctx, space_name, _WORDS[kind].remove, _WORDS[kind].nowhere)
        found = _found(space, kind, name)
        if space.protected:
            raise Forbidden(_WORDS[kind].protected.format(name=name))
        model.drop_part(space, kind, found.name)


def _found(space: Namespace, kind: Kind, name: str) -> Part:
    found = model.part(space, kind, name)
    if found is None:
        raise NotFound(_WORDS[kind].missing.format(name=name, space=space.namespace))
    return found


def associate(space: Namespace, asked: bodies.Association) -> Part:
    """Inside a transaction. A resource type nobody named before is one from now on."""
    model.know_resource_type(asked.name)
    return insert(space, "association", asked.name, bodies.document(asked))


def add_association(ctx: Context, space_name: str, asked: bodies.Association) -> Part:
    with transaction():
        space = access.changeable(ctx, space_name, _WORDS["association"].add)
        return associate(space, asked)


def replace_tags(ctx: Context, space_name: str, names: list[str], append: bool) -> None:
    """Put these tags in the place of all there are; with `append` beside them. Raises Conflict for one named twice."""
    with transaction():
        space = access.changeable(ctx, space_name, "images:metadefs:add:tags")
        if names and not append:
            model.drop_parts(space, "tag")
        for name in names:
            insert(space, "tag", name, {})


def tags(ctx: Context, space_name: str, limit: int, marker: str | None, sort: str, direction: str) -> list[Part]:
    """One page of tags. Raises NotFound for a marker that is none of them."""
    space = access.visible(ctx, space_name)
    if sort not in ("created_at", "updated_at", "name", "id"):
        raise BadRequest(f"Sort key supplied was not valid: {sort}")
    columns = ["name"] if sort in ("name", "id") else [sort, "name"]
    where, params = "namespace_id = ? AND kind = 'tag'", [space.id]
    if marker:
        marker = _found(space, "tag", marker).name
        sql = f"SELECT {', '.join(columns)} FROM metadef_parts WHERE {where} AND name = ?"  # noqa: S608
        values = row(sql, (space.id, marker)) or ()
        where += f" AND ({', '.join(columns)}) {'<' if direction == 'desc' else '>'} ({', '.join('?' * len(columns))})"
        params += values
    order = ", ".join(f"{column} {direction}" for column in columns)
    sql = f"SELECT name, created_at, updated_at FROM metadef_parts WHERE {where} ORDER BY {order} LIMIT {limit}"  # noqa: S608
    return [Part(name, {}, created, updated) for name, created, updated in rows(sql, tuple(params))]
