"""POST /signup and what its form needs to know. Faults come in Keystone's envelope."""

from stacklab.http.dispatch import Mount
from stacklab.http.faults import KEYSTONE
from stacklab.http.reply import Reply, created, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route, Table
from stacklab.signup import PREFIX
from stacklab.signup.schema import NewAccount
from stacklab.signup.service import Signup


def show(service: Signup, _request: Request) -> Reply:
    return ok(service.facts())


def register(service: Signup, request: Request) -> Reply:
    made = service.register(request.address, request.body)
    user = {"id": made.user_id, "name": made.user_name}
    return created({"user": user, "project": {"id": made.project_id, "name": made.project_name}})


ROUTES = [
    Route("GET", "/", show, public=True),
    Route("POST", "/", register, body=NewAccount, public=True, hashes=True, max_body=16384),
]


def mount(service: Signup) -> Mount:
    return Mount(PREFIX, service, Table(ROUTES), KEYSTONE)
