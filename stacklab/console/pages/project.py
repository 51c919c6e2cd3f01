"""The project: what it may use, who is in it and as what; the person's other projects."""

import asyncio
from typing import Any

from starlette.responses import Response

from stacklab.console import quotas, tokens
from stacklab.console.client import segment
from stacklab.console.faults import Fault
from stacklab.console.page import Page

Json = dict[str, Any]
V3 = "/identity/v3"


async def show(page: Page) -> Response:
    return await _show(page)


async def change(page: Page) -> Response:
    """`do`: add (with `name` and `role`), remove:USER:ROLE, switch:PROJECT."""
    form = await page.form()
    verb, _, rest = str(form.get("do", "")).partition(":")
    try:
        if verb == "switch":
            return await _switch(page, rest)
        if verb == "add":
            await _add(page, str(form.get("name", "")).strip(), str(form.get("role", "")))
        elif verb == "remove":
            user, _, role = rest.partition(":")
            await page.api.delete(_grant(page, user, role))
            page.say(page._("Removed. Their tokens for this project are void."))
    except Fault as fault:
        if verb == "add":
            return await _show(page, str(form.get("name", "")), _refusal(page, fault))
        page.say(page.explain(fault), "err")
    return page.go("/project")


async def _add(page: Page, name: str, role: str) -> None:
    """Raises Fault 404 where nobody has this name."""
    found = (await page.api.get(f"{V3}/users", name=name, domain_id="default"))["users"] if name else []
    if not found:
        raise Fault(404, f"no user {name}")
    await page.api.call("PUT", _grant(page, found[0]["id"], role))
    page.say(page._("%(name)s is in the project now.") % {"name": name})


async def _switch(page: Page, project: str) -> Response:
    """The same session in another project, in the same region."""
    region = page.me.who.place.region
    who = await tokens.scoped(page.api, page.me.who.token, project)
    if region:
        who = await tokens.into(page.api, who, region, page.desk.regions.own)
    page.desk.sessions.change(page.me, who)
    return page.go("/project")


def _grant(page: Page, user: str, role: str) -> str:
    return f"{V3}/projects/{page.me.who.project_id}/users/{segment(user)}/roles/{segment(role)}"


def _refusal(page: Page, fault: Fault) -> str:
    if fault.status == 404:
        return page._("Nobody here has this name. They have to sign up first.")
    if fault.status == 403:
        return page._("Only a manager of the domain may add people. Ask the operator of this cloud.")
    return page.explain(fault)


async def _show(page: Page, name: str = "", error: str = "") -> Response:
    project, strip, members, roles, mine = await asyncio.gather(
        _project(page), _strip(page), _members(page), _roles(page), _mine(page)
    )
    return page.render(
        "project.html", 422 if error else 200, project=project, gauges=strip, members=members, roles=roles,
        others=[other for other in mine if other["id"] != page.me.who.project_id], name=name, error=error,
    )  # fmt: skip


async def _project(page: Page) -> Json:
    who = page.me.who
    try:
        found: Json = (await page.api.get(f"{V3}/projects/{who.project_id}"))["project"]
    except Fault:
        return {"id": who.project_id, "name": who.project_name, "description": ""}
    return found


async def _strip(page: Page) -> list[quotas.Gauge]:
    try:
        return await quotas.gauges(page)
    except Fault:
        return []  # the region does not answer; who is in the project is home's to say


async def _members(page: Page) -> list[Json] | None:
    """User, role and their names; None for those who may not see it."""
    query = {"scope.project.id": page.me.who.project_id, "include_names": "true"}
    try:
        found = (await page.api.get(f"{V3}/role_assignments", **query))["role_assignments"]
    except Fault:
        return None
    people = [{"user": item["user"], "role": item["role"]} for item in found if "user" in item]
    return sorted(people, key=lambda item: (item["user"].get("name", ""), item["role"].get("name", "")))


async def _roles(page: Page) -> list[Json]:
    """The roles one can give, the least first; none where the person may not look."""
    try:
        found = (await page.api.get(f"{V3}/roles"))["roles"]
    except Fault:
        return []
    order = ["reader", "member", "manager", "admin"]
    return sorted((r for r in found if r["name"] in order), key=lambda r: order.index(r["name"]))


async def _mine(page: Page) -> list[Json]:
    found: list[Json] = (await page.api.get(f"{V3}/auth/projects"))["projects"]
    return found
