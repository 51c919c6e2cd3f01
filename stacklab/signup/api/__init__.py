"""The paths below /signup. Faults come in Keystone's envelope."""

from typing import Any

from msgspec.structs import replace

from stacklab.http.dispatch import Mount
from stacklab.http.faults import KEYSTONE
from stacklab.http.routes import Handler, Route, Table
from stacklab.signup import PREFIX, schema
from stacklab.signup.api import accounts, leases, registration
from stacklab.signup.service import Signup

_SMALL = 16384  # bytes; strangers send no more

ROUTES = [
    Route("GET", "/", registration.show, public=True),
    Route("GET", "/challenge", registration.challenge, public=True),
    Route("POST", "/", registration.register, body=schema.NewAccount, public=True, hashes=True, max_body=_SMALL),
    Route("POST", "/resend", registration.resend, body=schema.Asking, public=True, max_body=_SMALL),
    Route("POST", "/link", registration.link, body=schema.Held, public=True, max_body=_SMALL),
    Route("POST", "/verify", registration.verify, body=schema.NewPassword, public=True, hashes=True, max_body=_SMALL),
    Route("POST", "/reset", registration.reset, body=schema.Asking, public=True, max_body=_SMALL),
    Route(
        "POST", "/password", registration.set_password, body=schema.NewPassword, public=True, hashes=True,
        max_body=_SMALL,
    ),
    Route("POST", "/totp/recover", accounts.recover, body=schema.Lost, public=True, hashes=True, max_body=_SMALL),
    Route("GET", "/account", accounts.show_own),
    Route("POST", "/account/delete", accounts.leave, body=schema.Goodbye, hashes=True),
    Route("POST", "/totp", accounts.enrol),
    Route("POST", "/totp/confirm", accounts.confirm, body=schema.Code),
    Route("POST", "/totp/codes", accounts.renew_codes, body=schema.Code),
    Route("POST", "/totp/disable", accounts.disable, body=schema.Code),
    Route("GET", "/suspensions", accounts.suspensions),
    Route("GET", "/accounts/{user_id}", accounts.show),
    Route("DELETE", "/accounts/{user_id}", accounts.delete),
    Route("POST", "/accounts/{user_id}/suspend", accounts.suspend, body=schema.Reason),
    Route("POST", "/accounts/{user_id}/resume", accounts.resume),
]  # fmt: skip


def mount(service: Signup) -> Mount:
    """With the leases of this node, where it has servers."""
    own = [replace(route, call=_on_leases(route.call)) for route in leases.ROUTES] if service.leases else []
    return Mount(PREFIX, service, Table([*ROUTES, *own]), KEYSTONE)


def _on_leases(call: Any) -> Handler:
    return lambda service, request: call(service.leases, request)
