"""Regions, services, endpoints; policy documents."""

from typing import Any

from stacklab.identity.catalogue_model import EndpointGroup
from stacklab.identity.model import Endpoint, Policy, Region, Service


def region(found: Region, base: str) -> dict[str, Any]:
    return {
        **found.extra,
        "id": found.id,
        "description": found.description,
        "parent_region_id": found.parent_id,
        "links": {"self": f"{base}/v3/regions/{found.id}"},
    }


def service(found: Service, base: str) -> dict[str, Any]:
    body = {
        **found.extra,
        "id": found.id,
        "type": found.type,
        "name": found.name,
        "enabled": found.enabled,
        "links": {"self": f"{base}/v3/services/{found.id}"},
    }
    return body if found.description is None else {**body, "description": found.description}


def endpoint(found: Endpoint, base: str, root: str) -> dict[str, Any]:
    """The URL with our own address filled in; what depends on the project stays a template."""
    return {
        **found.extra,
        "id": found.id,
        "interface": found.interface,
        "service_id": found.service_id,
        "region": found.region_id,
        "region_id": found.region_id,
        "url": found.url.replace("%(base)s", root).replace("$(base)s", root),
        "enabled": found.enabled,
        "links": {"self": f"{base}/v3/endpoints/{found.id}"},
    }


def policy(found: Policy, base: str) -> dict[str, Any]:
    return {
        **found.extra,
        "id": found.id,
        "type": found.type,
        "blob": found.blob,
        "links": {"self": f"{base}/v3/policies/{found.id}"},
    }


def endpoint_group(found: EndpointGroup, base: str) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "description": found.description,
        "filters": found.filters,
        "links": {"self": f"{base}/v3/OS-EP-FILTER/endpoint_groups/{found.id}"},
    }
