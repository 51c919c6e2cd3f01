"""Leases: a server that is idle or old is announced, then stopped, then deleted, unless somebody extends it.

Works on any node that has compute, with or without registration; `listen` is how home hears what to write mails about.
Every step is one transaction with what it asks of compute and what it tells, so a crash leaves it done or not begun.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from stacklab.compute.service import Compute
from stacklab.compute.tenancy import Tenant
from stacklab.core import clock, facts, log
from stacklab.core.db.database import transaction
from stacklab.core.errors import Conflict, NotFound
from stacklab.core.settings import Settings
from stacklab.http.context import Context
from stacklab.signup import (
    lease_rows,
    policy,  # noqa: F401  # declares who may do what
)
from stacklab.signup.idleness import Idleness
from stacklab.signup.lease_rows import AGE, ANNOUNCED, IDLE, RUNNING, STOPPED, Lease

_log = log.get(__name__)
_HOUR = 3600 * clock.SECOND
_LOOKED = "signup.leases.looked"  # the fact that holds when servers were last looked at
_MISSED = 3  # looks; a longer time without one is put off
EXEMPT = "exempt"


class Notice(Struct, frozen=True):
    """What happened to a server: `step` is announced, stopped or deleted. Times in µs."""

    step: str
    tenant: Tenant
    reason: str
    stops_at: int
    deletes_at: int


class Leases:
    def __init__(self, settings: Settings, compute: Compute) -> None:
        self._settings = settings.lease
        self._tenancy = compute.tenancy
        self._idleness = Idleness(settings.lease.idle_cpu_percent)
        self._exempt = set(settings.lease.exempt_projects)
        self._tell: Callable[[Notice], None] = lambda _notice: None

    def listen(self, tell: Callable[[Notice], None]) -> None:
        """`tell` is called inside the transaction that makes it true."""
        self._tell = tell

    def exempt(self, project_id: str) -> None:
        """Servers of this project have no lease."""
        self._exempt.add(project_id)

    # --- for callers

    def index(self, ctx: Context, everybody: bool = False) -> list[dict[str, Any]]:
        """Of the caller's project, or of all for an administrator."""
        ctx.authorize("signup:leases:all" if everybody else "signup:leases:show")
        project_id = None if everybody else ctx.project_id
        leases = lease_rows.every() if project_id is None else lease_rows.of_project(project_id)
        return [self.shown(tenant, leases.get(tenant.id)) for tenant in self._tenancy.of(project_id)]

    def get(self, ctx: Context, server_id: str) -> dict[str, Any]:
        """Raises NotFound, also for another project's server."""
        tenant = self._reachable(ctx, server_id, "signup:leases:show")
        return self.shown(tenant, lease_rows.get(tenant.id))

    def extend(self, ctx: Context, server_id: str) -> dict[str, Any]:
        """It begins anew. A server that was stopped stays off until it is started. Raises NotFound."""
        tenant = self._reachable(ctx, server_id, "signup:leases:extend")
        with transaction():
            lease_rows.renew(tenant.id, tenant.project_id, clock.now())
        return self.shown(tenant, lease_rows.get(tenant.id))

    def shown(self, tenant: Tenant, lease: Lease | None) -> dict[str, Any]:
        """A lease as the API shows it; one that has no row yet as it will begin."""
        free = not self._settings.enabled or tenant.project_id in self._exempt
        at = lease or Lease(tenant.id, tenant.project_id, tenant.created_at, tenant.created_at)
        stops_at, deletes_at = self._deadlines(at)
        times = {"ends_at": at.begun_at + self._settings.age_hours * _HOUR, "stops_at": stops_at}
        times |= {"deletes_at": deletes_at, "extended_at": at.extended_at}
        return {
            "server_id": tenant.id,
            "server_name": tenant.name,
            "project_id": tenant.project_id,
            "stage": EXEMPT if free else at.stage,
            "reason": None if free else at.reason,
            **{name: None if free or not moment else clock.iso(moment) for name, moment in times.items()},
        }

    def _reachable(self, ctx: Context, server_id: str, rule: str) -> Tenant:
        ctx.authorize(rule)
        tenant = self._tenancy.get(server_id)
        if not ctx.admin and tenant.project_id != ctx.project_id:
            raise NotFound(f"Instance {server_id} could not be found.")
        return tenant

    # --- the clock

    def tick(self) -> None:
        """One look at all servers. Safe at any time, and as often as one likes. Raises HypervisorError."""
        if not self._settings.enabled:
            return
        tenants, now = self._tenancy.measured(), clock.now()
        self._put_off_what_was_missed(now)
        bound = {tenant.id: tenant for tenant in tenants if tenant.project_id not in self._exempt}
        working = self._idleness.working(tenants, now)
        known = lease_rows.every()
        lease_rows.end([id for id in known if id not in bound])
        lease_rows.begin([Lease(t.id, t.project_id, t.created_at, now) for t in bound.values() if t.id not in known])
        stale = now - min(_HOUR, self._settings.idle_hours * _HOUR // 4)
        lease_rows.note_busy([id for id in working if id in known and known[id].busy_at < stale], now)
        for server_id, lease in known.items():
            if server_id in bound:
                self._step(bound[server_id], lease, server_id in working, now)

    def _put_off_what_was_missed(self, now: int) -> None:
        looked = int(facts.get(_LOOKED) or now)
        if now - looked > _MISSED * self._settings.check_seconds * clock.SECOND:
            lease_rows.put_off(now - looked)
        facts.put(_LOOKED, str(now))

    def _step(self, tenant: Tenant, lease: Lease, works: bool, now: int) -> None:
        """At most one stage further."""
        stops_at, deletes_at = self._deadlines(lease)
        if lease.stage == RUNNING:
            if reason := self._reason(lease, works, now):
                self._move(tenant, lease, ANNOUNCED, reason, now)
        elif lease.stage == ANNOUNCED and works and lease.reason == IDLE:
            with transaction():
                lease_rows.move(lease, RUNNING, None, None)
        elif lease.stage == ANNOUNCED and stops_at and now >= stops_at:
            self._move(tenant, lease, STOPPED, lease.reason or AGE, now)
        elif lease.stage == STOPPED and tenant.on:
            with transaction():  # who starts it again wants it
                lease_rows.renew(tenant.id, tenant.project_id, now)
        elif lease.stage == STOPPED and deletes_at and now >= deletes_at:
            self._delete(tenant, lease)

    def _reason(self, lease: Lease, works: bool, now: int) -> str | None:
        if now >= lease.begun_at + self._settings.age_hours * _HOUR:
            return AGE
        idle = not works and now >= lease.busy_at + self._settings.idle_hours * _HOUR
        return IDLE if idle else None

    def _deadlines(self, lease: Lease) -> tuple[int | None, int | None]:
        """When it will be stopped and deleted, where that is settled."""
        if lease.staged_at is None:
            return None, None
        delete = self._settings.delete_grace_hours * _HOUR
        if lease.stage == STOPPED:
            return None, lease.staged_at + delete
        stops_at = lease.staged_at + self._settings.stop_grace_hours * _HOUR
        return stops_at, stops_at + delete

    def _move(self, tenant: Tenant, lease: Lease, stage: str, reason: str, now: int) -> None:
        after = lease._replace(stage=stage, reason=reason, staged_at=now)
        stops_at, deletes_at = self._deadlines(after)
        try:
            with transaction():
                if not lease_rows.move(lease, stage, reason, now):
                    return
                if stage == STOPPED:
                    self._tenancy.stop(tenant.id)
                self._tell(Notice(stage, tenant, reason, stops_at or now, deletes_at or now))
        except Conflict as busy:  # something else is being done to it; the next look tries again
            _log.info("lease waits", server=tenant.id, stage=stage, why=busy.message)

    def _delete(self, tenant: Tenant, lease: Lease) -> None:
        now = clock.now()
        with transaction():
            current = lease_rows.get(tenant.id)
            if current is None or current.stage != STOPPED or current.begun_at != lease.begun_at:
                return
            self._tenancy.delete(tenant.id)
            lease_rows.end([tenant.id])
            self._tell(Notice("deleted", tenant, lease.reason or AGE, now, now))
