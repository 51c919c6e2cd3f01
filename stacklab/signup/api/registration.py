"""Becoming somebody, and forgetting one's password."""

from stacklab.core import clock
from stacklab.http.reply import Reply, accepted, created, no_content, ok
from stacklab.http.request import Request
from stacklab.identity.service import Newcomer
from stacklab.signup import languages, links
from stacklab.signup.service import Signup


def show(service: Signup, _request: Request) -> Reply:
    return ok(service.facts())


def challenge(service: Signup, _request: Request) -> Reply:
    made = service.proofs.challenge()
    body = {"text": made.text, "bits": made.bits, "expires_at": clock.iso(made.expires_at)}
    return Reply(200, {"challenge": body}, {"cache-control": "no-store"})


def register(service: Signup, request: Request) -> Reply:
    made = service.registration.register(request.address, request.body, _language(request))
    if isinstance(made, Newcomer):
        return created(_newcomer(made))
    return accepted({"verification": {"email": made.email, "expires_at": clock.iso(made.expires_at)}})


def resend(service: Signup, request: Request) -> Reply:
    service.registration.resend(request.address, request.body.email, _language(request))
    return accepted({"verification": {"email": request.body.email.lower()}})


def link(_service: Signup, request: Request) -> Reply:
    found = links.find(request.body.token, links.VERIFY, links.RESET)
    return ok({"link": {"kind": found.kind, "email": found.email, "expires_at": clock.iso(found.expires_at)}})


def verify(service: Signup, request: Request) -> Reply:
    return created(_newcomer(service.registration.verify(request.body.token, request.body.password)))


def reset(service: Signup, request: Request) -> Reply:
    service.resets.ask(request.address, request.body.email, _language(request))
    return accepted({"reset": {"email": request.body.email.lower()}})


def set_password(service: Signup, request: Request) -> Reply:
    service.resets.set(request.body.token, request.body.password)
    return no_content()


def _newcomer(made: Newcomer) -> dict[str, dict[str, str]]:
    user = {"id": made.user_id, "name": made.user_name}
    return {"user": user, "project": {"id": made.project_id, "name": made.project_name}}


def _language(request: Request) -> str:
    return languages.choose(request.body.language, request.headers.get("accept-language", ""))
