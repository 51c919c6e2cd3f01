"""Rows as Placement shows them; keys appear with the microversion that brought them."""

from typing import Any

from stacklab.http.microversion import Version
from stacklab.placement.model import Allocation, Inventory, Provider
from stacklab.placement.stock import Stocks

_LINKS = (("inventories", (1, 0)), ("usages", (1, 0)), ("aggregates", (1, 1)), ("traits", (1, 6)),
          ("allocations", (1, 11)))  # fmt: skip


def provider(provider: Provider, version: Version, prefix: str) -> dict[str, Any]:
    """`prefix` is the mount's: Placement's links are paths."""
    where = f"{prefix}/resource_providers/{provider.id}"
    links = [{"rel": "self", "href": where}]
    links += [{"rel": rel, "href": f"{where}/{rel}"} for rel, since in _LINKS if version >= since]
    body = {"uuid": provider.id, "name": provider.name, "generation": provider.generation, "links": links}
    if version >= (1, 14):
        body |= {"parent_provider_uuid": None, "root_provider_uuid": provider.id}
    return body


def inventory(inventory: Inventory) -> dict[str, Any]:
    return {
        "total": inventory.total,
        "reserved": inventory.reserved,
        "min_unit": inventory.min_unit,
        "max_unit": inventory.most,
        "step_size": inventory.step_size,
        "allocation_ratio": inventory.allocation_ratio,
    }


def consumer(held: Allocation | None, generation: int, version: Version) -> dict[str, Any]:
    """What a consumer holds; a consumer that holds nothing has no owner either."""
    if held is None:
        return {"allocations": {}}
    body: dict[str, Any] = {"allocations": {held.provider_id: {"generation": generation, "resources": held.resources}}}
    if version >= (1, 12):
        body |= {"project_id": held.project_id, "user_id": held.user_id}
    return body


def candidates(fitting: list[str], stocks: Stocks, wanted: dict[str, int], version: Version) -> dict[str, Any]:
    """From 1.12 an allocation is an object by provider, before a list."""
    requests: list[dict[str, Any]] = []
    for uuid in fitting:
        if version >= (1, 12):
            requests.append({"allocations": {uuid: {"resources": wanted}}})
        else:
            requests.append({"allocations": [{"resource_provider": {"uuid": uuid}, "resources": wanted}]})
    summaries = {
        uuid: {"resources": {kind: {"capacity": s.capacity, "used": s.used} for kind, s in stocks[uuid].items()}}
        for uuid in fitting
    }
    return {"allocation_requests": requests, "provider_summaries": summaries}


def resource_class(name: str, prefix: str) -> dict[str, Any]:
    return {"name": name, "links": [{"rel": "self", "href": f"{prefix}/resource_classes/{name}"}]}
