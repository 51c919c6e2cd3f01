"""What POST /v2/tasks asks for: an image made from its properties, and an import by URL into it."""

from typing import Any

from msgspec.structs import replace

from stacklab.core.db.database import transaction
from stacklab.core.errors import BadRequest
from stacklab.core.jobs import enqueue
from stacklab.core.settings import Settings
from stacklab.http.context import Context
from stacklab.images import images, imports, model, reach, tasks


def begin(ctx: Context, settings: Settings, body: dict[str, Any]) -> tasks.Task:
    """The image is there, importing, when this returns. Raises BadRequest, Forbidden and TooLarge as creating does."""
    ctx.authorize("images:tasks")
    asked = _input(body)
    reach.target(settings.images, asked["import_from"])
    properties = {**asked["image_properties"]}
    properties.setdefault("disk_format", asked.get("import_from_format"))
    with transaction():
        image = images.create(ctx, properties, settings.quota.images)
        if not image.disk_format or not image.container_format:
            raise BadRequest("Properties disk_format, container_format must be set prior to saving data.")
        task = tasks.add(ctx, tasks.OLD_IMPORT, asked, image.id)
        model.update(replace(image, status="importing", properties=image.properties | {imports.TASK: task.id}))
        enqueue(imports.JOB, image.id, {"task": task.id})
    return task


def _input(body: dict[str, Any]) -> dict[str, Any]:
    for name in ("type", "input"):
        if name not in body:
            raise BadRequest(f"Task '{name}' is required")
    asked = body["input"]
    if body["type"] != tasks.OLD_IMPORT:
        raise BadRequest(f"Provided object does not match schema 'task': {body['type']!r} is not one of ['import']")
    if not isinstance(asked, dict) or not isinstance(asked.get("image_properties"), dict):
        raise BadRequest("Input does not contain 'image_properties' field")
    for name in ("import_from", "import_from_format"):
        if not isinstance(asked.get(name), str):
            raise BadRequest(f"Input does not contain '{name}' field")
    return asked
