"""Jobs look, then act: run twice, cut off anywhere, or overtaken by a delete, they end where they were asked to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from stacklab.core.jobs import queue
from stacklab.host.hypervisor.spec import HypervisorError, Power


class Killed(BaseException):
    """What a SIGKILL looks like from inside: nothing after it runs, no handler and no undo."""


CALLS = [
    ("disks", "ensure_base"),
    ("disks", "ensure_root"),
    ("disks", "ensure_config_drive"),
    ("hypervisor", "define"),
    ("hypervisor", "start"),
    ("hypervisor", "stop"),
    ("hypervisor", "reboot"),
    ("hypervisor", "remove"),
    ("disks", "remove"),
    ("networks", "apply_ports"),
    ("networks", "release_ports"),
    ("networks", "set_ports_active"),
    ("placement", "release"),
]


@contextmanager
def breaking(target: Any, name: str, error: BaseException, times: int = 1, after: bool = False) -> Iterator[list[int]]:
    """The next `times` calls of target.name raise, before or `after` doing their work."""
    real: Callable[..., Any] = getattr(target, name)
    left = [times]

    def broken(*args: Any, **more: Any) -> Any:
        if left[0] > 0 and after:
            left[0] -= 1
            real(*args, **more)
            raise error
        if left[0] > 0:
            left[0] -= 1
            raise error
        return real(*args, **more)

    setattr(target, name, broken)
    try:
        yield left
    finally:
        delattr(target, name)


def settle_after_a_crash(cloud: Any) -> None:
    """Run until killed; then what a start does: the running job goes back to the queue."""
    try:
        cloud.settle()
    except Killed:
        queue.recover()
    cloud.settle()


def is_clean(cloud: Any) -> None:
    assert cloud.hypervisor.facts() == {}
    assert cloud.disks.known() == set()
    assert cloud.taken() == 0
    assert queue.pending() == 0
    assert cloud.compute.parts.networks.port_by_address("10.77.0.1") is None


@pytest.mark.parametrize(("part", "call"), CALLS)
@pytest.mark.parametrize("after", [False, True])
def test_a_kill_at_any_call_of_a_whole_life_changes_nothing(cloud: Any, part: str, call: str, after: bool) -> None:
    with breaking(getattr(cloud, part), call, Killed(), after=after):
        server = cloud.order(config_drive=True).json["server"]["id"]
        settle_after_a_crash(cloud)
        assert cloud.show(server)["status"] == "ACTIVE"
        for action, value, status, power in (
            ("os-stop", None, "SHUTOFF", Power.OFF),
            ("os-start", None, "ACTIVE", Power.RUNNING),
            ("reboot", {"type": "SOFT"}, "ACTIVE", Power.RUNNING),
        ):
            assert cloud.action(server, action, value).status == 202
            settle_after_a_crash(cloud)
            assert cloud.show(server)["status"] == status
            assert cloud.hypervisor.fact(server).power is power
        cloud.delete(f"/servers/{server}")
        settle_after_a_crash(cloud)
    assert cloud.get(f"/servers/{server}").status == 404
    is_clean(cloud)


@pytest.mark.parametrize(("part", "call"), CALLS)
def test_a_call_that_fails_once_is_tried_again(cloud: Any, part: str, call: str) -> None:
    with breaking(getattr(cloud, part), call, HypervisorError("busy")):
        server = cloud.built(config_drive=True)
        assert cloud.show(server)["status"] == "ACTIVE"
        cloud.action(server, "os-stop")
        cloud.settle()
        cloud.delete(f"/servers/{server}")
        cloud.settle()
    is_clean(cloud)


@pytest.mark.parametrize(("part", "call"), CALLS[:5])
def test_a_build_that_cannot_be_done_ends_in_error_and_leaves_nothing(cloud: Any, part: str, call: str) -> None:
    with breaking(getattr(cloud, part), call, HypervisorError("The machine has no room."), times=99):
        server = cloud.built(config_drive=True)
    shown = cloud.show(server)
    assert (shown["status"], shown["fault"]["message"]) == ("ERROR", "The machine has no room.")
    assert (cloud.hypervisor.facts(), cloud.disks.known(), cloud.taken()) == ({}, set(), 0)
    events = cloud.get(f"/servers/{server}/os-instance-actions").json["instanceActions"]
    assert events[0]["message"] == "Error"
    cloud.delete(f"/servers/{server}")
    cloud.settle()
    is_clean(cloud)


@pytest.mark.parametrize("times", [1, 2])
def test_every_job_may_run_twice(cloud: Any, times: int) -> None:
    kinds = cloud.kinds()
    server = cloud.order().json["server"]["id"]
    steps = [("os-stop", None), ("os-start", None), ("reboot", {"type": "HARD"})]
    while True:
        while job := queue.take():
            for _ in range(times):
                kinds[job.kind].run(job)
            queue.done(job)
        if not steps:
            break
        assert cloud.action(server, *steps.pop(0)).status == 202
    assert cloud.show(server)["status"] == "ACTIVE"
    cloud.delete(f"/servers/{server}")
    while job := queue.take():
        for _ in range(times):
            kinds[job.kind].run(job)
        queue.done(job)
    is_clean(cloud)


@pytest.mark.parametrize(("part", "call"), CALLS[:5])
def test_a_delete_overtakes_a_build(cloud: Any, part: str, call: str) -> None:
    """It is asked for in the middle of each step: the build yields, the delete clears up."""
    target, server = getattr(cloud, part), cloud.order(config_drive=True).json["server"]["id"]
    real = getattr(target, call)

    def deleting(*args: Any, **more: Any) -> Any:
        assert cloud.delete(f"/servers/{server}").status == 204
        return real(*args, **more)

    setattr(target, call, deleting)
    cloud.settle()
    delattr(target, call)
    assert cloud.get(f"/servers/{server}").status == 404
    is_clean(cloud)


def test_a_delete_that_the_machine_refuses_can_be_asked_for_again(cloud: Any) -> None:
    server = cloud.built()
    with breaking(cloud.hypervisor, "remove", HypervisorError("The guest does not let go."), times=99):
        cloud.delete(f"/servers/{server}")
        cloud.settle()
    shown = cloud.show(server)
    assert (shown["status"], "does not let go" in shown["fault"]["message"]) == ("ERROR", True)
    assert cloud.delete(f"/servers/{server}").status == 204
    cloud.settle()
    is_clean(cloud)


def test_a_power_change_that_fails_shows_what_is_and_why(cloud: Any) -> None:
    server = cloud.built()
    with breaking(cloud.hypervisor, "stop", HypervisorError("The guest ignores its button."), times=99):
        cloud.action(server, "os-stop")
        cloud.settle()
    shown = cloud.show(server)
    assert (shown["status"], shown["OS-EXT-STS:task_state"]) == ("ACTIVE", None)


def test_deleting_twice_is_fine_and_deleting_what_is_gone_is_not_found(cloud: Any) -> None:
    server = cloud.built()
    assert [cloud.delete(f"/servers/{server}").status for _ in range(2)] == [204, 204]
    assert queue.pending(server) == 1
    cloud.settle()
    assert cloud.delete(f"/servers/{server}").status == 404


def test_a_hard_reboot_takes_over_a_soft_one(cloud: Any) -> None:
    server = cloud.built()
    assert cloud.action(server, "reboot", {"type": "SOFT"}).status == 202
    assert cloud.show(server)["status"] == "REBOOT"
    assert cloud.action(server, "reboot", {"type": "SOFT"}).status == 409
    assert cloud.action(server, "reboot", {"type": "HARD"}).status == 202
    assert cloud.show(server)["status"] == "HARD_REBOOT"
    cloud.settle()
    assert cloud.show(server)["status"] == "ACTIVE"


def test_steps_of_a_build_are_recorded_in_order_with_times(cloud: Any) -> None:
    server = cloud.built()
    action = cloud.get(f"/servers/{server}/os-instance-actions").json["instanceActions"][0]
    found = cloud.get(f"/servers/{server}/os-instance-actions/{action['request_id']}").json["instanceAction"]["events"]
    assert [event["event"] for event in found] == [
        "compute_schedule",
        "compute_cache_image",
        "compute_make_disk",
        "compute_wire_network",
        "compute_define_guest",
        "compute_start_guest",
    ]
    assert all(event["result"] == "Success" and event["start_time"] <= event["finish_time"] for event in found)


def test_a_step_that_fails_says_why_and_those_before_it_are_finished(cloud: Any) -> None:
    with breaking(cloud.hypervisor, "define", HypervisorError("The machine has no room."), times=99):
        server = cloud.built()
    action = cloud.get(f"/servers/{server}/os-instance-actions").json["instanceActions"][0]
    shown = cloud.get(f"/servers/{server}/os-instance-actions/{action['request_id']}").json["instanceAction"]["events"]
    assert [(event["event"], event["result"]) for event in shown] == [
        ("compute_schedule", "Success"),
        ("compute_cache_image", "Success"),
        ("compute_make_disk", "Success"),
        ("compute_wire_network", "Success"),
        ("compute_define_guest", "Error"),
    ]
    assert all(event["finish_time"] for event in shown)


def test_who_listens_hears_every_visible_change(cloud: Any) -> None:
    server = cloud.built()
    cloud.action(server, "os-stop")
    cloud.settle()
    cloud.delete(f"/servers/{server}")
    cloud.settle()
    heard = [event.facts["status"] for event in cloud.events if event.kind == "server.changed"]
    assert list(dict.fromkeys(heard)) == ["BUILD", "ACTIVE", "SHUTOFF", "DELETED"]
