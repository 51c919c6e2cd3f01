"""Tokens of every kind of standing, and the change that takes the standing away: one row each. The token ends, and
another user's does not.
"""

from collections.abc import Callable
from typing import Any

import pytest

from stacklab.core.errors import Unauthorized
from stacklab.identity import grants, groups, projects
from tests.support.identity_cloud import Cloud

Scope = dict[str, Any]


def group_of(cloud: Cloud) -> str:
    group = groups.create({"domain_id": "default", "name": "friends"}, {})
    groups.add(group, cloud.user("ana"))
    cloud.ids["friends"] = group.id
    return str(group.id)


def by_group(kind: str, target: str) -> Callable[[Cloud], Scope]:
    def give(cloud: Cloud) -> Scope:
        grants.add("group", group_of(cloud), kind, cloud.ids.get(target, target), cloud.made.roles["reader"])
        return scope_of(cloud, kind, target)

    return give


def own(kind: str, target: str) -> Callable[[Cloud], Scope]:
    def give(cloud: Cloud) -> Scope:
        cloud.user("ana", "reader", cloud.ids.get(target, target), kind)
        return scope_of(cloud, kind, target)

    return give


def scope_of(cloud: Cloud, kind: str, target: str) -> Scope:
    return {"system": {"all": True}} if kind == "system" else {kind: {"id": cloud.ids[target]}}


def inherited(actor: str, kind: str, above: str) -> Callable[[Cloud], Scope]:
    """Of a role that counts below a domain or project: the token is for a project below."""

    def give(cloud: Cloud) -> Scope:
        who = group_of(cloud) if actor == "group" else cloud.user("ana")
        grants.add(actor, who, kind, cloud.ids[above], cloud.made.roles["reader"], inherited=True)
        below = projects.create({"domain_id": "default", "name": "below", "parent_id": cloud.ids["project"]}, {})
        cloud.ids["below"] = below.id
        return {"project": {"id": below.id}}

    return give


ROWS: dict[str, tuple[Callable[[Cloud], Scope], str]] = {
    "own role on a project": (own("project", "project"), "DELETE projects/{project}/users/{ana}/{role}"),
    "own role on a domain": (own("domain", "domain"), "DELETE domains/{domain}/users/{ana}/{role}"),
    "own role on the system": (own("system", "system"), "DELETE system/users/{ana}/{role}"),
    "a group's role": (by_group("project", "project"), "DELETE projects/{project}/groups/{friends}/{role}"),
    "a group's on a domain": (by_group("domain", "domain"), "DELETE domains/{domain}/groups/{friends}/{role}"),
    "a group's on the system": (by_group("system", "system"), "DELETE system/groups/{friends}/{role}"),
    "being in the group": (by_group("project", "project"), "DELETE groups/{friends}/users/{ana}"),
    "the group": (by_group("domain", "domain"), "DELETE groups/{friends}"),
    "an inherited role": (
        inherited("user", "domain", "domain"),
        "DELETE OS-INHERIT/domains/{domain}/users/{ana}/{role}/inherited_to_projects",
    ),
    "one inherited from a project": (
        inherited("user", "project", "project"),
        "DELETE OS-INHERIT/projects/{project}/users/{ana}/{role}/inherited_to_projects",
    ),
    "a group's inherited role": (
        inherited("group", "domain", "domain"),
        "DELETE OS-INHERIT/domains/{domain}/groups/{friends}/{role}/inherited_to_projects",
    ),
    "being in the group that inherits": (
        inherited("group", "project", "project"),
        "DELETE groups/{friends}/users/{ana}",
    ),
    "all their tokens": (own("project", "project"), "DELETE users/{ana}/tokens"),
    "the user": (own("domain", "domain"), "DELETE users/{ana}"),
    "the project's being on": (own("project", "project"), "PATCH projects/{project}"),
}


def alive(cloud: Cloud, token: str) -> bool:
    try:
        cloud.identity.check(token)
    except Unauthorized:
        return False
    return True


@pytest.mark.parametrize(("give", "change"), ROWS.values(), ids=list(ROWS))
def test_it_ends(cloud: Cloud, give: Callable[[Cloud], Scope], change: str) -> None:
    token = cloud.token("ana", give(cloud))
    assert alive(cloud, token)
    names = cloud.ids | {"role": f"roles/{cloud.made.roles['reader']}"}
    method, path = change.format(**names).split()
    body = {"project": {"enabled": False}} if method == "PATCH" else None
    answer = cloud.call(method, f"/v3/{path}", "admin", body)
    assert answer.status in (200, 204), answer.raw
    assert not alive(cloud, token)
    assert alive(cloud, cloud.tokens["admin"])
    assert alive(cloud, cloud.tokens["auditor"])


@pytest.mark.parametrize("deleted", [False, True])
def test_a_domain_takes_what_is_in_it(cloud: Cloud, deleted: bool) -> None:
    """Tokens for it, for its projects, and of its users anywhere."""
    far = cloud.call("POST", "/v3/domains", "admin", {"domain": {"name": "far"}}).json["domain"]["id"]
    inside = projects.create({"domain_id": far, "name": "inside"}, {}).id
    cloud.user("ana", "reader", far, "domain")
    grants.add("user", cloud.ids["ana"], "project", inside, cloud.made.roles["reader"])
    native = {"name": "native", "domain_id": far, "password": "a secret of theirs"}
    native_id = cloud.call("POST", "/v3/users", "admin", {"user": native}).json["user"]["id"]
    grants.add("user", native_id, "project", cloud.ids["project"], cloud.made.roles["reader"])
    here = {"project": {"id": cloud.ids["project"]}}
    tokens = [
        cloud.token("ana", {"domain": {"id": far}}),
        cloud.token("ana", {"project": {"id": inside}}),
        cloud.login("native", here, native["password"], far).headers["x-subject-token"],
    ]
    assert all(alive(cloud, token) for token in tokens)
    assert cloud.call("PATCH", f"/v3/domains/{far}", "admin", {"domain": {"enabled": False}}).status == 200
    if deleted:
        assert cloud.call("DELETE", f"/v3/domains/{far}", "admin").status == 204
    assert not any(alive(cloud, token) for token in tokens)
    assert alive(cloud, cloud.tokens["member"])
