"""Floating IPs: which there are, whose they are, take one, give one back."""

import asyncio

from starlette.responses import Response

from stacklab.console.faults import Fault
from stacklab.console.page import Page

FLOATING = "/network/v2.0/floatingips"


async def show(page: Page) -> Response:
    found, ports, servers, networks = await asyncio.gather(
        page.api.get(FLOATING),
        page.api.get("/network/v2.0/ports"),
        page.api.get("/compute/v2.1/servers/detail"),
        page.api.get("/network/v2.0/networks"),
    )
    devices = {port["id"]: port["device_id"] for port in ports["ports"]}
    names = {server["id"]: server["name"] for server in servers["servers"]}
    external = [network for network in networks["networks"] if network.get("router:external")]
    addresses = sorted(found["floatingips"], key=lambda address: address["floating_ip_address"])
    taken = {devices.get(address["port_id"]) for address in addresses}
    free = {id: name for id, name in names.items() if id not in taken and id in devices.values()}
    return page.render(
        "addresses.html", addresses=addresses, devices=devices, names=names, external=external, free=free
    )


async def change(page: Page) -> Response:
    """`do`: allocate, release:ID, detach:ID, attach:ID (with `server`)."""
    form = await page.form()
    verb, _, id = str(form.get("do", "")).partition(":")
    try:
        if verb == "allocate":
            await page.api.post(FLOATING, {"floatingip": {"floating_network_id": str(form.get("network", ""))}})
        elif verb == "release":
            await page.api.delete(f"{FLOATING}/{id}")
        elif verb in ("detach", "attach"):
            port = await _port(page, str(form.get("server", ""))) if verb == "attach" else None
            await page.api.call("PUT", f"{FLOATING}/{id}", {"floatingip": {"port_id": port}})
    except Fault as fault:
        page.say(page.explain(fault), "err")
    return page.go("/floating-ips")


async def _port(page: Page, server: str) -> str:
    """The server's first port. Raises Fault when it has none."""
    ports = (await page.api.get("/network/v2.0/ports", device_id=server))["ports"] if server else []
    if not ports:
        raise Fault(404, "the server has no port")
    return str(ports[0]["id"])
