"""What the handlers of every collection share: lists, shows and creates of one or many."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from stacklab.core.db.database import transaction
from stacklab.http.reply import Reply, created, ok
from stacklab.http.request import Request
from stacklab.networks import lists, refusals
from stacklab.networks.filters import Listing
from stacklab.networks.model import Resource

R = TypeVar("R", bound=Resource)
View = Callable[[Sequence[R]], list[dict[str, Any]]]


def index(request: Request, listing: Listing, kind: type[R], view: View[R], name: str) -> Reply:
    """A page of a collection under its plural name, with links when a limit was asked for."""
    rows, links = lists.fetch(listing, kind, request)
    fields = request.query.all("fields")
    body: dict[str, Any] = {name: [lists.chosen(each, fields) for each in view(rows)]}
    if links:
        body[f"{name}_links"] = links
    return ok(body)


def show(request: Request, view: dict[str, Any], name: str) -> Reply:
    return ok({name: lists.chosen(view, request.query.all("fields"))})


def create(one: str, many: str, views: list[dict[str, Any]], *, bulk: bool) -> Reply:
    """201 with what was made, in the shape it was asked for."""
    return created({many: views} if bulk else {one: views[0]})


def all_or_nothing(make: Callable[[Any], R], wanted: Sequence[Any]) -> list[R]:
    """Neutron's bulk create: one that fails undoes those before it."""
    with transaction():
        return [make(each) for each in wanted]


def refuse(what: str) -> Callable[[Any, Request], Reply]:
    """A handler that says why nobody makes such a thing here."""

    def refused(_service: Any, _request: Request) -> Reply:
        raise refusals.forbidden(
            f"Policy doesn't allow {what} to be performed: this cloud has one shared network, 'lab', that every server "
            "is on, and 'public' for floating IPs. Networks, subnets and routers of one's own are not offered yet."
        )

    return refused
