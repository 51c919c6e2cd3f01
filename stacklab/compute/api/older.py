"""The same routes as older clients write them: below /v2, and with the project's id after the version."""

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from stacklab.core.errors import BadRequest, NotFound
from stacklab.core.ids import is_uuid
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Handler, Route


def twins(routes: Iterable[Route]) -> list[Route]:
    """Each route below /v2.1 three times more: /v2.1/{project_id}, /v2 and /v2/{project_id}."""
    found = []
    for route in routes:
        _, version, rest = route.path.split("/", 2) if route.path.count("/") > 1 else ("", "", "")
        if version == "v2.1":
            named = _for_project(route.call)
            found.append(replace(route, path=f"/v2.1/{{project_id}}/{rest}", call=named))
            found.append(replace(route, path=f"/v2/{rest}"))
            found.append(replace(route, path=f"/v2/{{project_id}}/{rest}", call=named))
    return found


def _for_project(call: Handler) -> Handler:
    def checked(service: Any, request: Request) -> Reply:
        project_id = request.path.pop("project_id")
        if not is_uuid(project_id):
            raise NotFound("The resource could not be found.")
        if project_id != request.ctx.project_id:
            raise BadRequest(
                f"Malformed request URL: URL's project_id '{project_id}' "
                f"doesn't match Context's project_id '{request.ctx.project_id}'"
            )
        return call(service, request)  # type: ignore[return-value]

    return checked
