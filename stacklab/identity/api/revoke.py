"""What is void: the list of revocations, a user's tokens all at once, and what Keystone has of its past."""

from stacklab.core import clock
from stacklab.core.db.database import durable
from stacklab.core.errors import BadRequest, Forbidden, Gone
from stacklab.http.reply import Reply, no_content
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import revoke_events, users
from stacklab.identity.api.collections import collection, found
from stacklab.identity.delegation import require_own
from stacklab.identity.service import Identity


def events(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:revoke_events:list")
    since = request.query.get("since")
    try:
        moment = clock.parse(since) if since else 0
    except ValueError:
        raise BadRequest(f"invalidate date format {since}") from None
    listed = [
        {**about, "issued_before": clock.iso_us(at), "revoked_at": clock.iso_us(at)}
        for at, about in revoke_events.since(moment)
    ]
    return collection(request, "events", listed)


def of_user(service: Identity, request: Request) -> Reply:
    user_id = request.path["user_id"]
    request.ctx.authorize("identity:tokens:revoke", user_id=user_id)
    require_own(request.ctx.caller, "Delegated tokens cannot revoke all tokens of a user")
    user = found(users.find(user_id), "user", user_id)
    with durable():
        service.revocations.revoke(user.id)
    return no_content()


def revoked_pki(_service: Identity, _request: Request) -> Reply:
    raise Forbidden("You are not authorized to perform the requested action.")


def certificate(_service: Identity, _request: Request) -> Reply:
    raise Gone("This API is no longer available due to the removal of support for PKI tokens.")


ROUTES = [
    Route("GET", "/v3/OS-REVOKE/events", events),
    Route("DELETE", "/v3/users/{user_id}/tokens", of_user),
    Route("GET", "/v3/auth/tokens/OS-PKI/revoked", revoked_pki, public=True),
    Route("GET", "/v3/OS-SIMPLE-CERT/ca", certificate, public=True),
    Route("GET", "/v3/OS-SIMPLE-CERT/certificates", certificate, public=True),
]
