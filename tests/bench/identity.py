"""Identity beside a real Keystone 30: the same requests by the same client in one run, one after the other."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bcrypt

from tests.bench.measure import Rate, Row, as_installed, memory_mb, rate
from tests.bench.peers.keystone import PASSWORD, Keystone
from tests.support.client import Client
from tests.support.node import Node

USERS = 1000
ROUNDS = 12  # bcrypt's cost in Keystone's defaults
EQUAL_COST = {"STACKLAB_IDENTITY_PASSWORD_HASH": "bcrypt", "STACKLAB_IDENTITY_PASSWORD_BCRYPT_ROUNDS": str(ROUNDS)}


@dataclass
class Side:
    """One of the two: where it answers, who it is, and what it was seen to do."""

    base: str
    admin: Client
    password: str
    processes: list[int]
    seen: dict[str, Rate] = field(default_factory=dict)

    def ask(self, what: str, path: str, headers: dict[str, str] | None = None) -> None:
        self.seen[what] = self._good(what, rate(self.base + path, self.admin.token, self.processes, headers))

    def issue(self, what: str, auth: dict[str, Any], seconds: int = 4) -> None:
        """POST /auth/tokens with this body, sixteen at a time."""
        body = json.dumps({"auth": auth}).encode()
        made = rate(f"{self.base}/auth/tokens", "", self.processes, None, seconds, body, 16)
        self.seen[what] = self._good(what, made)

    @staticmethod
    def _good(what: str, seen: Rate) -> Rate:
        assert not seen.failed, f"{what}: {seen.failed} refused"
        return seen


def compare(folder: Path) -> list[Row]:
    """Both sides with the same people in them; ratios by CPU time a request."""
    theirs, peer = _theirs(folder)
    try:
        _measure(theirs)
        their_memory = _at_rest(theirs)
    finally:
        peer.stop()
    ours, start, memory = _ours(folder / "ours", {})
    equal, _, _ = _ours(folder / "equal", EQUAL_COST, only_passwords=True)
    rows = [_row(what, ours.seen[what], seen, goal) for what, seen, goal in _goals(theirs)]
    alone = _hashes_alone()
    at_equal = equal.seen["issue by password"].per_second
    return [
        *rows,
        Row(
            f"issue by password, both bcrypt {ROUNDS}",
            f"{at_equal:.1f}/s : {theirs.seen['issue by password'].per_second:.1f}/s",
            f"{at_equal / alone:.0%} of the hash alone ({alone:.1f}/s); goal ≥ 95 %",
        ),
        Row(
            "memory of all processes",
            f"{memory:.0f} MB : {their_memory:.0f} MB",
            f"1/{their_memory / memory:.1f}; goal ≤ 1/4",
        ),
        Row(
            "start to first token", f"{start:.2f} s : {peer.seconds:.2f} s", f"1/{peer.seconds / start:.1f}; goal ≤ 1/5"
        ),
    ]


def _goals(theirs: Side) -> list[tuple[str, Rate, float]]:
    goals = {
        "validate": 20.0,
        f"list {USERS} users": 40.0,
        "list assignments": 0.0,
        "issue by password": 8.0,
        "issue by application credential": 50.0,
        "issue by token": 0.0,
    }
    return [(what, theirs.seen[what], goal) for what, goal in goals.items()]


def _row(what: str, ours: Rate, theirs: Rate, goal: float) -> Row:
    cpu, rates = theirs.cpu_ms / max(ours.cpu_ms, 0.001), ours.per_second / theirs.per_second
    shown = f"{ours.per_second:,.0f}/s : {theirs.per_second:,.1f}/s"
    asked = f"; goal ≥ {goal:.0f}×" if goal else ""
    return Row(
        what, shown, f"{cpu:.0f}× by CPU ({ours.cpu_ms:.2f} : {theirs.cpu_ms:.1f} ms), {rates:.0f}× by rate{asked}"
    )


def _theirs(folder: Path) -> tuple[Side, Keystone]:
    peer = Keystone(folder / "keystone").start()
    people(Side(peer.url, peer.admin(), PASSWORD, peer.processes()))
    peer.stop()  # measured from a start, as ours is
    peer.start()
    return Side(peer.url, peer.admin(), PASSWORD, peer.processes()), peer


def _ours(state: Path, environ: dict[str, str], only_passwords: bool = False) -> tuple[Side, float, float]:
    """The side measured, seconds from start to first token, and MB."""
    node = Node(state, "simulated", **environ, **as_installed(state.parent)).start()
    try:
        people(side(node))
        node.stop()
        begun = time.perf_counter()
        node.start()
        node.admin()
        start = time.perf_counter() - begun
        measured = side(node)
        if only_passwords:
            measured.issue("issue by password", by_password(measured), 8)
        else:
            _measure(measured)
        return measured, start, _at_rest(measured)
    finally:
        node.purge()


def _at_rest(side: Side) -> float:
    """MB after the work, when the least in half a minute has been seen."""
    least = memory_mb(side.processes)
    for _ in range(15):
        time.sleep(2)
        least = min(least, memory_mb(side.processes))
    return least


def side(node: Node) -> Side:
    assert node.process
    return Side(f"{node.url}/identity/v3", node.admin(), node.admin_password(), [node.process.pid])


def people(at: Side) -> None:
    """USERS users without a password, each a member of the administrator's project."""
    base = f"{at.admin.identity}/v3"
    project = at.admin.get(f"{base}/auth/projects")["projects"][0]["id"]
    role = at.admin.one(f"{base}/roles", "roles", "member")
    for number in range(USERS - len(at.admin.get(f"{base}/users")["users"])):
        user = {"name": f"u{number:05d}", "domain_id": "default"}
        made = at.admin.post(f"{base}/users", {"user": user})["user"]["id"]
        at.admin.put(f"{base}/projects/{project}/users/{made}/roles/{role}", None)


