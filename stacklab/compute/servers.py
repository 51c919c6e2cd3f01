"""Servers as callers know them: making, finding, renaming, deleting. Power is in server_power.py."""

from typing import Any

from stacklab.compute import states
from stacklab.compute.creation import Creation, NewServer
from stacklab.compute.flavors import Flavors
from stacklab.compute.groups import Groups
from stacklab.compute.hosts import Hosts
from stacklab.compute.keypairs import Keypairs
from stacklab.compute.listing import Named, ServerQuery, select, select_names
from stacklab.compute.model import actions
from stacklab.compute.model import servers as model
from stacklab.compute.model.servers import Server, pack
from stacklab.compute.parts import Parts
from stacklab.compute.quotas import Quotas
from stacklab.core.db.database import change, transaction
from stacklab.core.errors import BadRequest, Conflict, Forbidden, NotFound
from stacklab.core.jobs import enqueue
from stacklab.http.context import Context

MOST_TAGS = 50


class Servers:
    def __init__(
        self, parts: Parts, flavors: Flavors, keypairs: Keypairs, quotas: Quotas, groups: Groups, hosts: Hosts
    ) -> None:
        self._parts = parts
        self._quotas = quotas
        self._creation = Creation(parts, flavors, keypairs, quotas, groups, hosts)

    def create(self, ctx: Context, new: NewServer) -> tuple[list[Server], str]:
        """See `Creation.create`."""
        return self._creation.create(ctx, new)

    def get(self, ctx: Context, server_id: str, rule: str = "compute:servers:show") -> Server:
        """A living server the caller may act on by `rule`. Another project's is NotFound, as a missing one."""
        ctx.authorize(rule)
        found = model.get(server_id)
        if found is None or not (ctx.admin or found.project_id == ctx.project_id):
            raise NotFound(f"Instance {server_id} could not be found.", kind="InstanceNotFound")
        return found

    def index(self, ctx: Context, query: ServerQuery) -> list[Server]:
        ctx.authorize("compute:servers:index")
        return select(ctx, self._parts.networks, query)

    def names(self, ctx: Context, query: ServerQuery) -> list[Named]:
        """The same list, of names and ids alone."""
        ctx.authorize("compute:servers:index")
        return select_names(ctx, self._parts.networks, query)

    def update(self, ctx: Context, server_id: str, values: dict[str, Any]) -> Server:
        """Set `name`, `description`, `hostname`, `access_v4`, `access_v6` or `disk_config`."""
        with transaction():
            server = self.get(ctx, server_id, "compute:servers:update")
            if values:
                model.update(server.id, **values)
            changed = server._replace(**values)
            self._parts.changed(changed)
        return self.get(ctx, server_id)

    def delete(self, ctx: Context, server_id: str) -> None:
        """Ask for it to go. A server being built is given up; asking twice is fine."""
        with transaction():
            server = self.get(ctx, server_id, "compute:servers:delete")
            refuse_locked(ctx, server)
            if server.desired == states.GONE and server.task_state == "deleting":
                return
            model.update(server.id, task_state="deleting", desired=states.GONE)
            action = actions.begin(ctx, server.id, server.project_id, "delete")
            enqueue("compute.delete", server.id, {"action": action})
            self._parts.changed(model.get(server.id))

    # --- locks

    def lock(self, ctx: Context, server_id: str, reason: str | None) -> None:
        with transaction():
            server = self.get(ctx, server_id, "compute:servers:lock")
            model.update(server.id, locked="admin" if ctx.admin else "owner", locked_reason=reason)
            actions.begin(ctx, server.id, server.project_id, "lock")

    def unlock(self, ctx: Context, server_id: str) -> None:
        with transaction():
            server = self.get(ctx, server_id, "compute:servers:unlock")
            if server.locked == "admin" and not ctx.admin:
                raise Forbidden(
                    "Policy doesn't allow os_compute_api:os-lock-server:unlock:unlock_override to be performed."
                )
            model.update(server.id, locked=None, locked_reason=None)
            actions.begin(ctx, server.id, server.project_id, "unlock")

    # --- metadata

    def put_metadata(
        self, ctx: Context, server_id: str, items: dict[str, str], replace: bool = False
    ) -> dict[str, str]:
        """Merge, or replace all. Raises Forbidden past the quota."""
        with transaction():
            server = self.get(ctx, server_id, "compute:servers:metadata:update")
            refuse_locked(ctx, server)
            merged = items if replace else {**model.metadata_of(server), **items}
            self._quotas.require_metadata(server.project_id, len(merged))
            model.update(server.id, metadata=pack(merged))
        return merged

    def delete_metadata(self, ctx: Context, server_id: str, key: str) -> None:
        with transaction():
            server = self.get(ctx, server_id, "compute:servers:metadata:update")
            refuse_locked(ctx, server)
            left = model.metadata_of(server)
            if left.pop(key, None) is None:
                raise NotFound("Metadata item was not found")
            model.update(server.id, metadata=pack(left))

    # --- tags

    def tags(self, ctx: Context, server_id: str) -> list[str]:
        server = self.get(ctx, server_id, "compute:servers:tags:index")
        return model.tags_of([server.id]).get(server.id, [])

    def put_tags(self, ctx: Context, server_id: str, tags: list[str]) -> list[str]:
        """Exactly these, each once."""
        with transaction():
            server = self._for_tags(ctx, server_id)
            if len(set(tags)) > MOST_TAGS:
                raise BadRequest(f"The number of tags exceeded the per-server limit {MOST_TAGS}")
            change("DELETE FROM server_tags WHERE server_id = ?", (server.id,))
            model.put_tags(server.id, tags)
            model.update(server.id, task_state=server.task_state)
        return self.tags(ctx, server_id)

    def add_tag(self, ctx: Context, server_id: str, tag: str) -> bool:
        """False when it was there already."""
        with transaction():
            server = self._for_tags(ctx, server_id)
            had = model.tags_of([server.id]).get(server.id, [])
            if tag in had:
                return False
            if len(had) >= MOST_TAGS:
                raise BadRequest(f"The number of tags exceeded the per-server limit {MOST_TAGS}")
            model.put_tags(server.id, [tag])
            model.update(server.id, task_state=server.task_state)
        return True

    def remove_tag(self, ctx: Context, server_id: str, tag: str) -> None:
        with transaction():
            server = self._for_tags(ctx, server_id)
            if not change("DELETE FROM server_tags WHERE server_id = ? AND tag = ?", (server.id, tag)):
                raise NotFound(f"Server {server.id} has no tag '{tag}'")
            model.update(server.id, task_state=server.task_state)

    def _for_tags(self, ctx: Context, server_id: str) -> Server:
        """Tags may change while a server rests, as Nova has it."""
        server = self.get(ctx, server_id, "compute:servers:tags:update")
        if server.vm_state not in (states.ACTIVE, states.PAUSED, states.STOPPED):
            raise conflict("update tags", server)
        return server


def refuse_locked(ctx: Context, server: Server) -> None:
    """A locked server changes only for administrators."""
    if server.locked and not ctx.admin:
        raise Conflict(f"Instance {server.id} is locked")


def conflict(action: str, server: Server, by_task: bool = False) -> Conflict:
    """Nova's words for what a server cannot do in its state."""
    attribute, state = ("task_state", server.task_state) if by_task else ("vm_state", server.vm_state)
    return Conflict(f"Cannot '{action}' instance {server.id} while it is in {attribute} {state}")
