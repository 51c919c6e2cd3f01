"""Fill the simulated region: many servers by few requests, and wait until all are built."""

from tests.support.client import Client, until

BATCH = 250


def unlimited(client: Client) -> None:
    """No quota stands in the way of a benchmark."""
    project = client.get("/identity/v3/auth/projects")["projects"][0]["id"]
    limits = {"instances": -1, "cores": -1, "ram": -1}
    client.put(f"/compute/v2.1/os-quota-sets/{project}", {"quota_set": limits})
    client.put(f"/network/v2.0/quotas/{project}", {"quota": {"port": -1}})


def body(client: Client, name: str, count: int = 1) -> dict[str, object]:
    """A POST /servers body for the smallest flavor on the lab network."""
    server: dict[str, object] = {
        "name": name,
        "imageRef": client.one("/image/v2/images", "images", "stacklab-guest"),
        "flavorRef": client.one("/compute/v2.1/flavors", "flavors", "lab.nano"),
        "networks": [{"uuid": client.one("/network/v2.0/networks", "networks", "lab")}],
    }
    if count > 1:
        server |= {"min_count": count, "max_count": count}
    return {"server": server}


def fill(client: Client, total: int) -> None:
    """Have at least `total` servers, all ACTIVE."""
    there = count(client)
    while there < total:
        more = min(BATCH, total - there)
        client.post("/compute/v2.1/servers", body(client, f"seed-{there}", more))
        there += more
    until("all servers to be built", lambda: not building(client), 900, 0.5)


def count(client: Client) -> int:
    project = client.get("/identity/v3/auth/projects")["projects"][0]["id"]
    quota = client.get(f"/compute/v2.1/os-quota-sets/{project}/detail")["quota_set"]
    return int(quota["instances"]["in_use"])


def building(client: Client) -> bool:
    return bool(client.get("/compute/v2.1/servers?status=BUILD&limit=1")["servers"])