def _measure(at: Side) -> None:
    at.ask("validate", "/auth/tokens", {"X-Subject-Token": at.admin.token})
    at.ask(f"list {USERS} users", "/users")
    at.ask("list assignments", "/role_assignments")
    at.issue("issue by token", {"identity": {"methods": ["token"], "token": {"id": at.admin.token}}})
    at.issue("issue by application credential", by_credential(at))
    at.issue("issue by password", by_password(at), 8)


def by_password(at: Side) -> dict[str, Any]:
    domain = {"id": "default"}
    user = {"name": "admin", "domain": domain, "password": at.password}
    return {
        "identity": {"methods": ["password"], "password": {"user": user}},
        "scope": {"project": {"name": "admin", "domain": domain}},
    }


def by_credential(at: Side) -> dict[str, Any]:
    """An application credential made for this run."""
    base = f"{at.admin.identity}/v3"
    headers = {"x-subject-token": at.admin.token}
    shown = json.loads(at.admin.raw("GET", f"{base}/auth/tokens", None, headers)[2])["token"]
    path = f"{base}/users/{shown['user']['id']}/application_credentials"
    made = at.admin.post(path, {"application_credential": {"name": f"bench {time.time_ns()}"}})[
        "application_credential"
    ]
    return {
        "identity": {
            "methods": ["application_credential"],
            "application_credential": {"id": made["id"], "secret": made["secret"]},
        }
    }


def _hashes_alone(seconds: float = 4) -> float:
    """bcrypt checks a second on all cores, and nothing else."""
    known = bcrypt.hashpw(b"password", bcrypt.gensalt(ROUNDS))
    end = time.perf_counter() + seconds

    def check(_number: int) -> int:
        done = 0
        while time.perf_counter() < end:
            bcrypt.checkpw(b"password", known)
            done += 1
        return done

    begun = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        done = sum(pool.map(check, range(os.cpu_count() or 1)))
    return done / (time.perf_counter() - begun)
