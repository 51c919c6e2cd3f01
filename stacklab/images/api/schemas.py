"""The JSON schema documents."""

from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.images import documents
from stacklab.images.service import Images


def image(_service: Images, _request: Request) -> Reply:
    return ok(documents.image())


def images(_service: Images, _request: Request) -> Reply:
    return ok(documents.images())


def member(_service: Images, _request: Request) -> Reply:
    return ok(documents.member())


def members(_service: Images, _request: Request) -> Reply:
    return ok(documents.members_list())


def task(_service: Images, _request: Request) -> Reply:
    return ok(documents.task())


def tasks(_service: Images, _request: Request) -> Reply:
    return ok(documents.tasks_list())
