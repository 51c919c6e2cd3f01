"""One page of images in one statement: the legs a caller sees, each taken from its index, merged and cut.

The cost is that of the page: every leg gives at most `limit` rows, in order, from where the marker stands.
"""

from typing import Any

from stacklab.core.db.database import row, rows
from stacklab.core.errors import BadRequest, NotFound
from stacklab.http.context import Context
from stacklab.images import access, model
from stacklab.images.model import Image
from stacklab.images.search import SORTABLE, Search

_OPPOSITE = {"asc": ">", "desc": "<"}


def page(ctx: Context, search: Search) -> list[Image]:
    """The images of one page. Raises BadRequest for a marker the caller does not see."""
    ctx.authorize("images:images:list")
    if not search.limit:
        return []
    after, after_params = _after(ctx, search)
    keys = ", ".join(f"{SORTABLE[key]} AS s{at}" for at, (key, _) in enumerate(search.sort))
    order = ", ".join(f"s{at} {direction}" for at, (_, direction) in enumerate(search.sort))
    parts, params = [], []
    for leg in access.legs(ctx, search.visibility, search.member_status):
        conditions = [leg.where, f"i.os_hidden = {int(search.hidden)}", *search.where, *after]
        parts.append(
            f"SELECT i.id AS found, {keys} FROM images AS i {leg.join} "  # noqa: S608
            f"WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT {search.limit}"
        )
        params += [*leg.join_params, *leg.params, *search.params, *after_params]
    if not parts:
        return []
    sql = _merged(parts, order, search.limit)
    return [model.read(values) for values in rows(sql, tuple(params))]


def _merged(parts: list[str], order: str, limit: int) -> str:
    """The union of legs, each cut before it is merged. Ids are what is sorted: whole rows would be copied for it."""
    union = " UNION ALL ".join(f"SELECT * FROM ({part})" for part in parts)  # noqa: S608
    return (
        f"SELECT {model.COLUMNS} FROM ({union} ORDER BY {order} LIMIT {limit}) AS p "  # noqa: S608
        f"JOIN images AS i ON i.id = p.found ORDER BY {order}"
    )


def _after(ctx: Context, search: Search) -> tuple[list[str], list[Any]]:
    """The condition that a row comes after the marker in this order."""
    if not search.marker:
        return [], []
    try:
        access.visible(ctx, search.marker)
    except NotFound as missing:
        raise BadRequest(missing.message) from None
    columns = [SORTABLE[key] for key, _ in search.sort]
    sql = f"SELECT {', '.join(columns)} FROM images AS i WHERE i.id = ?"  # noqa: S608
    values = list(row(sql, (search.marker,)) or ())
    directions = [direction for _, direction in search.sort]
    if len(set(directions)) == 1:
        # A row comparison can walk an index; a chain of ORs cannot.
        marks = ", ".join("?" * len(columns))
        return [f"({', '.join(columns)}) {_OPPOSITE[directions[0]]} ({marks})"], values
    return _chain(columns, directions, values)


def _chain(columns: list[str], directions: list[str], values: list[Any]) -> tuple[list[str], list[Any]]:
    """The same for mixed directions: beyond in one column, equal in those before it."""
    choices, params = [], []
    for at, direction in enumerate(directions):
        equal = [f"{column} = ?" for column in columns[:at]]
        choices.append(" AND ".join([*equal, f"{columns[at]} {_OPPOSITE[direction]} ?"]))
        params += values[: at + 1]
    return [f"({' OR '.join(f'({choice})' for choice in choices)})"], params
