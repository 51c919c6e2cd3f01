"""Namespaces: list, show, create with all that is in them, replace, delete."""

from typing import Any

from msgspec import UNSET, Struct, field
from msgspec.structs import replace

from stacklab.core import clock, ids
from stacklab.core.db.database import row, rows, transaction
from stacklab.core.errors import BadRequest, Conflict, Forbidden
from stacklab.http.context import Context
from stacklab.http.number import whole
from stacklab.http.request import Query
from stacklab.images.metadefs import access, bodies, model, parts
from stacklab.images.metadefs.model import Kind, Namespace

PAGE, MOST = 25, 1000  # Glance's defaults
_SORTABLE = {
    "created_at": "n.created_at",
    "updated_at": "n.updated_at",
    "id": "n.id",
    "namespace": "n.namespace",
    "display_name": "coalesce(n.display_name, '')",
    "description": "coalesce(n.description, '')",
    "visibility": "n.visibility",
    "protected": "n.protected",
    "owner": "n.owner",
}


class Search(Struct):
    limit: int = PAGE
    marker: str | None = None
    sort: str = "created_at"
    direction: str = "desc"
    visibility: str | None = None
    resource_types: list[str] = field(default_factory=list)


def search(query: Query) -> Search:
    """Raises BadRequest, naming what is wrong."""
    found = Search(limit(query.get("limit"), PAGE), query.get("marker"), query.get("sort_key") or "created_at")
    found.direction = direction(query)
    if found.sort not in _SORTABLE:
        raise BadRequest(f"Sort key supplied was not valid: {found.sort}")
    found.visibility = query.get("visibility") or None
    if found.visibility not in (None, "public", "private"):
        raise BadRequest(f"Invalid visibility value: {found.visibility}")
    types = query.get("resource_types")
    found.resource_types = types.split(",") if types else []
    return found


def limit(text: str | None, default: int) -> int:
    asked = default if text is None else whole(text)
    if asked is None:
        raise BadRequest("limit param must be an integer")
    if asked < 0:
        raise BadRequest("limit param must be positive")
    return min(asked, MOST)


def direction(query: Query) -> str:
    found = query.get("sort_dir") or "desc"
    if found not in ("asc", "desc"):
        raise BadRequest(f"Invalid sort direction: {found}")
    return found


def index(ctx: Context, asked: Search) -> list[Namespace]:
    """One page. Raises NotFound for a marker that is not seen."""
    access.require_reader(ctx, "images:metadefs:read")
    where, params = _seen(ctx)
    if asked.visibility:
        where, params = [*where, "n.visibility = ?"], [*params, asked.visibility]
    if asked.resource_types:
        marks = ", ".join("?" * len(asked.resource_types))
        chosen = f"SELECT namespace_id FROM metadef_parts WHERE kind = 'association' AND name IN ({marks})"  # noqa: S608
        where, params = [*where, f"n.id IN ({chosen})"], [*params, *asked.resource_types]
    columns = [_SORTABLE[asked.sort], *(c for c in ("n.created_at", "n.id") if c != _SORTABLE[asked.sort])]
    if asked.marker:
        after, values = _after(ctx, asked, columns)
        where, params = [*where, after], [*params, *values]
    order = ", ".join(f"{column} {asked.direction}" for column in columns)
    sql = (
        f"SELECT {model.COLUMNS} FROM metadef_namespaces AS n "  # noqa: S608
        f"WHERE {' AND '.join(where)} ORDER BY {order} LIMIT {asked.limit}"
    )
    return [model.read(found) for found in rows(sql, tuple(params))]


def _seen(ctx: Context) -> tuple[list[str], list[Any]]:
    if ctx.admin:
        return ["1 = 1"], []
    return ["(n.owner = ? OR n.visibility = 'public')"], [ctx.project_id]


def _after(ctx: Context, asked: Search, columns: list[str]) -> tuple[str, list[Any]]:
    """The condition that a namespace comes after the marker in this order."""
    marker = access.visible(ctx, asked.marker or "")
    sql = f"SELECT {', '.join(columns)} FROM metadef_namespaces AS n WHERE n.id = ?"  # noqa: S608
    compare = "<" if asked.direction == "desc" else ">"
    marks = ", ".join("?" * len(columns))
    return f"({', '.join(columns)}) {compare} ({marks})", list(row(sql, (marker.id,)) or ())


def create(ctx: Context, asked: bodies.Namespace) -> Namespace:
    """Raises Conflict when there is one of that name, Forbidden for all but admins."""
    if not ctx.can("images:metadefs:add:namespace"):
        access.require_reader(ctx, "images:metadefs:read")
    ctx.authorize("images:metadefs:add:namespace")
    now = clock.now()
    space = Namespace(
        id=ids.new_uuid(),
        namespace=asked.namespace,
        display_name=asked.display_name,
        description=asked.description,
        visibility=asked.visibility,
        protected=asked.protected,
        owner=asked.owner or ctx.project_id,
        created_at=now,
        updated_at=now,
    )
    with transaction():
        if model.find(space.namespace):
            raise Conflict(f"The metadata definition namespace={space.namespace} already exists.")
        model.insert(space)
        _fill(space, asked)
    return space


def _fill(space: Namespace, asked: bodies.Namespace) -> None:
    for association in asked.resource_type_associations or ():
        parts.associate(space, association)
    for each in asked.objects or ():
        parts.insert(space, "object", each.name, bodies.document(each))
    for tag in asked.tags or ():
        parts.insert(space, "tag", tag.name, {})
    if asked.properties is not UNSET:
        for name, stated in asked.properties.items():
            parts.insert(space, "property", name, bodies.document(stated))


def update(ctx: Context, name: str, asked: bodies.Namespace) -> Namespace:
    """Replace what is said of the namespace itself; what is not given goes back to its default."""
    with transaction():
        space = access.changeable(ctx, name, "images:metadefs:modify:namespace")
        if asked.namespace != space.namespace and model.find(asked.namespace):
            raise Conflict(
                "Invalid update. It would result in a duplicate metadata definition namespace "
                f"with the same name of {asked.namespace}"
            )
        changed = replace(
            space,
            namespace=asked.namespace,
            display_name=asked.display_name,
            description=asked.description,
            visibility=asked.visibility,
            protected=asked.protected,
            owner=asked.owner or ctx.project_id,
        )
        return model.update(changed)


def delete(ctx: Context, name: str) -> None:
    with transaction():
        model.delete(_unprotected(ctx, name))


def clear(ctx: Context, name: str, kind: Kind) -> None:
    """Remove all parts of one kind."""
    with transaction():
        space = _unprotected(ctx, name)
        if kind == "tag":
            ctx.authorize("images:metadefs:delete:tags")
        model.drop_parts(space, kind)


def _unprotected(ctx: Context, name: str) -> Namespace:
    """Raises Forbidden for a protected one."""
    space = access.changeable(ctx, name, "images:metadefs:delete:namespace")
    if space.protected:
        raise Forbidden(f"Metadata definition namespace {name} is protected and cannot be deleted.")
    return space


def show(ctx: Context, name: str) -> Namespace:
    """Raises NotFound, in the words of a namespace that was asked for itself."""
    return access.visible(ctx, name, access.ITSELF)
