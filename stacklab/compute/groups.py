"""Server groups. With one host, an affinity group is always kept, and an anti-affinity group has one member."""

from typing import NamedTuple

import msgspec

from stacklab.compute.model.servers import marks, pack
from stacklab.compute.quotas import UNLIMITED, Quotas
from stacklab.core import clock, ids
from stacklab.core.db.database import change, row, rows, transaction
from stacklab.core.errors import BadRequest, Forbidden, NotFound, OverQuota
from stacklab.http.context import Context

POLICIES = ("affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity")


class Group(NamedTuple):
    id: str
    project_id: str
    user_id: str
    name: str
    policy: str
    rules: str
    created_at: int

    @property
    def max_per_host(self) -> int:
        """How many members of an anti-affinity group one host may have."""
        found = msgspec.json.decode(self.rules, type=dict[str, int])
        return found.get("max_server_per_host", 1)


_COLUMNS = ", ".join(Group._fields)


class Groups:
    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas

    def get(self, ctx: Context, group_id: str) -> Group:
        """One of the project's (an administrator's: any). Raises NotFound."""
        ctx.authorize("compute:server-groups:show")
        found = row(f"SELECT {_COLUMNS} FROM server_groups WHERE id = ?", (group_id,))  # noqa: S608
        if found is None or not (ctx.admin or found[1] == ctx.project_id):
            raise NotFound(f"Instance group {group_id} could not be found.")
        return Group(*found)

    def index(self, ctx: Context, limit: int, offset: int, all_projects: bool = False) -> list[Group]:
        ctx.authorize("compute:server-groups:index")
        where, values = ("1 = 1", ()) if all_projects else ("project_id = ?", (ctx.project_id,))
        sql = f"SELECT {_COLUMNS} FROM server_groups WHERE {where} ORDER BY created_at, id LIMIT ? OFFSET ?"  # noqa: S608
        return [Group(*found) for found in rows(sql, (*values, limit, offset))]

    def create(self, ctx: Context, name: str, policy: str, rules: dict[str, int]) -> Group:
        ctx.authorize("compute:server-groups:create")
        group = Group(ids.new_uuid(), ctx.project_id, ctx.user_id, name, policy, pack(rules), clock.now())
        with transaction():
            most = self._quotas.limit(ctx.project_id, "server_groups")
            if UNLIMITED != most <= self.count(ctx.project_id):
                raise OverQuota("Quota exceeded, too many server groups.")
            change(f"INSERT INTO server_groups ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", tuple(group))  # noqa: S608
        return group

    def delete(self, ctx: Context, group_id: str) -> None:
        """Its servers stay, in no group."""
        with transaction():
            group = self.get(ctx, group_id)
            ctx.authorize("compute:server-groups:delete", project_id=group.project_id)
            change("UPDATE servers SET group_id = NULL WHERE group_id = ?", (group.id,))
            change("DELETE FROM server_groups WHERE id = ?", (group.id,))

    def members(self, group_ids: list[str]) -> dict[str, list[str]]:
        """Ids of the living servers of each group."""
        found: dict[str, list[str]] = {group_id: [] for group_id in group_ids}
        where = f"group_id IN {marks(group_ids)} AND deleted_at = 0"
        sql = f"SELECT group_id, id FROM servers WHERE {where} ORDER BY created_at"  # noqa: S608
        for group_id, server_id in rows(sql, tuple(group_ids)):
            found[group_id].append(server_id)
        return found

    def count(self, project_id: str) -> int:
        return int(rows("SELECT count(*) FROM server_groups WHERE project_id = ?", (project_id,))[0][0])

    def admit(self, ctx: Context, group_id: str) -> None:
        """May one more server join? Inside the transaction that makes it.

        Raises BadRequest for a group that is not there, Forbidden past the members' quota or when a second server of an
        anti-affinity group would have to be on this host.
        """
        try:
            group = self.get(ctx, group_id)
        except NotFound as error:
            raise BadRequest(error.message) from None
        have = int(rows("SELECT count(*) FROM servers WHERE group_id = ? AND deleted_at = 0", (group.id,))[0][0])
        most = self._quotas.limit(ctx.project_id, "server_group_members")
        if UNLIMITED != most <= have:
            raise Forbidden("Quota exceeded, too many servers in group")
        if group.policy == "anti-affinity" and have >= group.max_per_host:
            raise Forbidden(
                f"This region has one host, and the anti-affinity group {group.name} lets "
                f"{group.max_per_host} of its servers be on it."
            )
