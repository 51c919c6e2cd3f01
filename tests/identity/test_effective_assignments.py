"""What people effectively have, against a naive model that follows every path by hand; and that tokens say the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stacklab.core.db.database import change, transaction
from stacklab.identity import assignments, grants
from stacklab.identity.assignments import Assignment, Wanted
from tests.support.identity_cloud import Cloud

USERS, GROUPS, ROLES = ("u0", "u1", "u2"), ("g0", "g1"), ("r0", "r1", "r2", "r3", "rd")
DOMAINS, PROJECTS = ("d0", "d1"), ("p0", "p1", "p2", "p3", "p4")


@dataclass(frozen=True)
class World:
    """`parents`: of each project, a domain or an earlier project. `made`: (actor kind, actor, target kind, target,
    role, inherited). `rd` belongs to d0."""

    parents: dict[str, str]
    members: frozenset[tuple[str, str]]  # group, user
    implied: frozenset[tuple[str, str]]
    made: frozenset[tuple[str, str, str, str, str, bool]]
    home: dict[str, str] = field(default_factory=dict)  # project → its domain

    def above(self, project: str) -> Iterator[str]:
        while project in self.parents:
            project = self.parents[project]
            yield project

    def has(self, user: str, role: str, target: str) -> bool:
        """By any path at all."""
        return any(
            (actor == user or (actor, user) in self.members)
            and role in self.reach(given)
            and (target in self._below(place) if inherited else target == place)
            for _, actor, _, place, given, inherited in self.made
        )

    def _below(self, place: str) -> set[str]:
        return {project for project in PROJECTS if place in self.above(project)}

    def reach(self, role: str) -> set[str]:
        """What a role amounts to in a token."""
        seen, queue = set[str](), [role]
        while queue:
            if (one := queue.pop()) not in seen:
                seen.add(one)
                queue += [implied for prior, implied in self.implied if prior == one]
        return seen - {"rd"}


@st.composite
def worlds(draw: Any) -> World:
    parents = {p: draw(st.sampled_from([*DOMAINS, *PROJECTS[:i]])) for i, p in enumerate(PROJECTS)}
    actors = st.sampled_from([*(("user", u) for u in USERS), *(("group", g) for g in GROUPS)])
    places = [*(("project", p, i) for p in PROJECTS for i in (False, True))]
    places += [*(("domain", d, i) for d in DOMAINS for i in (False, True)), ("system", "system", False)]
    one = st.tuples(actors, st.sampled_from(places), st.sampled_from(ROLES))
    made = frozenset(
        (*actor, place[0], place[1], role, place[2]) for actor, place, role in draw(st.lists(one, max_size=8))
    )
    pairs = st.tuples(st.sampled_from(ROLES), st.sampled_from(ROLES))
    members = draw(st.frozensets(st.tuples(st.sampled_from(GROUPS), st.sampled_from(USERS)), max_size=4))
    return World(parents, members, draw(st.frozensets(pairs, max_size=5)), made)


def store(cloud: Cloud, world: World) -> None:
    """Nothing but this world, in the tables."""
    with transaction():
        for table in ("assignments", "implied_roles", "group_members", "groups", "users", "roles", "projects"):
            change(f"DELETE FROM identity_{table}")
        for domain in DOMAINS:
            _project(domain, "", None, True)
        for project, parent in world.parents.items():
            top = [*world.above(project)][-1]
            world.home[project] = top
            _project(project, top, parent, False)
        for user in USERS:
            sql = (
                "INSERT INTO identity_users (id, domain_id, name, enabled, options, extra) VALUES (?, 'd0', ?, 1, ?, ?)"
            )
            change(sql, (user, user, "{}", "{}"))
        for group in GROUPS:
            change("INSERT INTO identity_groups VALUES (?, 'd0', ?, '', '{}')", (group, group))
        for role in ROLES:
            change(
                "INSERT INTO identity_roles VALUES (?, ?, ?, '', '{}', '{}')",
                (role, "d0" if role == "rd" else "", role),
            )
        for pair in world.implied:
            change("INSERT INTO identity_implied_roles VALUES (?, ?)", pair)
        for member in world.members:
            change("INSERT INTO identity_group_members VALUES (?, ?)", member)
        for kind, actor, target_kind, target, role, inherited in world.made:
            grants.add(kind, actor, target_kind, target, role, inherited)
        cloud.identity.rolebook.changed()


def _project(project: str, domain: str, parent: str | None, is_domain: bool) -> None:
    change(
        "INSERT INTO identity_projects VALUES (?, ?, ?, ?, '', 1, ?, '{}', '{}')",
        (project, domain, parent, project, int(is_domain)),
    )


def holds(listed: list[Assignment]) -> set[tuple[str, str, str]]:
    assert all(a.actor_kind == "user" for a in listed)
    assert len(listed) == len(set(listed))
    return {(a.actor_id, a.role_id, a.target_id) for a in listed}


def expected(world: World, targets: tuple[str, ...], users: tuple[str, ...] = USERS) -> set[tuple[str, str, str]]:
    return {(u, r, t) for u in users for r in ROLES for t in targets if world.has(u, r, t)}


_quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_quick
@given(worlds())
def test_lists_and_tokens_say_what_a_naive_model_says(cloud: Cloud, world: World) -> None:
    store(cloud, world)
    identity = cloud.identity
    everywhere = (*DOMAINS, *PROJECTS)
    assert holds(assignments.effective(identity, Wanted())) == expected(world, everywhere)
    assert holds(assignments.effective(identity, Wanted(system=True))) == expected(world, ("system",))
    for user in USERS:
        assert holds(assignments.effective(identity, Wanted(user_id=user))) == expected(world, everywhere, (user,))
        for target in (*everywhere, "system"):
            held = {role for role, _ in identity.rolebook.expand(grants.held(user, target))}
            assert held == {r for r in ROLES if world.has(user, r, target)}
    for target in PROJECTS:
        assert holds(assignments.effective(identity, Wanted(project_id=target))) == expected(world, (target,))
        tree = (target, *(p for p in PROJECTS if target in world.above(p)))
        subtree = Wanted(project_id=target, subtree=True)
        assert holds(assignments.effective(identity, subtree)) == expected(world, tree)
    for domain in DOMAINS:
        assert holds(assignments.effective(identity, Wanted(domain_id=domain))) == expected(world, (domain,))
        inside = (domain, *(p for p in PROJECTS if world.home[p] == domain))
        assert holds(assignments.effective(identity, Wanted(within=domain))) == expected(world, inside)
    for role in ROLES:
        found = holds(assignments.effective(identity, Wanted(role_id=role)))
        assert found == {one for one in expected(world, everywhere) if one[1] == role}


@_quick
@given(worlds())
def test_direct_lists_are_the_rows_that_fit(cloud: Cloud, world: World) -> None:
    store(cloud, world)

    def listed(**wanted: Any) -> set[tuple[Any, ...]]:
        return {(*a[:5], bool(a.inherited)) for a in assignments.direct(Wanted(**wanted))}

    assert listed() == world.made
    for user in USERS:
        assert listed(user_id=user) == {m for m in world.made if m[1] == user}
    for project in PROJECTS:
        assert listed(project_id=project) == {m for m in world.made if m[3] == project}
        under = {m for m in world.made if m[3] == project or project in world.above(m[3])}
        assert listed(project_id=project, subtree=True) == under
        assert listed(project_id=project, inherited=True) == {m for m in world.made if m[3] == project and m[5]}
    for domain in DOMAINS:
        assert listed(domain_id=domain) == {m for m in world.made if m[3] == domain}
        assert listed(within=domain) == {m for m in world.made if m[3] == domain or world.home.get(m[3]) == domain}
    assert listed(system=True) == {m for m in world.made if m[2] == "system"}
    assert listed(inherited=True) == {m for m in world.made if m[5]}
    assert listed(group_id="g0", role_id="r1") == {m for m in world.made if m[1] == "g0" and m[4] == "r1"}


@_quick
@given(worlds())
def test_one_may_enter_what_one_has_a_role_on(cloud: Cloud, world: World) -> None:
    store(cloud, world)
    for user in USERS:
        for kind, places in (("project", PROJECTS), ("domain", DOMAINS)):
            entered = {p for p in places if any(world.has(user, role, p) for role in ROLES)}
            listed = set(grants.targets(user, kind))
            assert entered <= listed
            hollow = {p for p in listed - entered if ("rd", "rd") in world.implied}
            assert listed - entered == hollow  # a role of a domain that implies itself only opens nothing
