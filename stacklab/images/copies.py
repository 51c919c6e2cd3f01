"""`copy-image`, asked for: an active image is to be copied into further stores. It is read and changed meanwhile."""

from typing import Any

from msgspec.structs import replace

from stacklab.core.db.database import transaction
from stacklab.core.errors import BadRequest, Conflict
from stacklab.core.jobs import enqueue
from stacklab.core.settings import Settings
from stacklab.http.context import Context
from stacklab.images import access, imports, model, room, tasks, wishes
from stacklab.images.imports import FAILED, ONGOING, TASK
from stacklab.images.stores import Stores

METHOD = "copy-image"
JOB = "images.copy"


def begin(
    ctx: Context, settings: Settings, stores: Stores, image_id: str, body: dict[str, Any], header: str | None
) -> None:
    """Queue the copy; nothing is to do where all stores were asked for and have it.

    Raises Conflict for an image that is not active, or busy; BadRequest where a store that was named has it already.
    """
    with transaction():
        image = access.visible(ctx, image_id)
        if image.status != "active":
            raise Conflict("Only images with status active can be targeted for copying")
        ctx.authorize("images:data:copy", project_id=image.owner)
        if TASK in image.properties:
            raise Conflict("Image has active task")
        wish = wishes.read(stores, body, header)
        there = image.stores.split(",")
        if not wish.every and (twice := [name for name in wish.stores if name in there]):
            raise BadRequest(f"Image is already present at store '{twice[0]}'")
        missing = [name for name in wish.stores if name not in there]
        if not missing:
            return
        room.require(settings, image.owner, (image.size or 0) * len(missing))
        asked = {"image_id": image_id, "import_req": imports.kept(body), "backend": missing}
        task = tasks.add(ctx, tasks.IMPORT, asked, image_id)
        marks = {TASK: task.id, ONGOING: ",".join(missing), FAILED: ""}
        model.update(replace(image, properties=image.properties | marks))
        enqueue(JOB, image_id, {"task": task.id})
