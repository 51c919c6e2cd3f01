"""The paths below /signup. Faults come in Keystone's envelope."""

from stacklab.http.dispatch import Mount
from stacklab.http.faults import KEYSTONE
from stacklab.http.routes import Route, Table
from stacklab.signup import PREFIX, schema
from stacklab.signup.api import registration
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
]  # fmt: skip


def mount(service: Signup) -> Mount:
    return Mount(PREFIX, service, Table(ROUTES), KEYSTONE)
