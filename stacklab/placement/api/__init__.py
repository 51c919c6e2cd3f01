"""The contents page of the placement API: what operators can look at."""

from stacklab.http.dispatch import Mount
from stacklab.http.faults import PLACEMENT
from stacklab.http.routes import Route, Table
from stacklab.placement import PREFIX
from stacklab.placement.api import allocations, candidates, classes, providers, versions
from stacklab.placement.service import Placement
from stacklab.placement.versions import SERVED

ROUTES = [
    Route("GET", "/", versions.index, public=True),
    Route("GET", "/resource_providers", providers.index),
    Route("GET", "/resource_providers/{uuid}", providers.show),
    Route("GET", "/resource_providers/{uuid}/inventories", providers.inventories),
    Route("GET", "/resource_providers/{uuid}/inventories/{class}", providers.inventory),
    Route("GET", "/resource_providers/{uuid}/usages", providers.usages),
    Route("GET", "/resource_providers/{uuid}/allocations", providers.allocations),
    Route("GET", "/resource_providers/{uuid}/aggregates", providers.aggregates, lowest=(1, 1)),
    Route("GET", "/resource_providers/{uuid}/traits", providers.traits, lowest=(1, 6)),
    Route("GET", "/allocations/{consumer}", allocations.show),
    Route("GET", "/usages", allocations.usages, lowest=(1, 9)),
    Route("GET", "/allocation_candidates", candidates.index, lowest=(1, 10)),
    Route("GET", "/resource_classes", classes.index, lowest=(1, 2)),
    Route("GET", "/resource_classes/{name}", classes.show, lowest=(1, 2)),
    Route("GET", "/traits", classes.traits, lowest=(1, 6)),
    Route("GET", "/traits/{name}", classes.trait, lowest=(1, 6)),
]


def mount(service: Placement) -> Mount:
    return Mount(PREFIX, service, Table(ROUTES), PLACEMENT, SERVED)
