"""A filled-in server form becomes calls: key pair, group, server, floating IP, in that order."""

import asyncio
import base64
from typing import Any

from msgspec import Struct

from stacklab.console.choices import GROUP, NEW_KEY, NO_KEY, PASTED_KEY
from stacklab.console.client import Api
from stacklab.console.faults import Fault

Json = dict[str, Any]
PORT_TRIES = 20  # of 0.1 s: the port is made with the server, or a moment after


class Wish(Struct, frozen=True):
    """What the form asks for."""

    name: str
    image: str
    flavor: str
    network: str
    key: str  # "pair:NAME", or one of the words of `choices`
    public_key: str
    floating: bool
    ssh: bool
    user_data: str
    count: int

    def names(self) -> list[str]:
        return [self.name] if self.count == 1 else [f"{self.name}-{i}" for i in range(1, self.count + 1)]


def body(wish: Wish, name: str, key: str) -> Json:
    """The body of `POST /servers`."""
    groups = ["default", GROUP] if wish.ssh else ["default"]
    server: Json = {
        "name": name,
        "imageRef": wish.image,
        "flavorRef": wish.flavor,
        "networks": [{"uuid": wish.network}] if wish.network else "auto",
        "security_groups": [{"name": group} for group in groups],
    }
    if key:
        server["key_name"] = key
    if wish.user_data:
        server["user_data"] = base64.b64encode(wish.user_data.encode()).decode()
    return {"server": server}


async def key_pair(api: Api, wish: Wish, taken: set[str]) -> tuple[str, str]:
    """The name of the key pair to use and, when it was made just now, its private key."""
    if wish.key.startswith("pair:"):
        return wish.key.removeprefix("pair:"), ""
    if wish.key == NO_KEY:
        return "", ""
    name = _free(f"{wish.name}-key", taken)
    pair: Json = {"name": name, "type": "ssh"}
    if wish.key == PASTED_KEY:
        pair["public_key"] = wish.public_key.strip()
    assert wish.key in (NEW_KEY, PASTED_KEY)
    made = (await api.post("/compute/v2.1/os-keypairs", {"keypair": pair}))["keypair"]
    return name, made.get("private_key", "")


async def ssh_group(api: Api) -> None:
    """The project's group that lets SSH and ping in: made at the first server, found again at the next."""
    found = (await api.get("/network/v2.0/security-groups", name=GROUP))["security_groups"]
    if found:
        return
    described = {"name": GROUP, "description": "SSH and ping from anywhere"}
    made = (await api.post("/network/v2.0/security-groups", {"security_group": described}))["security_group"]
    for protocol, port in (("tcp", 22), ("icmp", None)):
        await api.post(
            "/network/v2.0/security-group-rules", {"security_group_rule": rule(made["id"], protocol, port, port)}
        )


def rule(group: str, protocol: str | None, low: int | None, high: int | None, source: str = "0.0.0.0/0") -> Json:
    """An ingress rule as Neutron takes it."""
    made: Json = {
        "security_group_id": group,
        "direction": "ingress",
        "ethertype": "IPv6" if ":" in source else "IPv4",
        "protocol": protocol,
        "remote_ip_prefix": source,
    }
    if low is not None:
        made |= {"port_range_min": low, "port_range_max": high}
    return made


async def floating_ip(api: Api, server: str, external: str) -> str:
    """A new address from the external network for the server's first port. Raises Fault."""
    for _try in range(PORT_TRIES):
        ports = (await api.get("/network/v2.0/ports", device_id=server))["ports"]
        if ports:
            wanted = {"floating_network_id": external, "port_id": ports[0]["id"]}
            made = await api.post("/network/v2.0/floatingips", {"floatingip": wanted})
            return str(made["floatingip"]["floating_ip_address"])
        await asyncio.sleep(0.1)
    raise Fault(409, "the server has no network port yet")


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(f"{name}-{i}" for i in range(2, 1000) if f"{name}-{i}" not in taken)
