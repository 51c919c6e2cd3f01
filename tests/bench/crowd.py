"""Authentication and validation with 100,000 users and 200,000 assignments, beside the same node when it was empty."""

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from tests.bench import identity
from tests.bench.measure import Rate, Row
from tests.support.node import Node

USERS = 100_000
PROJECTS = 20_000
GOAL = 1.3
REPEATS = 3


def compare(folder: Path) -> list[Row]:
    """CPU time a request, crowded over empty."""
    node = Node(folder / "crowd").start()
    try:
        empty = _measure(node)
        node.stop()
        crowd(node.state / "stacklab.db")
        node.start()
        crowded = _measure(node)
    finally:
        node.purge()
    return [
        Row(
            what,
            f"{before.cpu_ms:.2f} → {crowded[what].cpu_ms:.2f} ms CPU",
            f"{crowded[what].cpu_ms / before.cpu_ms:.2f}×; goal ≤ {GOAL}×",
        )
        for what, before in empty.items()
    ]


def _measure(node: Node) -> dict[str, Rate]:
    """The best of some runs each: what other load on the machine adds is not ours."""
    seen: dict[str, list[Rate]] = {}
    for _ in range(REPEATS):
        side = identity.side(node)
        side.ask("validate", "/auth/tokens", {"X-Subject-Token": side.admin.token})
        side.ask("list my projects", "/auth/projects")
        side.issue("issue by application credential", identity.by_credential(side), 3)
        side.issue("issue by password", identity.by_password(side), 3)
        for what, found in side.seen.items():
            seen.setdefault(what, []).append(found)
    return {what: min(rates, key=lambda rate: rate.cpu_ms) for what, rates in seen.items()}


def crowd(database: Path) -> None:
    """Rows straight into the database of a node that is down: through the API this would take an hour."""
    with closing(sqlite3.connect(database)) as file, file:
        (role,) = file.execute("SELECT id FROM identity_roles WHERE name = 'member' AND domain_id = ''").fetchone()
        projects = [uuid4().hex for _ in range(PROJECTS)]
        users = [uuid4().hex for _ in range(USERS)]
        _insert(
            file,
            "identity_projects (id, domain_id, parent_id, name, description, enabled, is_domain, options, extra)",
            [(id, "default", "default", f"p{n}", "", 1, 0, "{}", "{}") for n, id in enumerate(projects)],
        )
        _insert(
            file,
            "identity_users (id, domain_id, name, enabled, options, extra)",
            [(id, "default", f"crowd{n}", 1, "{}", "{}") for n, id in enumerate(users)],
        )
        _insert(
            file,
            "identity_assignments (actor_kind, actor_id, target_kind, target_id, role_id)",
            [
                ("user", id, "project", projects[(n + step) % PROJECTS], role)
                for n, id in enumerate(users)
                for step in (0, 1)
            ],
        )


def _insert(file: sqlite3.Connection, into: str, rows: list[tuple[object, ...]]) -> None:
    marks = ", ".join("?" * len(rows[0]))
    file.executemany(f"INSERT INTO {into} VALUES ({marks})", rows)
