"""Leases: announced, stopped, deleted, each after its time; extended with one call; nothing lost by a crash."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stacklab.core import facts
from stacklab.core.db.database import rows
from stacklab.core.jobs import pending
from stacklab.host.hypervisor.simulated import SimulatedHypervisor
from stacklab.signup.leases import Leases, Notice
from tests.support.cloud import InProcess
from tests.support.hypervisors import wait_for
from tests.support.mailbox import Mailbox, text

ANA = "ana@example.org"
NOVA = "/compute/v2.1"
HOUR = 3600.0
Later = Callable[[float], None]
SETTINGS = {
    "STACKLAB_IDENTITY_PASSWORD_TIME_COST": "1",
    "STACKLAB_IDENTITY_PASSWORD_MEMORY_KIB": "8",
    "STACKLAB_IDENTITY_TOKEN_HOURS": "100000",
    "STACKLAB_LEASE_IDLE_HOURS": "100",
    "STACKLAB_LEASE_AGE_HOURS": "1000",
    "STACKLAB_LEASE_STOP_GRACE_HOURS": "10",
    "STACKLAB_LEASE_DELETE_GRACE_HOURS": "20",
    "STACKLAB_LEASE_CHECK_SECONDS": "3600000",
}


class Landlord:
    """A cloud whose clock and ticker are turned by hand. One server, of ana's."""

    def __init__(self, folder: Path, later: Later, **environ: str) -> None:
        self.cloud = InProcess(folder, **SETTINGS, **environ)
        self.later = later
        self.notices: list[Notice] = []
        self.ana = self.cloud.newcomer(ANA)
        self.web = self.server(self.ana)

    @property
    def leases(self) -> Leases:
        return self.cloud.cloud.leases

    @property
    def hypervisor(self) -> SimulatedHypervisor:
        found = self.cloud.cloud.hypervisor
        assert isinstance(found, SimulatedHypervisor)
        return found

    def server(self, token: str) -> str:
        image = self.cloud.one("/image/v2/images", token, "images", "stacklab-guest")
        body = {"server": {"name": "web", "imageRef": image, "flavorRef": "lab.nano", "networks": "auto"}}
        headers = {"openstack-api-version": "compute 2.96"}
        made = str(self.cloud.ok(self.cloud.post(f"{NOVA}/servers", token, body, headers=headers))["server"]["id"])
        self.rest()
        return made

    def rest(self) -> None:
        wait_for(lambda: pending() == 0, "the jobs")

    def after(self, hours: float) -> dict[str, Any]:
        """The lease, so many hours and one look later."""
        self.later(hours * HOUR)
        self.leases.tick()
        self.rest()
        return self.lease()

    def lease(self, token: str | None = None) -> dict[str, Any]:
        answer = self.cloud.get(f"/signup/leases/{self.web}", token or self.ana)
        found: dict[str, Any] = answer.json["lease"] if answer.status == 200 else {"stage": answer.status}
        return found

    def extend(self, token: str | None = None) -> Any:
        return self.cloud.post(f"/signup/leases/{self.web}/extend", token or self.ana)

    def status(self) -> Any:
        answer = self.cloud.get(f"{NOVA}/servers/{self.web}", self.ana)
        return answer.json["server"]["status"] if answer.status == 200 else answer.status

    def start(self) -> None:
        self.cloud.post(f"{NOVA}/servers/{self.web}/action", self.ana, {"os-start": None})
        self.rest()


@pytest.fixture
def landlord(tmp_path: Path, later: Later) -> Iterator[Landlord]:
    made = Landlord(tmp_path, later)
    made.leases.listen(made.notices.append)
    yield made
    made.cloud.close()


def test_idle_from_announcement_to_deletion(landlord: Landlord) -> None:
    assert landlord.after(0)["stage"] == "running"
    assert landlord.after(99)["stage"] == "running"
    told = landlord.after(1)
    assert (told["stage"], told["reason"], landlord.status()) == ("announced", "idle", "ACTIVE")
    assert landlord.after(9.9)["stage"] == "announced"
    stopped = landlord.after(0.1)
    assert (stopped["stage"], stopped["deletes_at"], stopped["stops_at"]) == ("stopped", told["deletes_at"], None)
    assert landlord.status() == "SHUTOFF"
    assert landlord.after(19.9)["stage"] == "stopped"
    assert landlord.after(0.1)["stage"] == 404
    assert landlord.status() == 404
    assert rows("SELECT * FROM signup_leases") == []
    assert [(notice.step, notice.reason) for notice in landlord.notices] == [
        ("announced", "idle"), ("stopped", "idle"), ("deleted", "idle")
    ]  # fmt: skip


def test_a_server_that_works_is_not_idle_but_ages(landlord: Landlord) -> None:
    landlord.after(0)
    landlord.hypervisor.work(landlord.web, 0.2)
    for _ in range(10):
        assert landlord.after(90)["stage"] == "running"
    told = landlord.after(100)
    assert (told["stage"], told["reason"]) == ("announced", "age")
    assert landlord.after(10)["stage"] == "stopped"


def test_work_below_the_share_is_idleness(landlord: Landlord) -> None:
    landlord.after(0)
    landlord.hypervisor.work(landlord.web, 0.04)
    landlord.after(50)
    assert landlord.after(50)["reason"] == "idle"


def test_work_takes_back_an_announcement(landlord: Landlord) -> None:
    landlord.after(0)
    assert landlord.after(100)["stage"] == "announced"
    landlord.hypervisor.work(landlord.web, 0.5)
    taken_back = landlord.after(9)
    assert (taken_back["stage"], taken_back["reason"], taken_back["stops_at"]) == ("running", None, None)
    assert landlord.after(99)["stage"] == "running"


