"""What lists have in common: Keystone's filters, `limit` and `marker`, the envelope with its links; and 404s."""

from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from stacklab.core.errors import BadRequest, NotFound
from stacklab.http import pages
from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request

T = TypeVar("T")
_MOST = 1_000_000  # Keystone sends everything unless asked otherwise
_FALSE = ("0", "false", "no", "off", "n", "f")
_COMPARE = {
    "": "{} = ?",
    "__contains": "instr({}, ?) > 0",
    "__icontains": "instr(lower({}), lower(?)) > 0",
    "__startswith": "instr({}, ?) = 1",
    "__istartswith": "instr(lower({}), lower(?)) = 1",
    "__endswith": "substr({0}, length({0}) - length(?) + 1) = ?",
    "__iendswith": "lower(substr({0}, length({0}) - length(?) + 1)) = lower(?)",
}


def found(thing: T | None, kind: str, name: str) -> T:
    """The thing, or Keystone's 404."""
    if thing is None:
        raise NotFound(f"Could not find {kind}: {name}.")
    return thing


def only(request: Request, *names: str) -> None:
    """Where Keystone knows every filter of a list, another one is refused. Raises BadRequest."""
    for name in request.query.names():
        if name not in names:
            raise BadRequest(f"Additional properties are not allowed ('{name}' was unexpected)")


def truth(text: str) -> bool:
    """A boolean in a query string as Keystone reads it: everything but a clear no is yes."""
    return text.lower() not in _FALSE


def conditions(
    request: Request, texts: tuple[str, ...], booleans: tuple[str, ...] = (), domain_id: str | None = None
) -> tuple[str, list[Any]]:
    """SQL after WHERE for the filters in the query string, and for the page; column names are the handler's own.

    `domain_id` confines a domain's own manager to it.
    """
    clauses = ["1 = 1"] if domain_id is None else ["domain_id = ?"]
    params: list[Any] = [] if domain_id is None else [domain_id]
    for column in texts:
        for suffix, form in _COMPARE.items():
            value = request.query.get(column + suffix)
            if value is not None:
                clauses.append(form.format(column))
                params += [value] * form.count("?")
    for column in booleans:
        value = request.query.get(column)
        if value is not None:
            clauses.append(f"{column} = ?")
            params.append(truth(value))
    page = pages.page(request, _MOST)
    if page.marker is not None:
        clauses.append("id > ?")
        params.append(page.marker)
    return f"{' AND '.join(clauses)} ORDER BY id LIMIT {page.limit}", params


def collection(request: Request, noun: str, items: list[dict[str, Any]], fetched: Sequence[str] | None = None) -> Reply:
    """`{noun: [...], links: {...}}`. A list read under `conditions` gives the ids it `fetched`: a full page of them
    links to the next one, and says that it is `truncated`.
    """
    query = f"?{urlencode(request.query.pairs)}" if request.query else ""
    links: dict[str, str | None] = {"next": None, "self": request.url + query, "previous": None}
    if fetched and len(fetched) == pages.page(request, _MOST).limit:
        links["next"] = pages.next_url(request, fetched[-1])
        return ok({"links": links, noun: items, "truncated": True})
    return ok({"links": links, noun: items})
