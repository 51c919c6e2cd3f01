"""Making an image of a server: the image and the job that fills it are made in one transaction."""

from stacklab.compute import states
from stacklab.compute.jobs.snapshot import PENDING
from stacklab.compute.model import actions
from stacklab.compute.model import servers as model
from stacklab.compute.model.servers import Server
from stacklab.compute.parts import Parts
from stacklab.compute.quotas import Quotas
from stacklab.compute.servers import Servers, conflict
from stacklab.core.db.database import transaction
from stacklab.core.errors import Forbidden, TooLarge
from stacklab.core.jobs import enqueue
from stacklab.http.context import Context

_FROM = (states.ACTIVE, states.STOPPED, states.PAUSED)


class Snapshots:
    def __init__(self, parts: Parts, servers: Servers, quotas: Quotas) -> None:
        self._parts = parts
        self._servers = servers
        self._quotas = quotas

    def create(self, ctx: Context, server_id: str, name: str, metadata: dict[str, str]) -> str:
        """The id of the image, which is queued until the job has filled it. `metadata` become its properties.

        Raises Conflict for a server that is busy or was never built, Forbidden past a quota.
        """
        server = self._servers.get(ctx, server_id, "compute:servers:create_image")
        if server.vm_state not in _FROM or server.launched_at is None:
            raise conflict("createImage", server)
        self._quotas.require_metadata(ctx.project_id, len(metadata), "Image property count exceeds the quota of")
        with transaction():
            if server.task_state is not None or not model.begin(server, PENDING):
                raise conflict("createImage", model.get(server.id) or server, by_task=True)
            image = self._image(ctx, server, name, metadata)
            action = actions.begin(ctx, server.id, server.project_id, "createImage")
            enqueue("compute.snapshot", server.id, {"action": action, "image": image})
            self._parts.changed(model.get(server.id))
        return image

    def _image(self, ctx: Context, server: Server, name: str, metadata: dict[str, str]) -> str:
        """The properties that Nova gives a snapshot."""
        properties = {
            "instance_uuid": server.id,
            "user_id": ctx.user_id,
            "owner_id": server.project_id,
            "owner_user_name": ctx.caller.user_name,
            "owner_project_name": ctx.caller.project_name,
            "boot_roles": ",".join(sorted(ctx.caller.roles)),
            "image_type": "snapshot",
            "image_location": "snapshot",
            "image_state": "available",
        }
        given = {key: value for key, value in properties.items() if value}
        try:
            return self._parts.images.snapshots.begin(ctx, name, server.image_id, given, metadata, server.disk_gb)
        except TooLarge as error:
            raise Forbidden(error.message) from None  # 403 is what Nova makes of Glance's 413