@pytest.mark.parametrize("more", [0, 10])
def test_extended_with_one_call(landlord: Landlord, more: int) -> None:
    landlord.after(0)
    landlord.after(100)
    landlord.after(more)
    answer = landlord.extend()
    assert answer.status == 200
    assert (answer.json["lease"]["stage"], answer.json["lease"]["deletes_at"]) == ("running", None)
    assert answer.json["lease"]["extended_at"] is not None
    assert landlord.after(99)["stage"] == "running"
    assert landlord.after(1)["stage"] == "announced"


def test_who_starts_it_again_has_extended_it(landlord: Landlord) -> None:
    landlord.after(0)
    landlord.after(100)
    assert landlord.after(10)["stage"] == "stopped"
    landlord.start()
    assert landlord.after(1)["stage"] == "running"
    assert landlord.after(50)["stage"] == "running"
    assert landlord.status() == "ACTIVE"


def test_the_administrators_project_has_none(landlord: Landlord) -> None:
    own = landlord.server(landlord.cloud.admin)
    landlord.after(0)
    landlord.after(2000)
    shown = landlord.cloud.ok(landlord.cloud.get(f"/signup/leases/{own}", landlord.cloud.admin))["lease"]
    assert (shown["stage"], shown["ends_at"]) == ("exempt", None)
    assert {notice.tenant.id for notice in landlord.notices} == {landlord.web}


def test_switched_off(tmp_path: Path, later: Later) -> None:
    made = Landlord(tmp_path, later, STACKLAB_LEASE_ENABLED="false")
    try:
        assert made.after(2000)["stage"] == "exempt"
        assert rows("SELECT * FROM signup_leases") == []
    finally:
        made.cloud.close()


def test_whose_leases_one_sees(landlord: Landlord) -> None:
    landlord.after(0)
    bob = landlord.cloud.newcomer("bob@example.org")
    get = landlord.cloud.get
    assert [lease["server_id"] for lease in get("/signup/leases", landlord.ana).json["leases"]] == [landlord.web]
    assert get("/signup/leases", bob).json == {"leases": []}
    assert get(f"/signup/leases/{landlord.web}", bob).status == 404
    assert landlord.extend(bob).status == 404
    assert get("/signup/leases?all_projects=1", bob).status == 403
    assert len(get("/signup/leases?all_projects=1", landlord.cloud.admin).json["leases"]) == 1
    assert get("/signup/leases").status == 401
    assert get("/signup/leases/nothing", landlord.ana).status == 404


def test_time_nobody_could_use_does_not_count(landlord: Landlord) -> None:
    """The node was away for longer than the grace: who could not extend keeps the time they had."""
    landlord.after(0)
    assert landlord.after(100)["stage"] == "announced"
    landlord.cloud.cloud.settings.lease.check_seconds = 3600
    assert landlord.after(500)["stage"] == "announced"
    for _ in range(4):
        assert landlord.after(2)["stage"] == "announced"
    assert landlord.after(2)["stage"] == "stopped"


def test_a_crash_in_between_changes_nothing(landlord: Landlord) -> None:
    """What is told and asked for is in one transaction with the stage: it is done, or will be."""
    landlord.after(0)
    landlord.after(100)

    def die(_notice: Notice) -> None:
        raise KeyboardInterrupt

    landlord.leases.listen(die)
    landlord.later(10 * HOUR)
    with pytest.raises(KeyboardInterrupt):
        landlord.leases.tick()
    assert (landlord.lease()["stage"], landlord.status(), pending()) == ("announced", "ACTIVE", 0)
    landlord.leases.listen(landlord.notices.append)
    assert landlord.after(0)["stage"] == "stopped"
    assert landlord.after(0)["stage"] == "stopped"
    assert [notice.step for notice in landlord.notices] == ["announced", "stopped"]


def test_a_server_in_the_middle_of_something_waits(landlord: Landlord, monkeypatch: pytest.MonkeyPatch) -> None:
    landlord.after(0)
    landlord.after(100)
    from stacklab.compute.model import servers
    from stacklab.core.db.database import transaction

    with transaction():
        servers.update(landlord.web, task_state="rebooting")
    assert landlord.after(10)["stage"] == "announced"
    with transaction():
        servers.update(landlord.web, task_state=None)
    assert landlord.after(0)["stage"] == "stopped"


def test_looking_asks_little(landlord: Landlord) -> None:
    """A fact a look, and nothing for a server of which there is no news."""
    landlord.after(0)
    before = rows("SELECT * FROM signup_leases")
    looked = facts.get("signup.leases.looked")
    landlord.after(1)
    assert rows("SELECT * FROM signup_leases") == before
    assert facts.get("signup.leases.looked") != looked


def test_the_owner_is_written_to(tmp_path: Path, later: Later, mailbox: Mailbox) -> None:
    mail = {"HOST": "127.0.0.1", "PORT": str(mailbox.port), "TLS": "none", "SENDER": "lab@cloud.test"}
    environ = {f"STACKLAB_MAIL_{name}": value for name, value in mail.items()}
    made = Landlord(tmp_path, later, **environ, STACKLAB_SIGNUP_VERIFY="never")
    try:
        made.after(0)
        for hours in (100, 10, 20):
            made.after(hours)
        assert [mail["to"] for mail in mailbox.mails] == [ANA] * 3
        told, stopped, deleted = mailbox.mails
        assert "will be stopped" in told["subject"]
        assert f"/servers/{made.web}" in text(told)
        assert "was stopped" in stopped["subject"]
        assert "was deleted" in deleted["subject"]
    finally:
        made.cloud.close()
