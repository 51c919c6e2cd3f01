"""POST /servers/{id}/action: one function an action."""

from stacklab.compute.schemas.common import given, invalid, number, plain_name
from stacklab.compute.schemas.servers import (
    AnyConsole,
    ConsoleOutput,
    CreateImage,
    Lock,
    Reboot,
    RemoteConsole,
    ResetState,
)
from stacklab.compute.servers import conflict
from stacklab.compute.service import Compute
from stacklab.core.errors import BadRequest, Conflict
from stacklab.http.reply import Reply, accepted, ok
from stacklab.http.request import Request
from stacklab.http.routes import Handler, Route

_PATH = "/v2.1/servers/{id}/action"


def start(compute: Compute, request: Request) -> Reply:
    compute.power.start(request.ctx, request.path["id"])
    return accepted()


def stop(compute: Compute, request: Request) -> Reply:
    compute.power.stop(request.ctx, request.path["id"])
    return accepted()


def pause(compute: Compute, request: Request) -> Reply:
    compute.power.pause(request.ctx, request.path["id"])
    return accepted()


def unpause(compute: Compute, request: Request) -> Reply:
    compute.power.unpause(request.ctx, request.path["id"])
    return accepted()


def reboot(compute: Compute, request: Request) -> Reply:
    body: Reboot = request.body
    compute.power.reboot(request.ctx, request.path["id"], hard=body.type.upper() == "HARD")
    return accepted()


def lock(compute: Compute, request: Request) -> Reply:
    body: Lock | None = request.body
    reason = given(body.locked_reason) if body else None
    if reason is not None and request.version < (2, 73):
        raise invalid("lock", "Additional properties are not allowed ('locked_reason' was unexpected)")
    compute.servers.lock(request.ctx, request.path["id"], reason)
    return accepted()


def unlock(compute: Compute, request: Request) -> Reply:
    compute.servers.unlock(request.ctx, request.path["id"])
    return accepted()


def reset_state(compute: Compute, request: Request) -> Reply:
    body: ResetState = request.body
    compute.power.reset_state(request.ctx, request.path["id"], to_active=body.state == "active")
    return accepted()


def create_image(compute: Compute, request: Request) -> Reply:
    """From 2.45 the id is in the body; before, it is only the end of the address, which is Glance's."""
    body: CreateImage = request.body
    name = plain_name(body.name)
    image = compute.snapshots.create(request.ctx, request.path["id"], name, given(body.metadata, {}))
    if request.version >= (2, 45):
        return accepted({"image_id": image})
    return accepted(location=f"{request.base.removesuffix('/compute')}/image/v2/images/{image}")


def force_delete(compute: Compute, request: Request) -> Reply:
    """Nothing is kept for later here, so it is a delete like any other."""
    compute.servers.delete(request.ctx, request.path["id"])
    return accepted()


def restore(compute: Compute, request: Request) -> Reply:
    """Nothing is deleted softly, so nothing is ever in the state to be restored from."""
    raise conflict("restore", compute.servers.get(request.ctx, request.path["id"], "compute:servers:delete"))


def console_output(compute: Compute, request: Request) -> Reply:
    body: ConsoleOutput = request.body
    lines = None if body.length in (None, -1, "-1") else number(body.length or 0, "length")
    server = compute.servers.get(request.ctx, request.path["id"], "compute:servers:console_output")
    if server.launched_at is None:
        raise Conflict(f"Instance {server.id} is not ready")
    return ok({"output": compute.parts.hypervisor.console_output(server.id, lines)})


def no_console(compute: Compute, request: Request) -> Reply:
    """As a Nova where the console of this type is switched off; ours come with their own issue."""
    compute.servers.get(request.ctx, request.path["id"], "compute:servers:remote_console")
    body: AnyConsole | RemoteConsole = request.body
    kind = body.type if isinstance(body, AnyConsole) else body.remote_console.type
    raise BadRequest(f"Unavailable console type {kind}.")


def _action(name: str, call: Handler, body: object = None) -> Route:
    return Route("POST", _PATH, call, body=body, action=name)


ROUTES = [
    _action("os-start", start),
    _action("os-stop", stop),
    _action("pause", pause),
    _action("unpause", unpause),
    _action("reboot", reboot, Reboot),
    _action("lock", lock, Lock | None),
    _action("unlock", unlock),
    _action("os-resetState", reset_state, ResetState),
    _action("createImage", create_image, CreateImage),
    _action("forceDelete", force_delete),
    _action("restore", restore),
    _action("os-getConsoleOutput", console_output, ConsoleOutput),
    Route("POST", _PATH, no_console, body=AnyConsole, action="os-getVNCConsole", highest=(2, 5)),
    Route("POST", _PATH, no_console, body=AnyConsole, action="os-getSerialConsole", highest=(2, 5)),
    Route("POST", _PATH, no_console, body=AnyConsole, action="os-getSPICEConsole", highest=(2, 5)),
    Route("POST", "/v2.1/servers/{id}/remote-consoles", no_console, body=RemoteConsole, lowest=(2, 6)),
]
