"""/regions/v1: for operators (invitations, removal, administrators), for anybody (the cards), for nodes (the rest).

What a node asks is sealed with its key; what it is told is sealed with home's, refusals of a removed node included.
"""

import asyncio
from typing import Any

import msgspec

from stacklab.core import clock
from stacklab.core.errors import BadRequest, Gone
from stacklab.http.dispatch import Mount
from stacklab.http.faults import KEYSTONE
from stacklab.http.number import whole
from stacklab.http.reply import Reply, accepted, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route, Table
from stacklab.http.schema import decode
from stacklab.regions import PREFIX, seal
from stacklab.regions.home import invites, records
from stacklab.regions.home.records import DRAINING, Invite, Node
from stacklab.regions.home.schema import InviteBody, JoinRequest, Report, S3Question
from stacklab.regions.home.service import Home

_LONGEST_WAIT = 25  # seconds


def regions(home: Home, _request: Request) -> Reply:
    return ok({"regions": home.cards()})


def _invite(invite: Invite) -> dict[str, Any]:
    return {
        "id": invite.id,
        "name": invite.name,
        "sponsor": invite.sponsor,
        "sponsor_url": invite.sponsor_url,
        "trusted": bool(invite.trusted),
        "state": invite.state(clock.now()),
        "created_at": clock.iso(invite.created_at),
        "expires_at": clock.iso(invite.expires_at),
    }


def list_invites(_home: Home, request: Request) -> Reply:
    request.ctx.authorize("regions:invites:read")
    return ok({"invites": [_invite(invite) for invite in records.invites()]})


def create_invite(home: Home, request: Request) -> Reply:
    request.ctx.authorize("regions:invites:write")
    invite, text = home.invite(request.body.invite)
    return created({"invite": {**_invite(invite), "join_token": text}})


def revoke_invite(_home: Home, request: Request) -> Reply:
    request.ctx.authorize("regions:invites:write")
    invites.revoke(request.path["invite_id"])
    return no_content()


def remove(home: Home, request: Request) -> Reply:
    request.ctx.authorize("regions:regions:remove")
    left = home.remove(request.path["name"], request.query.get("force") in ("1", "true", "True"))
    return accepted({"draining": {"servers": left}}) if left else no_content()


def list_admins(home: Home, request: Request) -> Reply:
    request.ctx.authorize("regions:admins:read")
    return ok({"admins": [{"user_id": u} for u in home.registry.administrators(request.path["name"])]})


def appoint(home: Home, request: Request) -> Reply:
    request.ctx.authorize("regions:admins:write")
    home.registry.appoint(request.path["name"], request.path["user_id"])
    return no_content()


def dismiss(home: Home, request: Request) -> Reply:
    request.ctx.authorize("regions:admins:write")
    home.registry.dismiss(request.path["name"], request.path["user_id"])
    return no_content()


def key(home: Home, _request: Request) -> Reply:
    """Home's public key, for a node that has its fingerprint."""
    return ok({"key": seal.public_text(home.key.public_key())})


def join(home: Home, request: Request) -> Reply:
    node = home.join(request.body)
    told = {
        "node": node.id,
        "region": node.name,
        "trusted": bool(node.trusted),
        "identity": f"{request.root}/identity",
        "feed": "/regions/v1/feed",
    }
    return _sealed(home, request.body.proof, 201, told)


def _sealed(home: Home, question: str, status: int, told: Any) -> Reply:
    body = msgspec.json.encode(told)
    return Reply(status, body, {seal.SEAL: seal.answer(home.key, question, status, body)})


async def feed(home: Home, request: Request) -> Reply:
    """What follows `after`, at once where there is something, else within `wait` seconds."""
    question = request.headers.get(seal.SEAL, "")
    try:
        node = home.who(request.headers, request.method, _target(request), b"")
    except Gone as gone:
        return _sealed(home, question, 410, {"removed": gone.message})
    after, wait = whole(request.query.get("after") or "0"), whole(request.query.get("wait") or "0")
    if after is None or wait is None or after < 0:
        raise BadRequest("Invalid input for query parameter after or wait: it is not a whole number.")
    home.acknowledge(node, after)
    if after > home.feed.latest():  # home was restored from a backup: all of it is told again
        after = 0
    entries = await _news(home, node, after, min(wait, _LONGEST_WAIT))
    told = {"after": after, "entries": entries, "draining": home.registry.draining(node.name)}
    return _sealed(home, question, 200, told)


async def _news(home: Home, node: Node, after: int, wait: int) -> list[Any]:
    """Nothing is news too: where the node began to drain while it waited, it is to hear so."""
    loop = asyncio.get_running_loop()
    until = loop.time() + wait
    bell = home.feed.bell
    while True:
        with bell.listening() as heard:
            entries = home.feed.after(after)
            left = until - loop.time()
            drains = home.registry.draining(node.name) != (node.state == DRAINING)
            if entries or drains or left <= 0 or bell.closed:
                return entries
            await bell.wait(heard, left)


async def report(home: Home, request: Request) -> Reply:
    body = await request.read()
    question = request.headers.get(seal.SEAL, "")
    try:
        node: Node = home.who(request.headers, request.method, _target(request), body)
    except Gone as gone:
        return _sealed(home, question, 410, {"removed": gone.message})
    taken, refused = home.report(node, decode(body, Report, KEYSTONE))
    told = {"taken": taken, "refused": [[number, why] for number, why in refused.items()]}
    return _sealed(home, question, 200, told)


async def s3_key(home: Home, request: Request) -> Reply:
    """Who signed a request that came to a node, and the key that this is checked with from now on."""
    body = await request.read()
    question = request.headers.get(seal.SEAL, "")
    try:
        node: Node = home.who(request.headers, request.method, _target(request), body)
    except Gone as gone:
        return _sealed(home, question, 410, {"removed": gone.message})
    return _sealed(home, question, 200, {"told": home.s3_keys.tell(node, decode(body, S3Question, KEYSTONE))})


def _target(request: Request) -> str:
    """Path and query as they were sealed."""
    query = "&".join(f"{name}={value}" for name, value in request.query.pairs)
    return request.target + (f"?{query}" if query else "")


ROUTES = [
    Route("GET", "/v1/regions", regions, public=True),
    Route("DELETE", "/v1/regions/{name}", remove),
    Route("GET", "/v1/regions/{name}/admins", list_admins),
    Route("PUT", "/v1/regions/{name}/admins/{user_id}", appoint),
    Route("DELETE", "/v1/regions/{name}/admins/{user_id}", dismiss),
    Route("GET", "/v1/invites", list_invites),
    Route("POST", "/v1/invites", create_invite, body=InviteBody),
    Route("DELETE", "/v1/invites/{invite_id}", revoke_invite),
    Route("GET", "/v1/key", key, public=True),
    Route("POST", "/v1/join", join, body=JoinRequest, public=True, max_body=32768),
    Route("GET", "/v1/feed", feed, public=True, stream=True),
    Route("POST", "/v1/report", report, public=True, stream=True, max_body=4 << 20),
    Route("POST", "/v1/s3-keys", s3_key, public=True, stream=True, max_body=64 << 10),
]


def mount(home: Home) -> Mount:
    return Mount(PREFIX, home, Table(ROUTES), KEYSTONE, page=True)
