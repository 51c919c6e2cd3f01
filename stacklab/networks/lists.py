"""One list request: filters, sorting and pages turned into one query that walks an index from where the page begins."""

from typing import Any, TypeVar
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from stacklab.core.db.database import row
from stacklab.http.context import Context
from stacklab.http.number import whole
from stacklab.http.request import Query, Request
from stacklab.networks import refusals, store
from stacklab.networks.filters import Clause, Column, Listing, among
from stacklab.networks.model import Resource
from stacklab.networks.values import flag

_OWN = ("fields", "limit", "marker", "page_reverse", "sort_key", "sort_dir")
R = TypeVar("R", bound=Resource)


class Order(Struct, frozen=True):
    column: Column
    descending: bool


class Window(Struct, frozen=True):
    """`limit` None: everything. `reverse`: the page before the marker instead of after it."""

    limit: int | None
    marker: str | None
    reverse: bool


def fetch(listing: Listing, kind: type[R], request: Request) -> tuple[list[R], list[dict[str, str]]]:
    """The rows this caller asked for and may see, and the links to the pages around them."""
    window, order = _window(request.query), _order(listing, request.query)
    clauses = _filters(listing, request.query)
    if not request.ctx.admin:
        clauses.append((listing.visible, (request.ctx.project_id,)))
    if window.reverse:
        order = [replace(each, descending=not each.descending) for each in order]
    if window.marker is not None:
        clauses.append(_beyond(listing, order, window.marker, request.ctx))
    found = _select(kind, clauses, order, window.limit)
    if window.reverse:
        found.reverse()
    return found, _links(request, window, [each.id for each in found])


def _select(kind: type[R], clauses: list[Clause], order: list[Order], limit: int | None) -> list[R]:
    where = " AND ".join(clause for clause, _ in clauses) or "1 = 1"
    by = ", ".join(f"{each.column.sql} {'DESC' if each.descending else 'ASC'}" for each in order)
    end = "" if limit is None else f" LIMIT {limit}"
    params = tuple(value for _, values in clauses for value in values)
    return store.select(kind, f"WHERE {where} ORDER BY {by}{end}", params)


def _filters(listing: Listing, query: Query) -> list[Clause]:
    """Different attributes must all hold. Raises BadRequest for an attribute the list has not."""
    asked = [name for name in query.names() if name not in _OWN]
    unknown = [name for name in asked if name not in listing.columns and name not in listing.questions]
    if unknown:
        raise refusals.invalid(f"{unknown} is invalid attribute for filtering")
    return [
        listing.questions[name](query.all(name))
        if name in listing.questions
        else among(listing.columns[name], name, query.all(name))
        for name in asked
    ]


def _order(listing: Listing, query: Query) -> list[Order]:
    """As asked, and by id where that leaves rows equal. A key given again orders nothing, and would cost its square."""
    keys, directions = query.all("sort_key"), query.all("sort_dir")
    if directions and len(keys) != len(directions):
        raise refusals.invalid("The number of sort_keys and sort_dirs must be same")
    if wrong := [each for each in directions if each not in ("asc", "desc")]:
        raise refusals.invalid(f"{wrong[0]} is invalid value for sort_dirs, valid value is 'asc' and 'desc'")
    if wrong := [key for key in keys if key not in listing.columns]:
        raise refusals.invalid(f"{wrong} is invalid attribute for sort_keys")
    found: dict[str, Order] = {}
    for key, direction in zip(keys, directions or ["asc"] * len(keys), strict=True):
        found.setdefault(key, Order(listing.columns[key], direction == "desc"))
    found.setdefault("id", Order(listing.columns["id"], descending=False))
    return list(found.values())


def _window(query: Query) -> Window:
    text = query.get("limit")
    limit = whole(text) if text is not None else 0
    if limit is None or limit < 0:
        raise refusals.invalid(f"Limit must be an integer 0 or greater and not '{text}'")
    reverse = flag("page_reverse", query.get("page_reverse") or "false")
    return Window(min(limit, 1 << 31) or None, query.get("marker") or None, reverse)


def _beyond(listing: Listing, order: list[Order], marker: str, ctx: Context) -> Clause:
    """The rows that come after the marker's: by the first key, or equal there and by the second, and so on.

    What the caller may not see is no marker: where one's own rows stand beside it would tell what it holds.
    """
    wanted = ", ".join(each.column.sql for each in order)
    seen, whose = ("1 = 1", ()) if ctx.admin else (listing.visible, (ctx.project_id,))
    found = row(f"SELECT {wanted} FROM {listing.kind.TABLE} AS t WHERE t.id = ? AND {seen}", (marker, *whose))  # noqa: S608
    if found is None:
        raise refusals.missing(listing.kind.TABLE, marker)
    ways: list[str] = []
    params: list[Any] = []
    for at, each in enumerate(order):
        equal = [f"{before.column.sql} = ?" for before in order[:at]]
        ways.append(" AND ".join([*equal, f"{each.column.sql} {'<' if each.descending else '>'} ?"]))
        params += found[: at + 1]
    return "(" + " OR ".join(f"({way})" for way in ways) + ")", tuple(params)


def _links(request: Request, window: Window, ids: list[str]) -> list[dict[str, str]]:
    """Neutron's: a next page unless this one is short, a previous one likewise; none when no limit was asked for."""
    if window.limit is None:
        return []
    full = len(ids) >= window.limit
    links = []
    if ids and (full or window.reverse):
        links.append({"rel": "next", "href": _page(request, ids[-1], reverse=False)})
    if ids and (full or not window.reverse):
        links.append({"rel": "previous", "href": _page(request, ids[0], reverse=True)})
    return links


def _page(request: Request, marker: str, *, reverse: bool) -> str:
    pairs = [pair for pair in request.query.pairs if pair[0] not in ("marker", "page_reverse")]
    pairs.append(("marker", marker))
    if reverse:
        pairs.append(("page_reverse", "True"))
    return f"{request.url}?{urlencode(pairs)}"


def chosen(view: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    """Only the fields asked for; unknown ones are no error in Neutron."""
    return {name: view[name] for name in fields if name in view} if fields else view
