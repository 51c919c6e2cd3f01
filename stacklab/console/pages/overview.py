"""The first page after a while away: what you use, your latest servers, what needs you."""

import asyncio

from starlette.responses import Response

from stacklab.console import leases, quotas, rows
from stacklab.console.page import Page


async def show(page: Page) -> Response:
    found, strip, pairs, credentials, ending = await asyncio.gather(
        page.api.get("/compute/v2.1/servers/detail"),
        quotas.gauges(page),
        page.api.get("/compute/v2.1/os-keypairs"),
        page.api.get(f"/identity/v3/users/{page.me.who.user_id}/application_credentials"),
        leases.of_project(page),
    )
    waiting = page.desk.pending.of(page.me.who.project_id)
    servers = rows.chosen([rows.row(server, waiting) for server in found["servers"]], "all", "")
    return page.render(
        "overview.html",
        gauges=strip,
        leases=ending,
        latest=servers[:5],
        attention=[row for row in servers if row.status == "ERROR"],
        explain=rows.explain,
        steps={
            "server": bool(servers),
            "key": bool(pairs["keypairs"]),
            "api": bool(credentials["application_credentials"]),
        },
    )
