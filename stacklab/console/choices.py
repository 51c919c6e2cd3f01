"""What can be chosen when a server is created, each with the choice already made for those who do not care."""

import asyncio
from typing import Any

from msgspec import Struct

from stacklab.console import names
from stacklab.console.client import Api, segment
from stacklab.console.faults import Fault
from stacklab.console.images import IMAGES, bootable
from stacklab.console.page import Page

Json = dict[str, Any]
GROUP = "ssh-ping"
GUEST = "stacklab-guest"
IMAGES_MOST = 1000  # of one answer, Glance's most
OFFERED = 36  # images on the form: who has more begins with the image, on its own page
NEW_KEY, PASTED_KEY, NO_KEY = "new", "paste", "none"


class Choices(Struct, frozen=True):
    images: list[Json]
    more: int  # images that are not offered
    flavors: list[Json]
    pairs: list[Json]
    networks: list[Json]  # those a server can be on
    external: list[Json]  # those floating IPs come from
    room: Json  # Nova's absolute limits

    def fits(self, flavor: Json) -> bool:
        """Whether one more server of this size stays within the quota."""
        room = self.room
        return all(
            room[limit] < 0 or room[used] + more <= room[limit]
            for used, limit, more in (
                ("totalCoresUsed", "maxTotalCores", flavor["vcpus"]),
                ("totalRAMUsed", "maxTotalRAMSize", flavor["ram"]),
                ("totalInstancesUsed", "maxTotalInstances", 1),
            )
        )

    def suits(self, flavor: Json, image: Json | None) -> bool:
        return image is None or (
            flavor["ram"] >= image.get("min_ram", 0) and flavor["disk"] >= image.get("min_disk", 0)
        )


async def load(page: Page, wanted: str = "") -> Choices:
    """Five calls at once. `wanted`: the id of an image to offer though no list has it, as a community image."""
    api = page.api
    images, flavors, pairs, networks, limits = await asyncio.gather(
        api.get(IMAGES, status="active", sort="name:asc", limit=IMAGES_MOST),
        api.get("/compute/v2.1/flavors/detail"),
        api.get("/compute/v2.1/os-keypairs"),
        api.get("/network/v2.0/networks"),
        api.get("/compute/v2.1/limits"),
    )
    found = networks["networks"]
    there = [image for image in images["images"] if bootable(image)]
    if wanted and not any(image["id"] == wanted for image in there):
        there += await _image(api, wanted)
    offered = _offered(there, wanted)
    return Choices(
        images=offered,
        more=len(there) - len(offered),
        flavors=sorted(flavors["flavors"], key=lambda flavor: (flavor["ram"], flavor["vcpus"], flavor["disk"])),
        pairs=[pair["keypair"] for pair in pairs["keypairs"]],
        networks=[n for n in found if not n.get("router:external") and n.get("subnets")],
        external=[n for n in found if n.get("router:external")],
        room=limits["limits"]["absolute"],
    )


def _offered(images: list[Json], wanted: str) -> list[Json]:
    """The one that is wanted, the guest of every region and the newest ones; the guest first, then by name."""
    first = [image for image in images if image["id"] == wanted or image["name"] == GUEST]
    named = {image["id"] for image in first}
    rest = sorted((image for image in images if image["id"] not in named), key=lambda image: str(image["created_at"]))
    shown = (first + rest[::-1])[:OFFERED]
    return sorted(shown, key=lambda image: (image["name"] != GUEST, image["name"] or ""))


async def _image(api: Api, image: str) -> list[Json]:
    """It alone, if it can be started from."""
    try:
        found: Json = await api.get(f"{IMAGES}/{segment(image)}")
    except Fault:
        return []
    return [found] if bootable(found) else []


def defaults(choices: Choices, wanted: str = "") -> dict[str, str]:
    """The form as it is first shown, with the wanted image if it is there: press Create and it works."""
    image = next((i for i in choices.images if i["id"] == wanted), choices.images[0] if choices.images else None)
    fitting = [f for f in choices.flavors if choices.fits(f) and choices.suits(f, image)]
    return {
        "image": image["id"] if image else "",
        "flavor": fitting[0]["id"] if fitting else "",
        "key": f"pair:{choices.pairs[0]['name']}" if choices.pairs else NEW_KEY,
        "public_key": "",
        "network": choices.networks[0]["id"] if choices.networks else "",
        "floating": "on" if choices.external else "",
        "ssh": "on",
        "name": names.invent(),
        "count": "1",
        "user_data": "",
    }
