"""Security groups: what may come in, in words, with the usual rules one click away."""

import asyncio
import ipaddress
from typing import Any

from starlette.datastructures import FormData
from starlette.responses import Response

from stacklab.console import build
from stacklab.console.faults import Fault
from stacklab.console.page import Page

Json = dict[str, Any]
GROUPS = "/network/v2.0/security-groups"
RULES = "/network/v2.0/security-group-rules"
ANYONE = {None, "0.0.0.0/0", "::/0"}
QUICK: dict[str, tuple[str, int | None]] = {
    "SSH": ("tcp", 22),
    "HTTP": ("tcp", 80),
    "HTTPS": ("tcp", 443),
    "Ping": ("icmp", None),
}


async def show_all(page: Page) -> Response:
    return await _list(page)


async def create(page: Page) -> Response:
    form = await page.form()
    name = str(form.get("name", "")).strip()
    if not 1 <= len(name) <= 255:
        return await _list(page, name, page._("Give it a name of at most 255 characters."))
    try:
        made = (await page.api.post(GROUPS, {"security_group": {"name": name}}))["security_group"]
    except Fault as fault:
        return await _list(page, name, page.explain(fault))
    return page.go(f"{GROUPS_PAGE}/{made['id']}")


GROUPS_PAGE = "/security-groups"


async def show(page: Page) -> Response:
    return await _show(page, str(page.request.path_params["id"]))


async def change(page: Page) -> Response:
    """`do`: quick:NAME, mine:RULE (only my address), add (the form), rule-delete:RULE, delete."""
    form = await page.form()
    group = str(page.request.path_params["id"])
    verb, _, what = str(form.get("do", "")).partition(":")
    try:
        if verb == "delete":
            await page.api.delete(f"{GROUPS}/{group}")
            page.say(page._("Security group deleted."))
            return page.go(GROUPS_PAGE)
        error = await _change_rules(page, form, group, verb, what)
    except Fault as fault:
        error = page.explain(fault)
    return await _show(page, group, error) if error else page.go(f"{GROUPS_PAGE}/{group}")


async def _change_rules(page: Page, form: FormData, group: str, verb: str, what: str) -> str:
    """Do it; returns what is wrong, or "". Raises Fault."""
    if verb == "rule-delete":
        await page.api.delete(f"{RULES}/{what}")
    elif verb == "quick" and what in QUICK:
        protocol, port = QUICK[what]
        source = _mine(page) if form.get("only_me") else "0.0.0.0/0"
        await _add(page, build.rule(group, protocol, port, port, source))
    elif verb == "mine":
        await _narrow(page, group, what)
    elif verb == "add":
        return await _add_typed(page, form, group)
    return ""


async def _narrow(page: Page, group: str, rule_id: str) -> None:
    """Replace a rule open to anyone by the same for the visitor's address; never a moment without either."""
    found = (await page.api.get(f"{GROUPS}/{group}"))["security_group"]["security_group_rules"]
    old = next((rule for rule in found if rule["id"] == rule_id), None)
    if old is None:
        raise Fault(404, "no such rule")
    await _add(page, build.rule(group, old["protocol"], old["port_range_min"], old["port_range_max"], _mine(page)))
    await page.api.delete(f"{RULES}/{rule_id}")


async def _add_typed(page: Page, form: FormData, group: str) -> str:
    protocol, ports = str(form.get("protocol", "tcp")), str(form.get("ports", "")).strip()
    source = str(form.get("source", "")).strip() or "0.0.0.0/0"
    try:
        network = str(ipaddress.ip_network(source, strict=False))
    except ValueError:
        return page._("The source is an address or a network, like 203.0.113.0/24.")
    low, high = _ports(ports) if protocol in ("tcp", "udp") else (None, None)
    if ports and protocol in ("tcp", "udp") and low is None:
        return page._("Ports are a number from 1 to 65535, or two with a hyphen, like 8000-8100.")
    await _add(page, build.rule(group, None if protocol == "any" else protocol, low, high, network))
    return ""


async def _add(page: Page, rule: Json) -> None:
    try:
        await page.api.post(RULES, {"security_group_rule": rule})
    except Fault as fault:
        if fault.status != 409 or "uota" in fault.message:
            raise
        page.say(page._("That rule is there already."))


def _ports(text: str) -> tuple[int | None, int | None]:
    low, _, high = text.partition("-")
    try:
        first, last = int(low), int(high or low)
    except ValueError:
        return None, None
    return (first, last) if 1 <= first <= last <= 65535 else (None, None)


def _mine(page: Page) -> str:
    address = ipaddress.ip_address(page.address or "127.0.0.1")
    return f"{address}/{address.max_prefixlen}"


async def _list(page: Page, name: str = "", error: str = "") -> Response:
    found = (await page.api.get(GROUPS))["security_groups"]
    users = await _users(page)
    groups = sorted(found, key=lambda group: (group["name"] != "default", group["name"]))
    return page.render("groups.html", 422 if error else 200, groups=groups, users=users, name=name, error=error)


async def _users(page: Page) -> dict[str, set[str]]:
    """Group id → the servers that wear it."""
    ports = (await page.api.get("/network/v2.0/ports"))["ports"]
    users: dict[str, set[str]] = {}
    for port in ports:
        if str(port.get("device_owner", "")).startswith("compute:"):
            for group in port["security_groups"]:
                users.setdefault(group, set()).add(port["device_id"])
    return users


async def _show(page: Page, id: str, error: str = "") -> Response:
    try:
        group, users, servers = await asyncio.gather(
            page.api.get(f"{GROUPS}/{id}"), _users(page), page.api.get("/compute/v2.1/servers/detail")
        )
    except Fault as fault:
        if fault.status != 404:
            raise
        return page.render("missing.html", 404, message=page._("There is no such security group."))
    found = group["security_group"]
    wearing = [server for server in servers["servers"] if server["id"] in users.get(id, set())]
    rules = sorted(
        found["security_group_rules"], key=lambda r: (r["direction"] != "ingress", r.get("port_range_min") or 0)
    )
    return page.render(
        "group.html", 422 if error else 200, group=found, rules=rules, wearing=wearing, error=error, quick=QUICK,
        anyone=lambda r: r["direction"] == "ingress" and r["remote_ip_prefix"] in ANYONE and not r["remote_group_id"],
        mine=_mine(page),
    )  # fmt: skip
