"""An image of one region taken over by another, by a plain import: `glance-download` with the user's own token."""

import os
from typing import Any

from tests.support.client import Client, until
from tests.support.regions import Site

BYTES = {"content-type": "application/octet-stream"}
IMAGE = {"name": "travels", "disk_format": "raw", "container_format": "bare", "hw_cpu_cores": "2"}


def _image(client: Client, data: bytes = b"") -> str:
    made = str(client.post("/image/v2/images", IMAGE)["id"])
    if data:
        status, _headers, body = client.raw("PUT", f"/image/v2/images/{made}/file", data, BYTES)
        assert status == 204, body
    return made


def _taken_over(client: Client, source: str, region: str) -> Any:
    """The image after the import has ended, and why it failed if it did."""
    target = _image(client)
    method = {"name": "glance-download", "glance_region": region, "glance_image_id": source}
    client.post(f"/image/v2/images/{target}/import", {"method": method})

    def ended() -> Any:
        (task,) = client.get(f"/image/v2/images/{target}/tasks")["tasks"]
        return task if task["status"] in ("success", "failure") else None

    task = until("the import to end", ended)
    return {**client.get(f"/image/v2/images/{target}"), "why": task["message"]}


def test_to_a_region_that_home_trusts_and_back(site: Site) -> None:
    member = site.join("RegionTwo", trusted=True)
    project = site.newcomer("traveller@example.org")
    token, _body = site.login("traveller@example.org", project)
    here, there = Client(site.home.host, site.home.port), member.client(token)
    here.token = token
    data = os.urandom(300_000)
    source = _image(here, data)
    made = _taken_over(there, source, "RegionOne")
    assert (made["status"], made["size"], made["hw_cpu_cores"]) == ("active", len(data), "2"), made["why"]
    assert there.raw("GET", f"/image/v2/images/{made['id']}/file")[2] == data
    back = _taken_over(here, made["id"], "RegionTwo")
    assert (back["status"], back["os_hash_value"]) == ("active", made["os_hash_value"]), back["why"]


def test_a_token_of_one_region_fetches_from_no_other(site: Site) -> None:
    """A sponsor's region never gets a token that opens anything elsewhere: so it cannot fetch, and says so."""
    member = site.join("RegionTwo")
    project = site.newcomer("traveller@example.org")
    token, _body = site.login("traveller@example.org", project)
    here = Client(site.home.host, site.home.port)
    here.token = token
    source = _image(here, b"bytes")
    bound, _body = site.login("traveller@example.org", project, "RegionTwo")
    made = _taken_over(member.client(bound), source, "RegionOne")
    assert made["status"] == "queued"
    assert "no image service of region 'RegionOne'" in made["why"]
