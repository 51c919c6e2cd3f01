"""One server: how to reach it, how it came up, what it says, what it is."""

import asyncio
import re
from typing import Any

from starlette.responses import PlainTextResponse, Response

from stacklab.console import leases, rows, trace
from stacklab.console.faults import Fault
from stacklab.console.page import Page

Json = dict[str, Any]
LOG_LINES = 200
SERVERS = "/compute/v2.1/servers"
DEFAULT_USER = "lab"
# Escape sequences of terminals (ECMA-48) and control characters: a log is text here.
UNPRINTABLE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]|[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")


async def show(page: Page) -> Response:
    server = str(page.request.path_params["id"])
    found = await _server(page, server)
    if found is None:
        text = page._("There is no such server. It may have been deleted.")
        return page.render("missing.html", 404, message=text)
    shown, lease = await asyncio.gather(facts(page, found), leases.of_server(page, server))
    return page.render("server.html", **shown, lease=lease)


async def whole_log(page: Page) -> Response:
    """The serial console's log as plain text."""
    text = await _log(page, str(page.request.path_params["id"]), None)
    return PlainTextResponse(text, headers={"Cache-Control": "no-store"})


async def facts(page: Page, found: Json) -> Json:
    """Everything the page shows about one server; what cannot be had is left out rather than failing the page."""
    id = found["id"]
    row = rows.row(found, page.desk.pending.of(page.me.who.project_id))
    image, action, log, groups = await asyncio.gather(
        _image(page, row.image), _created(page, id), _log(page, id, LOG_LINES), _groups(page, id)
    )
    return {
        "row": row,
        "image": image,
        "user": image.get("os_admin_user") or DEFAULT_USER,
        "trace": trace.trace(action, log, page._),
        "log": log,
        "groups": groups,
        "addresses": found.get("addresses") or {},
        "ssh_open": any(_opens_ssh(rule) for group in groups for rule in group["security_group_rules"]),
        "explain": rows.explain,
        "busy": row.busy,
    }


async def _server(page: Page, id: str) -> Json | None:
    try:
        found: Json = (await page.api.get(f"{SERVERS}/{id}"))["server"]
    except Fault as fault:
        if fault.status == 404:
            return None
        raise
    return found


async def _image(page: Page, id: str) -> Json:
    if not id:
        return {}
    try:
        found: Json = await page.api.get(f"/image/v2/images/{id}")
    except Fault:
        return {"name": id}  # deleted since
    return found


async def _created(page: Page, id: str) -> Json | None:
    """The server's `create` action with its events."""
    try:
        actions = (await page.api.get(f"{SERVERS}/{id}/os-instance-actions"))["instanceActions"]
        made = next((action for action in actions if action["action"] == "create"), None)
        if made is None:
            return None
        detail = await page.api.get(f"{SERVERS}/{id}/os-instance-actions/{made['request_id']}")
    except Fault:
        return None
    found: Json = detail["instanceAction"]
    return found


async def _log(page: Page, id: str, length: int | None) -> str:
    try:
        answer = await page.api.post(f"{SERVERS}/{id}/action", {"os-getConsoleOutput": {"length": length}})
    except Fault:
        return ""  # not started yet
    return UNPRINTABLE.sub("", str(answer["output"]).replace("\r\n", "\n"))


async def _groups(page: Page, id: str) -> list[Json]:
    """The security groups on the server's ports, with their rules."""
    try:
        ports = (await page.api.get("/network/v2.0/ports", device_id=id))["ports"]
        wanted = {group for port in ports for group in port["security_groups"]}
        found = (await page.api.get("/network/v2.0/security-groups"))["security_groups"] if wanted else []
    except Fault:
        return []
    return [group for group in found if group["id"] in wanted]


def _opens_ssh(rule: Json) -> bool:
    low, high = rule.get("port_range_min"), rule.get("port_range_max")
    anyone = rule.get("remote_ip_prefix") in (None, "0.0.0.0/0") and not rule.get("remote_group_id")
    covers = low is None or low <= 22 <= (high or low)
    return rule["direction"] == "ingress" and anyone and rule.get("protocol") in (None, "tcp") and covers
