"""Sharing an image with other projects."""

from msgspec import Struct

from stacklab.http.reply import Reply, no_content, ok
from stacklab.http.request import Request
from stacklab.images import members, views
from stacklab.images.service import Images


class Add(Struct):
    """`{"member": "<project id>"}`; what else is in the body is ignored, as Glance does."""

    member: str


class Answer(Struct):
    """`{"status": "accepted"}`."""

    status: str


def index(_service: Images, request: Request) -> Reply:
    return ok(views.members(members.index(request.ctx, request.path["image_id"])))


def create(_service: Images, request: Request) -> Reply:
    return ok(views.member(members.add(request.ctx, request.path["image_id"], request.body.member)))


def show(_service: Images, request: Request) -> Reply:
    return ok(views.member(members.show(request.ctx, request.path["image_id"], request.path["member_id"])))


def update(_service: Images, request: Request) -> Reply:
    image_id, member_id = request.path["image_id"], request.path["member_id"]
    return ok(views.member(members.answer(request.ctx, image_id, member_id, request.body.status)))


def delete(_service: Images, request: Request) -> Reply:
    members.remove(request.ctx, request.path["image_id"], request.path["member_id"])
    return no_content()
