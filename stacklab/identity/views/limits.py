"""Registered limits and limits."""

from typing import Any

from stacklab.identity.catalogue_model import Limit, RegisteredLimit


def registered_limit(found: RegisteredLimit, base: str) -> dict[str, Any]:
    return {
        "id": found.id,
        "service_id": found.service_id,
        "region_id": found.region_id,
        "resource_name": found.resource_name,
        "default_limit": found.default_limit,
        "description": found.description,
        "links": {"self": f"{base}/v3/registered_limits/{found.id}"},
    }


def limit(found: Limit, base: str) -> dict[str, Any]:
    return {
        "id": found.id,
        "project_id": found.project_id,
        "domain_id": found.domain_id,
        "resource_limit": found.resource_limit,
        "description": found.description,
        "service_id": found.service_id,
        "region_id": found.region_id,
        "resource_name": found.resource_name,
        "links": {"self": f"{base}/v3/limits/{found.id}"},
    }
