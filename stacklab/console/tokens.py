"""A password becomes a token scoped to the person's project; a second factor where there is one; a region's own token.

Sources: Keystone's `POST /v3/auth/tokens`; its receipts (`Openstack-Auth-Receipt` on a 401 says that the password was
right and another method is still wanted).
"""

from typing import Any

import msgspec
from msgspec import Struct

from stacklab.console import places
from stacklab.console.client import Api, segment
from stacklab.console.faults import Fault, message_of
from stacklab.console.places import HERE
from stacklab.console.sessions import Identity
from stacklab.core import clock

Json = dict[str, Any]
TOKENS = "/identity/v3/auth/tokens"


class Receipt(Struct, frozen=True):
    """The password was right; `text` goes with the code of the second step."""

    text: str
    name: str


async def by_password(api: Api, name: str, password: str) -> Identity | Receipt | None:
    """None when name and password do not match. Raises Fault for all else."""
    return await _ask(api, name, {"methods": ["password"], "password": {"user": _user(name) | {"password": password}}})


async def by_code(api: Api, receipt: Receipt, code: str) -> Identity | None:
    """The second step: a code of the person's authenticator. None when it is wrong or the receipt too old."""
    second = api.with_headers({"Openstack-Auth-Receipt": receipt.text})
    identity = {"methods": ["totp"], "totp": {"user": _user(receipt.name) | {"passcode": code}}}
    found = await _ask(second, receipt.name, identity)
    return found if isinstance(found, Identity) else None


async def into(api: Api, who: Identity, region: str, own: str) -> Identity:
    """The same person in a region: home's token made into one that is bound there. `own` is this node's region.

    Raises Fault 401 or 404 where home gives no such token.
    """
    if region in ("", own):
        body = await _show(api, who)
        return msgspec.structs.replace(who, place=HERE, endpoints=places.endpoints(body))
    identity = {"methods": ["token"], "token": {"id": who.token}}
    asked = {"auth": {"identity": identity, "scope": {"project": {"id": who.project_id}}}}
    path = f"/identity/{segment(region)}/v3/auth/tokens"
    status, headers, found = await api.with_token("").exchange("POST", path, asked)
    _raise_for(status, found)
    token = msgspec.json.decode(found)["token"]
    place = places.place(region, headers["x-subject-token"], token)
    return msgspec.structs.replace(who, place=place, endpoints=places.endpoints(token))


async def revoke(api: Api, token: str) -> None:
    """Best effort: a token that cannot be revoked now expires by itself."""
    try:
        await api.with_headers({"X-Subject-Token": token}).exchange("DELETE", TOKENS)
    except Fault:
        return


async def _ask(api: Api, name: str, identity: Json) -> Identity | Receipt | None:
    status, headers, found = await api.exchange("POST", TOKENS, {"auth": {"identity": identity}})
    if status == 401:
        receipt = headers.get("openstack-auth-receipt")
        return Receipt(receipt, name) if receipt else None
    wait = headers.get("retry-after", "")
    _raise_for(status, found, int(wait) if wait.isdecimal() else 0)
    token = msgspec.json.decode(found)["token"]
    if "project" in token:
        return _identity(headers["x-subject-token"], token)
    return await _scope(api, headers["x-subject-token"], token["user"])


async def _scope(api: Api, unscoped: str, user: Json) -> Identity:
    """No default project: use the first one the person has a role on."""
    mine = api.with_token(unscoped)
    projects = (await mine.get("/identity/v3/auth/projects"))["projects"]
    if not projects:
        raise Fault(403, f"{user['name']} has no project")
    return await scoped(api, unscoped, projects[0]["id"])


async def scoped(api: Api, token: str, project: str) -> Identity:
    """Another project of the same person, from a token they have."""
    identity = {"methods": ["token"], "token": {"id": token}}
    asked = {"auth": {"identity": identity, "scope": {"project": {"id": project}}}}
    status, headers, found = await api.with_token("").exchange("POST", TOKENS, asked)
    _raise_for(status, found)
    return _identity(headers["x-subject-token"], msgspec.json.decode(found)["token"])


async def _show(api: Api, who: Identity) -> Json:
    mine = api.with_token(who.token).with_headers({"X-Subject-Token": who.token})
    found: Json = (await mine.get(TOKENS))["token"]
    return found


def _user(name: str) -> Json:
    return {"name": name, "domain": {"id": "default"}}


def _identity(text: str, token: Json) -> Identity:
    user, project = token["user"], token["project"]
    return Identity(
        text,
        clock.parse(token["expires_at"]),
        user["id"],
        user["name"],
        project["id"],
        project["name"],
        places.endpoints(token),
        roles=tuple(role["name"] for role in token.get("roles", [])),
    )


def _raise_for(status: int, body: bytes, wait: int = 0) -> None:
    if status >= 400:
        raise Fault(status, message_of(status, body), wait)
