"""A network service with the two networks of the first start, and its API."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stacklab.core.db.database import rows
from stacklab.core.events import Bus, Event
from stacklab.core.settings import Settings
from stacklab.host.network.plan import NetworkPlan
from stacklab.host.network.simulated import SimulatedNetwork
from stacklab.http.context import Context
from stacklab.networks.api import mount
from stacklab.networks.service import Networks
from tests.support.api import PERSONAS, Answer, Api

V = "/network/v2.0"


class Recording(SimulatedNetwork):
    """The simulated driver, and every plan it was given."""

    def __init__(self, state: Path) -> None:
        super().__init__(state)
        self.plans: list[NetworkPlan] = []

    def apply(self, plan: NetworkPlan) -> None:
        super().apply(plan)
        self.plans.append(plan)


@dataclass
class Cloud:
    """The service, its API and what tests ask for again and again."""

    service: Networks
    driver: Recording
    api: Api
    events: list[Event]

    def ctx(self, persona: str = "member") -> Context:
        return Context(PERSONAS[persona])

    def id_of(self, name: str) -> str:
        return str(rows("SELECT id FROM networks WHERE name = ?", (name,))[0][0])

    def make(self, collection: str, persona: str = "member", **attributes: Any) -> dict[str, Any]:
        """POST one resource; the attributes that every one of its kind needs are filled in."""
        one = {"security-groups": "security_group", "security-group-rules": "security_group_rule"}.get(
            collection, collection.removesuffix("s")
        )
        filled: dict[str, Any] = {}
        if collection == "ports":
            filled["network_id"] = self.id_of("lab")
        if collection == "floatingips":
            filled["floating_network_id"] = self.id_of("public")
        answer = self.api.post(f"{V}/{collection}", persona, {one: {**filled, **attributes}})
        assert answer.status == 201, answer.raw
        return dict(answer.json[one])

    def list(self, collection: str, query: str = "", persona: str = "member") -> list[dict[str, Any]]:
        answer = self.api.get(f"{V}/{collection}?{query}", persona)
        assert answer.status == 200, answer.raw
        return list(answer.json[collection.replace("-", "_")])


Refused = Callable[[Answer, int, str], str]


@pytest.fixture
def refused() -> Refused:
    """`refused(answer, 409, "OverQuota")` → the message of the NeutronError."""

    def check(answer: Answer, status: int, kind: str) -> str:
        assert answer.status == status, answer.raw
        error = answer.json["NeutronError"]
        assert error["type"] == kind, error
        assert error["detail"] == ""
        return str(error["message"])

    return check


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def cloud(database: Callable[..., None], tmp_path: Path, settings: Settings) -> Cloud:
    database("stacklab.networks")
    bus, driver = Bus(), Recording(tmp_path)
    events: list[Event] = []
    bus.subscribe("*", events.append)
    service = Networks(settings, driver, bus)
    service.ensure_bootstrap(str(PERSONAS["admin"].project_id))
    return Cloud(service, driver, Api(mount(service)), events)
