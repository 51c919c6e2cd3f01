"""Interoperable import, asked for; a durable job does it (importing.py).

uploading (glance-direct) or queued (web-download, glance-download) → importing → active; whatever goes wrong, the image
is queued again with nothing on disk, and the task says why.
"""

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from stacklab.core import log
from stacklab.core.db.database import transaction
from stacklab.core.errors import BadRequest, Conflict
from stacklab.core.jobs import enqueue
from stacklab.core.settings import Settings
from stacklab.http.context import Context
from stacklab.images import access, elsewhere, model, reach, room, tasks, wishes
from stacklab.images.elsewhere import Elsewhere
from stacklab.images.model import Image
from stacklab.images.stores import Stores

_log = log.get(__name__)
METHODS = ("glance-direct", "web-download", elsewhere.METHOD)
JOB = "images.import"
_SAID = ("name", "uri", "glance_region", "glance_image_id", "glance_service_interface")  # of a method
_FROM = {"glance-direct": "uploading", "web-download": "queued", elsewhere.METHOD: "queued"}
TASK, FAILED = "os_glance_import_task", "os_glance_failed_import"
ONGOING = "os_glance_importing_to_stores"


def begin(
    ctx: Context,
    settings: Settings,
    stores: Stores,
    remotes: Elsewhere,
    image_id: str,
    body: dict[str, Any],
    header: str | None = None,
) -> None:
    """Queue the import a request asks for. `header` may name the store.

    Raises BadRequest for a method or a URI that is not served, Conflict for an image that is not ready for it.
    """
    name = body["method"]["name"]
    with transaction():
        image = access.visible(ctx, image_id)
        _ready(image, name)
        ctx.authorize("images:data:import", project_id=image.owner)
        wish = wishes.read(stores, body, header)
        if name == "web-download":
            reach.target(settings.images, body["method"].get("uri"))
        if name == elsewhere.METHOD:
            elsewhere.check(body["method"])
        room.allowance(settings, image.owner, 0)
        asked = {"image_id": image_id, "import_req": kept(body), "backend": wish.stores}
        task = tasks.add(ctx, tasks.IMPORT, asked, image_id)
        if name == elsewhere.METHOD:
            remotes.remember(task.id, ctx)
        properties = {k: v for k, v in image.properties.items() if k != FAILED}
        properties |= {TASK: task.id, ONGOING: ",".join(wish.stores)}
        model.update(replace(image, status="importing", properties=properties))
        enqueue(JOB, image_id, {"task": task.id})


def kept(body: dict[str, Any]) -> dict[str, Any]:
    """What the task tells of the request: not whatever else was in it, a megabyte each time."""
    said = {name: body["method"][name] for name in _SAID if name in body["method"]}
    wanted = ("stores", "all_stores", "all_stores_must_succeed")
    return {"method": said, **{str(name): body[name] for name in wanted if name in body}}


def method(body: dict[str, Any], served: Iterable[str]) -> str:
    """Its name. Raises BadRequest for one that is not served, and for flags that are none."""
    asked = body.get("method")
    if not isinstance(asked, dict):
        raise BadRequest("Import request requires a 'method' field.")
    if not isinstance(name := asked.get("name"), str):
        raise BadRequest("Import request requires a 'name' field.")
    if name not in served:
        raise BadRequest(f"Unknown import method name '{name}'.")
    wishes.check(body)
    return name


def _ready(image: Image, name: str) -> None:
    if image.status == "active":
        raise Conflict("Image with status active cannot be target for import")
    # While bytes are still being staged the image is `uploading` too, and says no size.
    if image.status != _FROM[name] or (name == "glance-direct" and image.size is None):
        if name == "glance-direct":
            raise Conflict("Image needs to be staged before 'glance-direct' method can be used")
        raise Conflict(f"Image needs to be in 'queued' state to use '{name}' method")
    require_formats(image)


def require_formats(image: Image) -> None:
    """Raises Conflict for an image that does not say what it will be."""
    for attribute in ("container_format", "disk_format"):
        if not getattr(image, attribute):
            raise Conflict(f"'{attribute}' needs to be set before import")
