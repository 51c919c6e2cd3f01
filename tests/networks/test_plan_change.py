"""What is rendered of single ports, applied to an earlier plan, makes the plan that is rendered now."""

import random
from typing import Any

import pytest

from stacklab.core.jobs import queue
from stacklab.host.network.live import LivePlan, normal
from stacklab.host.network.plan import PlanChange
from stacklab.networks import plan
from tests.support.api import PROJECT

SERVERS = [f"server {number}" for number in range(4)]


class Walk:
    """Ports that come, change and go at random; each step tells the ids of those it touched."""

    def __init__(self, cloud: Any, seed: int) -> None:
        self.cloud, self.service, self.pick = cloud, cloud.service, random.Random(seed)  # repeatable
        self.by_compute: list[str] = []  # the ports of the last step that compute has applied itself
        self.groups = [cloud.make("security-groups", name=name)["id"] for name in ("web", "db")]
        self.groups.append(self.service.ensure_default_group(PROJECT))
        for group, remote in zip(self.groups[:2], self.groups[1:], strict=True):
            cloud.make("security-group-rules", security_group_id=group, direction="ingress", remote_group_id=remote)
        self.floating = [cloud.make("floatingips")["id"] for _ in range(3)]

    def step(self) -> list[str]:
        ports = [port.id for found in self.service.ports_of(SERVERS).values() for port in found]
        if len(ports) < 2 or self.pick.random() < 0.2:
            self.by_compute = [self._create()]
            return self.by_compute
        self.by_compute = []
        port = self.pick.choice(ports)
        act = self.pick.choice([self._group, self._close, self._switch, self._move, self._float, self._release])
        return act(port)

    def _create(self) -> str:
        made = self.service.create_port(
            self.cloud.ctx(),
            network_id=self.cloud.id_of("lab"),
            device_id=self.pick.choice(SERVERS),
            host=self.pick.choice(["here", "here", ""]),
            security_groups=self.pick.sample(self.groups, self.pick.randint(0, 3)),
        )
        return str(made.id)

    def _put(self, port: str, **values: Any) -> list[str]:
        answer = self.cloud.api.put(f"/network/v2.0/ports/{port}", "admin", {"port": values})
        assert answer.status in (200, 400, 409), answer.raw
        return [port]

    def _group(self, port: str) -> list[str]:
        chosen = self.pick.sample(self.groups, self.pick.randint(0, 2))
        return self._put(port, security_groups=chosen, port_security_enabled=True)

    def _close(self, port: str) -> list[str]:
        return self._put(port, security_groups=[], port_security_enabled=self.pick.random() < 0.5)

    def _switch(self, port: str) -> list[str]:
        return self._put(port, admin_state_up=self.pick.random() < 0.5)

    def _move(self, port: str) -> list[str]:
        wanted = [{"ip_address": f"10.77.9.{number}"} for number in self.pick.sample(range(1, 6), 2)]
        return self._put(port, fixed_ips=wanted[: self.pick.randint(0, 2)])

    def _float(self, port: str) -> list[str]:
        chosen = self.pick.choice(self.floating)
        path = f"/network/v2.0/floatingips/{chosen}"
        before = self.cloud.api.get(path, "member").json["floatingip"]["port_id"]
        target = self.pick.choice([port, None])
        answer = self.cloud.api.put(path, "member", {"floatingip": {"port_id": target}})
        assert answer.status in (200, 400, 409), answer.raw
        return [each for each in (before, target) if each]

    def rule(self) -> None:
        """One more, or one less."""
        listed = self.cloud.list("security-group-rules", "direction=ingress&ethertype=IPv4")
        if listed and self.pick.random() < 0.5:
            self.cloud.api.delete(f"/network/v2.0/security-group-rules/{self.pick.choice(listed)['id']}", "member")
            return
        number = self.pick.randint(1, 60000)
        values = {"port_range_min": number, "port_range_max": number, "protocol": "tcp", "direction": "ingress"}
        remote = {"remote_group_id": self.pick.choice(self.groups)}
        group = self.pick.choice(self.groups)
        self.cloud.make("security-group-rules", security_group_id=group, **values, **remote)

    def _release(self, _port: str) -> list[str]:
        self.by_compute = self.service.release_ports(self.pick.choice(SERVERS))
        return self.by_compute


@pytest.mark.parametrize("seed", range(6))
def test_changes_after_any_steps_make_the_plan_of_now(cloud: Any, seed: int) -> None:
    walk = Walk(cloud, seed)
    live = LivePlan(plan.render())
    waiting: set[str] = set()
    for _ in range(40):
        waiting.update(walk.step())
        if walk.pick.random() < 0.3:
            continue  # several changes in one
        change = plan.render_change(waiting)
        live.check(change)
        live.change(change)
        assert live.freeze() == normal(plan.render()) == plan.render()
        waiting.clear()


@pytest.mark.parametrize("seed", range(6))
def test_every_write_asks_for_what_it_changed(cloud: Any, seed: int) -> None:
    walk = Walk(cloud, seed)
    cloud.service.apply_now()
    kinds = cloud.service.jobs()
    for _ in range(40):
        walk.step()
        cloud.service.apply_ports(walk.by_compute)
        if walk.pick.random() < 0.2:
            walk.rule()
        while job := queue.take():
            kinds[job.kind].run(job)
            queue.done(job)
        assert cloud.driver.planned() == plan.render()
    assert len(cloud.driver.plans) == 1, "none of it needed the whole plan"
    assert cloud.driver.audit() == []


def test_a_server_that_comes_and_goes_never_asks_for_the_whole_plan(cloud: Any) -> None:
    cloud.service.apply_now()
    lab = cloud.id_of("lab")
    port = cloud.service.create_port(cloud.ctx(), network_id=lab, device_id="one", host="here")
    cloud.service.apply_ports([port.id])
    assert cloud.driver.planned() == plan.render()
    assert [each.id for each in plan.render().ports] == [port.id]
    cloud.service.apply_ports(cloud.service.release_ports("one"))
    assert cloud.driver.planned() == plan.render()
    assert len(cloud.driver.plans) == 1
    assert cloud.service.driver.audit() == []


def test_a_network_the_driver_has_not_heard_of_is_applied_with_the_port(cloud: Any) -> None:
    cloud.service.apply_now()
    cloud.driver.purge()
    port = cloud.service.create_port(cloud.ctx(), network_id=cloud.id_of("lab"), device_id="one", host="here")
    cloud.service.apply_ports([port.id])
    assert cloud.driver.planned() == plan.render()
    assert len(cloud.driver.plans) == 2


def test_ports_that_are_gone_are_removed(cloud: Any) -> None:
    assert plan.render_change(["gone", "never there"]) == PlanChange(removed=("gone", "never there"))
