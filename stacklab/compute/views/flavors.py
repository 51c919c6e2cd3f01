"""A flavor as clients see it."""

from typing import Any

from stacklab.compute.model.flavors import Flavor
from stacklab.compute.views.servers import links
from stacklab.http.microversion import Version


def brief(flavor: Flavor, base: str, version: Version) -> dict[str, Any]:
    view: dict[str, Any] = {"id": flavor.id, "name": flavor.name, "links": links(base, "flavors", flavor.id)}
    if version >= (2, 55):
        view["description"] = flavor.description
    return view


def detail(flavor: Flavor, base: str, version: Version, specs: bool = True) -> dict[str, Any]:
    """`specs`: the caller may see extra specs, which are shown from 2.61 on."""
    view = {
        **brief(flavor, base, version),
        "ram": flavor.ram_mb,
        "disk": flavor.disk_gb,
        "vcpus": flavor.vcpus,
        # No swap was the empty text until 2.75.
        "swap": flavor.swap_mb if flavor.swap_mb or version >= (2, 75) else "",
        "OS-FLV-EXT-DATA:ephemeral": flavor.ephemeral_gb,
        "OS-FLV-DISABLED:disabled": False,
        "os-flavor-access:is_public": bool(flavor.public),
        "rxtx_factor": float(flavor.rxtx_factor),
    }
    if version >= (2, 61) and specs:
        view["extra_specs"] = flavor.extra_specs
    return view
