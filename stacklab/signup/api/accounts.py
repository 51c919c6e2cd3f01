"""One's own account and its second factor; other people's, for administrators."""

from typing import Any

from stacklab.core import clock
from stacklab.http.reply import Reply, accepted, no_content, ok
from stacklab.http.request import Request
from stacklab.identity.accounts import Account
from stacklab.signup.accounts import Suspension, shown, suspension
from stacklab.signup.second_factor import DIGITS, PERIOD
from stacklab.signup.service import Signup


def show_own(service: Signup, request: Request) -> Reply:
    account = service.accounts.own(request.ctx)
    return ok({"account": shown(account, service.second_factor.left(account))})


def leave(service: Signup, request: Request) -> Reply:
    service.accounts.leave(request.ctx, request.address, request.body.password)
    return accepted()


# --- second factor


def enrol(service: Signup, request: Request) -> Reply:
    secret, uri = service.second_factor.enrol(service.accounts.own(request.ctx))
    body = {"secret": secret, "uri": uri, "digits": DIGITS, "period": PERIOD}
    return Reply(201, {"totp": body}, {"cache-control": "no-store"})


def confirm(service: Signup, request: Request) -> Reply:
    account = service.accounts.own(request.ctx)
    return _codes(service.second_factor.confirm(account, request.address, request.body.code))


def renew_codes(service: Signup, request: Request) -> Reply:
    account = service.accounts.own(request.ctx)
    return _codes(service.second_factor.renew_codes(account, request.address, request.body.code))


def disable(service: Signup, request: Request) -> Reply:
    account = service.accounts.own(request.ctx)
    service.second_factor.disable(account, request.address, request.body.code)
    return no_content()


def recover(service: Signup, request: Request) -> Reply:
    given = request.body
    service.second_factor.recover(request.address, given.email, given.password, given.code)
    return no_content()


def _codes(codes: list[str]) -> Reply:
    return Reply(200, {"recovery_codes": codes}, {"cache-control": "no-store"})


# --- administrators


def show(service: Signup, request: Request) -> Reply:
    account = service.accounts.get(request.ctx, request.path["user_id"])
    return ok({"account": _whole(service, account)})


def suspensions(service: Signup, request: Request) -> Reply:
    found = service.accounts.suspensions(request.ctx)
    return ok({"suspensions": [{"user_id": each.user_id, **_suspension(each)} for each in found]})


def suspend(service: Signup, request: Request) -> Reply:
    service.accounts.suspend(request.ctx, request.path["user_id"], request.body.reason)
    return accepted()


def resume(service: Signup, request: Request) -> Reply:
    service.accounts.resume(request.ctx, request.path["user_id"])
    return accepted()


def delete(service: Signup, request: Request) -> Reply:
    service.accounts.delete(request.ctx, request.path["user_id"])
    return accepted()


def _whole(service: Signup, account: Account) -> dict[str, Any]:
    found = suspension(account.id)
    body = shown(account, service.second_factor.left(account))
    return {**body, "suspended": _suspension(found) if found else None}


def _suspension(found: Suspension) -> dict[str, str]:
    return {"reason": found.reason, "at": clock.iso(found.at), "by": found.by}
