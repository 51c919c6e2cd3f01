"""The contents page of the object store. Every route is public: who may is for the account and the container to say."""

from stacklab.core import clock, ids
from stacklab.http.dispatch import Mount
from stacklab.http.request import Request
from stacklab.http.routes import Route, Table
from stacklab.objects import PREFIX, TYPE
from stacklab.objects.api import accounts, containers, info, objects, origins, site
from stacklab.objects.api.gate import Call, behind
from stacklab.objects.faults import SWIFT
from stacklab.objects.metadata import LIMITS
from stacklab.objects.service import Objects

_ACCOUNT = "/v1/{account}"
_CONTAINER = "/v1/{account}/{container}"
_OBJECT = "/v1/{account}/{container}/{object:rest}"
_MOST = LIMITS["max_file_size"]


def _route(method: str, path: str, call: Call) -> Route:
    return Route(method, path, call, public=True, stream=True, max_body=_MOST)


def _gated(method: str, path: str, call: Call) -> Route:
    return _route(method, path, behind(call))


ROUTES = [
    _route("GET", "/info", info.show),
    _route("OPTIONS", "/info", origins.options_of_info),
    _route("GET", "/healthcheck", info.healthy),
    _route("GET", "/crossdomain.xml", info.crossdomain),
    _route("GET", "/endpoints/{rest:rest}", info.located),
    _gated("GET", _ACCOUNT, accounts.show),
    _gated("HEAD", _ACCOUNT, accounts.show),
    _gated("PUT", _ACCOUNT, accounts.create),
    _gated("POST", _ACCOUNT, accounts.update),
    _gated("DELETE", _ACCOUNT, accounts.delete),
    _gated("GET", _CONTAINER, site.before(containers.show)),
    _gated("HEAD", _CONTAINER, site.before(containers.show)),
    _gated("PUT", _CONTAINER, containers.create),
    _gated("POST", _CONTAINER, containers.update),
    _gated("DELETE", _CONTAINER, containers.delete),
    _gated("GET", _OBJECT, site.before(objects.show)),
    _gated("HEAD", _OBJECT, site.before(objects.show)),
    _gated("PUT", _OBJECT, objects.create),
    _gated("POST", _OBJECT, objects.update),
    _gated("COPY", _OBJECT, objects.copy),
    _gated("DELETE", _OBJECT, objects.delete),
    _route("OPTIONS", _ACCOUNT, origins.options),
    _route("OPTIONS", _CONTAINER, origins.options),
    _route("OPTIONS", _OBJECT, origins.options),
]


def mount(service: Objects) -> Mount:
    return Mount(
        PREFIX,
        service,
        Table(ROUTES),
        SWIFT,
        older_request_id=b"x-trans-id",
        realm=_realm,
        new_id=_transaction_id,
        type=TYPE,
        flat=True,
    )


def _realm(request: Request) -> str:
    """The account that is asked for, as Swift's challenge names it."""
    parts = request.target.removeprefix(PREFIX).split("/")
    name = parts[2] if len(parts) > 2 and parts[1] == "v1" else ""
    return "".join(letter for letter in name if letter.isprintable() and letter not in '"\\') or "unknown"


def _transaction_id() -> str:
    """Swift's form: `tx`, 21 hex digits, the second."""
    return f"tx{ids.new_hex()[:21]}-{clock.now() // clock.SECOND:010x}"
