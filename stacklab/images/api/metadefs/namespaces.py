"""Namespaces themselves."""

from typing import get_args
from urllib.parse import quote

from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.images.metadefs import bodies, model, namespaces, views
from stacklab.images.metadefs.model import Namespace, Part
from stacklab.images.service import Images


def _parts(space: Namespace) -> dict[str, list[Part]]:
    return {kind: model.parts(space, kind) for kind in get_args(model.Kind)}


def index(_service: Images, request: Request) -> Reply:
    asked = namespaces.search(request.query)
    page = namespaces.index(request.ctx, asked)
    return ok(views.namespaces(page, model.associations(page), request.query, asked.limit))


def create(_service: Images, request: Request) -> Reply:
    asked = bodies.check(request.body, bodies.Namespace, "namespace")
    space = namespaces.create(request.ctx, asked)
    return created(views.whole(space, _parts(space)), f"{request.base}{quote(views.where(space.namespace), safe='/:')}")


def show(_service: Images, request: Request) -> Reply:
    space = namespaces.show(request.ctx, request.path["namespace"])
    return ok(views.whole(space, _parts(space), request.query.get("resource_type")))


def update(_service: Images, request: Request) -> Reply:
    asked = bodies.check(request.body, bodies.Namespace, "namespace")
    return ok(views.namespace(namespaces.update(request.ctx, request.path["namespace"], asked)))


def delete(_service: Images, request: Request) -> Reply:
    namespaces.delete(request.ctx, request.path["namespace"])
    return no_content()
