"""The contents page of the image API."""

import re
from collections.abc import Callable
from typing import Any

from stacklab.core.errors import NotFound
from stacklab.http.dispatch import Mount
from stacklab.http.faults import GLANCE
from stacklab.http.routes import Route, Table
from stacklab.images import PREFIX
from stacklab.images.api import (
    cache,
    data,
    images,
    imports,
    info,
    locations,
    members,
    metadefs,
    schemas,
    tags,
    tasks,
    usage,
    versions,
)
from stacklab.images.locations import Add
from stacklab.images.service import Images
from stacklab.images.versions import HIGHEST

ROUTES = [
    Route("GET", "/", versions.choices, public=True),
    Route("GET", "/versions", versions.index, public=True),
    Route("GET", "/v2", versions.index, public=True),
    Route("GET", "/v2/images", images.index),
    Route("POST", "/v2/images", images.create, body=dict[str, Any]),
    Route("GET", "/v2/images/{image_id}", images.show),
    Route("PATCH", "/v2/images/{image_id}", images.update, stream=True),
    Route("DELETE", "/v2/images/{image_id}", images.delete, slow=True),
    Route("POST", "/v2/images/{image_id}/actions/deactivate", images.deactivate),
    Route("POST", "/v2/images/{image_id}/actions/reactivate", images.reactivate),
    Route("PUT", "/v2/images/{image_id}/file", data.upload, stream=True, max_body=1 << 62),
    Route("GET", "/v2/images/{image_id}/file", data.download, stream=True),
    Route("PUT", "/v2/images/{image_id}/tags/{tag}", tags.add),
    Route("DELETE", "/v2/images/{image_id}/tags/{tag}", tags.remove),
    Route("GET", "/v2/images/{image_id}/members", members.index),
    Route("POST", "/v2/images/{image_id}/members", members.create, body=members.Add),
    Route("GET", "/v2/images/{image_id}/members/{member_id}", members.show),
    Route("PUT", "/v2/images/{image_id}/members/{member_id}", members.update, body=members.Answer),
    Route("DELETE", "/v2/images/{image_id}/members/{member_id}", members.delete),
    Route("GET", "/v2/schemas/image", schemas.image),
    Route("GET", "/v2/schemas/images", schemas.images),
    Route("GET", "/v2/schemas/member", schemas.member),
    Route("GET", "/v2/schemas/members", schemas.members),
    Route("GET", "/v2/schemas/task", schemas.task),
    Route("GET", "/v2/schemas/tasks", schemas.tasks),
    *metadefs.ROUTES,
    Route("GET", "/v2/info/usage", usage.show),
    Route("GET", "/v2/info/import", info.imports),
    Route("GET", "/v2/info/stores", info.index),
    Route("GET", "/v2/info/stores/detail", info.detail),
    Route("DELETE", "/v2/stores/{store_id}/{image_id}", info.delete),
    Route("PUT", "/v2/images/{image_id}/stage", imports.stage, stream=True, max_body=1 << 62),
    Route("POST", "/v2/images/{image_id}/import", imports.begin, body=dict[str, Any]),
    Route("GET", "/v2/images/{image_id}/tasks", imports.of_image),
    Route("GET", "/v2/images/{image_id}/locations", locations.index),
    Route("POST", "/v2/images/{image_id}/locations", locations.add, body=Add),
    Route("GET", "/v2/tasks", tasks.index),
    Route("POST", "/v2/tasks", tasks.create, body=dict[str, Any]),
    Route("GET", "/v2/tasks/{task_id}", tasks.show),
    Route("GET", "/v2/cache", cache.index),
    Route("DELETE", "/v2/cache", cache.clear),
    Route("POST", "/v2/cache/clean", cache.clean),
    Route("POST", "/v2/cache/prune", cache.prune),
    Route("PUT", "/v2/cache/{image_id}", cache.add),
    Route("DELETE", "/v2/cache/{image_id}", cache.remove),
]


_CHOICES = Route("GET", "/", versions.choices, public=True)
_MINOR = re.compile(r"/v2\.(\d{1,2})(?=/)", re.ASCII)


class _Negotiated(Table):
    """Glance's choice of a version: every `/v2.N/` it announces is `/v2/`, and below no version are the choices."""

    def find(self, method: str, path: str) -> tuple[list[Route], Callable[[Route], dict[str, str]]]:
        minor = _MINOR.match(path)
        if minor and int(minor[1]) <= HIGHEST:
            path = f"/v2{path[minor.end() :]}"
        try:
            return super().find(method, path)
        except NotFound:
            if path.startswith("/v2/"):
                raise
            return [_CHOICES], lambda _route: {}


def mount(service: Images) -> Mount:
    return Mount(PREFIX, service, _Negotiated(ROUTES, strict=True), GLANCE)
