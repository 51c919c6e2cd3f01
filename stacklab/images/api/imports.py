"""Staging and import of an image's bytes, and the tasks they leave."""

from stacklab.http.reply import Reply, accepted, no_content, ok
from stacklab.http.request import Request
from stacklab.images import access, copies, imports, staging, task_views, tasks
from stacklab.images.api.data import announced
from stacklab.images.service import Images


async def stage(service: Images, request: Request) -> Reply:
    length, image_id, stream = announced(request), request.path["image_id"], request.stream()
    await staging.stage(service.settings, service.stores, request.ctx, image_id, stream, length)
    return no_content()


def begin(service: Images, request: Request) -> Reply:
    ctx, image_id, body = request.ctx, request.path["image_id"], request.body
    header = request.headers.get("x-image-meta-store")
    if imports.method(body, service.methods) == copies.METHOD:
        copies.begin(ctx, service.settings, service.stores, image_id, body, header)
    else:
        imports.begin(ctx, service.settings, service.stores, service.elsewhere, image_id, body, header)
    return accepted()


def of_image(_service: Images, request: Request) -> Reply:
    """Nothing to those who only see the image: what was asked names its maker, and addresses that may be secret."""
    image = access.visible(request.ctx, request.path["image_id"])
    own = request.ctx.admin or image.owner == request.ctx.project_id
    return ok({"tasks": [task_views.of_image(task) for task in tasks.of_image(image.id)] if own else []})
