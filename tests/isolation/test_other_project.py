"""One project against every resource of another, over all routes: each answers as if the resource did not exist.

Two accounts have each one of everything a tenant can own. Every route whose path names such a thing is called by the
stranger with the owner's id; a route that no row covers fails the suite, so a new route cannot be forgotten.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from stacklab.http.routes import Route
from tests.support.client import until
from tests.support.cloud import InProcess

REFUSALS = (401, 403, 404, 410)  # 401: a wrong old password, the same for anybody's id and for nobody's
ABSENT = "00000000-0000-4000-8000-000000000000"

# Where a tenant's own things are named: the start of a path, and what its first parameter is.
OWNED = {
    "/compute/v2.1/servers/{}": "server",
    "/compute/v2.1/os-keypairs/{}": "keypair",
    "/compute/v2.1/os-server-groups/{}": "server_group",
    "/compute/v2.1/os-security-groups/{}": "group",
    "/compute/v2.1/os-security-group-rules/{}": "rule",
    "/network/v2.0/ports/{}": "port",
    "/network/v2.0/security-groups/{}": "group",
    "/network/v2.0/security-group-rules/{}": "rule",
    "/network/v2.0/floatingips/{}": "floating",
    "/image/v2/images/{}": "image",
    "/object-store/v1/{}": "account",
    "/signup/leases/{}": "server",
    "/signup/accounts/{}": "user",
    "/identity/v3/projects/{}": "project",
    "/identity/v3/users/{}": "user",
    "/identity/v3/credentials/{}": "credential",
    "/identity/v3/OS-INHERIT/projects/{}": "project",
    "/identity/v3/OS-EP-FILTER/projects/{}": "project",
    "/identity/v3/limits/{}": "limit",
}
# What names nothing of a tenant's, or only the administrator may call at all.
SHARED = re.compile(
    r"/compute/v2\.1/(extensions|flavors|os-quota|os-hypervisors|os-services|os-simple-tenant-usage|images)|"
    r"/network/v2\.0/(extensions|agents|network-ip|networks|subnets|quotas)|"
    r"/identity/v3/(domains|groups|roles|system|regions|services|endpoints|policies|role_inferences)|"
    r"/identity/v3/(OS-TRUST|OS-OAUTH1|OS-INHERIT/domains|OS-EP-FILTER/endpoint|ec2tokens|s3tokens|registered_limits)|"
    r"/object-store/(endpoints|v1/endpoints)/|"
    r"/placement/|/image/v2/(schemas|info|stores|cache|tasks|metadefs)|/regions/v1/"
)
BODIES: dict[tuple[str, str], Any] = {
    ("PUT", "/v2.1/servers/{}"): {"server": {"name": "mine"}},
    ("POST", "/v2.1/servers/{}/remote-consoles"): {"remote_console": {"protocol": "vnc", "type": "novnc"}},
    ("POST", "/v2.1/servers/{}/metadata"): {"metadata": {"a": "b"}},
    ("PUT", "/v2.1/servers/{}/metadata"): {"metadata": {"a": "b"}},
    ("PUT", "/v2.1/servers/{}/metadata/{}"): {"meta": {"key": "b"}},
    ("PUT", "/v2.1/servers/{}/tags"): {"tags": ["a"]},
    ("POST", "/v2.1/servers/{}/os-interface"): {"interfaceAttachment": {}},
    ("PUT", "/v2.1/os-security-groups/{}"): {"security_group": {"name": "mine", "description": "mine"}},
    ("PUT", "/v2.0/ports/{}"): {"port": {"name": "mine"}},
    ("PUT", "/v2.0/security-groups/{}"): {"security_group": {"name": "mine"}},
    ("PUT", "/v2.0/floatingips/{}"): {"floatingip": {"description": "mine"}},
    ("PUT", "/v2.0/{}/{}/tags"): {"tags": ["a"]},
    ("POST", "/v2/images/{}/members"): {"member": "0123456789abcdef0123456789abcdef"},
    ("PUT", "/v2/images/{}/members/{}"): {"status": "accepted"},
    ("PATCH", "/v2/images/{}"): [{"op": "replace", "path": "/name", "value": "mine"}],
    ("PUT", "/v2/images/{}/file"): b"bytes",
    ("PUT", "/v2/images/{}/stage"): b"bytes",
    ("POST", "/v2/images/{}/import"): {"method": {"name": "glance-direct"}},
    ("POST", "/v2/images/{}/locations"): {"url": "http://web.test/"},
    ("POST", "/accounts/{}/suspend"): {"reason": "mine"},
    ("PATCH", "/v3/projects/{}"): {"project": {"description": "mine"}},
    ("PUT", "/v3/projects/{}/tags"): {"tags": ["a"]},
    ("PATCH", "/v3/users/{}"): {"user": {"description": "mine"}},
    ("POST", "/v3/users/{}/password"): {"user": {"password": "new password 1", "original_password": "wrong one"}},
    ("POST", "/v3/users/{}/application_credentials"): {"application_credential": {"name": "mine"}},
    ("PATCH", "/v3/limits/{}"): {"limit": {"resource_limit": 9}},
    ("PATCH", "/v3/credentials/{}"): {"credential": {"blob": "mine"}},
    ("POST", "/v3/users/{}/credentials/OS-EC2"): {"tenant_id": "0123456789abcdef0123456789abcdef"},
}
ACTIONS: dict[str, Any] = {
    "reboot": {"type": "SOFT"},
    "createImage": {"name": "taken"},
    "lock": None,
    "os-resetState": {"state": "active"},
    "os-getConsoleOutput": {},
    "os-getVNCConsole": {"type": "novnc"},
    "os-getSerialConsole": {"type": "serial"},
    "os-getSPICEConsole": {"type": "spice-html5"},
    "addSecurityGroup": {"name": "default"},
    "removeSecurityGroup": {"name": "default"},
    "addFixedIp": {"networkId": ABSENT},
    "removeFixedIp": {"address": "10.77.0.9"},
    "addFloatingIp": {"address": "10.88.0.9"},
    "removeFloatingIp": {"address": "10.88.0.9"},
}
MEDIA = {"PATCH": "application/openstack-images-v2.1-json-patch", "PUT": "application/octet-stream"}
OLD_SPELLINGS = ("/compute/v2.1/{project_id}", "/compute/v2/")  # of every compute path, served by the same handlers


@dataclass
class Owner:
    """A tenant with one of everything: kind → id."""

    token: str
    things: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    made = InProcess(tmp_path_factory.mktemp("isolation"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def owner(cloud: InProcess) -> Owner:
    return settle(cloud, "owner@example.org")


@pytest.fixture(scope="module")
def stranger(cloud: InProcess) -> Owner:
    return settle(cloud, "stranger@example.org")


def settle(cloud: InProcess, email: str) -> Owner:
    """Sign up and make one of everything."""
    one = Owner(cloud.newcomer(email))
    things, token = one.things, one.token

    def make(url: str, wrapper: str, body: dict[str, Any], key: str = "id") -> str:
        made = cloud.ok(cloud.post(url, token, {wrapper: body} if wrapper else body))
        return str((made[wrapper] if wrapper else made)[key])

    me = cloud.ok(cloud.get("/identity/v3/auth/tokens", token, headers={"x-subject-token": token}))["token"]
    things |= {"user": me["user"]["id"], "project": me["project"]["id"]}
    things["account"] = f"AUTH_{things['project']}"
    lab = cloud.one("/network/v2.0/networks", token, "networks", "lab")
    public = cloud.one("/network/v2.0/networks", token, "networks", "public")
    things["keypair"] = make("/compute/v2.1/os-keypairs", "keypair", {"name": f"key-of-{email[:5]}"}, "name")
    things["image"] = make("/image/v2/images", "", {"name": "own", "disk_format": "raw", "container_format": "bare"})
    things["group"] = make("/network/v2.0/security-groups", "security_group", {"name": "own"})
    rule = {"security_group_id": things["group"], "direction": "ingress"}
    things["rule"] = make("/network/v2.0/security-group-rules", "security_group_rule", rule)
    things["port"] = make("/network/v2.0/ports", "port", {"network_id": lab})
    things["floating"] = make("/network/v2.0/floatingips", "floatingip", {"floating_network_id": public})
    server_group = {"name": "own", "policies": ["affinity"]}
    things["server_group"] = make("/compute/v2.1/os-server-groups", "server_group", server_group)
    secret = {"type": "cert", "blob": "secret", "user_id": things["user"]}
    things["credential"] = make("/identity/v3/credentials", "credential", secret)
    image = cloud.one("/image/v2/images", token, "images", "stacklab-guest")
    server = {
        "name": "own",
        "imageRef": image,
        "flavorRef": "lab.nano",
        "networks": [{"uuid": lab}],
        "user_data": base64.b64encode(b"#!/bin/sh").decode(),
    }
    things["server"] = make("/compute/v2.1/servers", "server", server)
    path = f"/compute/v2.1/servers/{things['server']}"
    until("the server", lambda: cloud.get(path, token).json["server"]["status"] == "ACTIVE", 20)
    things["limit"] = limit_of(cloud, things["project"])
    return one


def limit_of(cloud: InProcess, project_id: str) -> str:
    """One that the administrator gave the project."""
    service_id = cloud.one("/identity/v3/services", cloud.admin, "services", "nova")
    common = {"service_id": service_id, "resource_name": "cores"}
    registered = {"registered_limits": [{**common, "default_limit": 10}]}
    cloud.post("/identity/v3/registered_limits", cloud.admin, registered)  # 409 for the second tenant
    limit = {"limits": [{**common, "project_id": project_id, "resource_limit": 5}]}
    return str(cloud.ok(cloud.post("/identity/v3/limits", cloud.admin, limit))["limits"][0]["id"])


def blank(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def owned(prefix: str, route: Route) -> list[tuple[str, str]]:
    """(kind, path with that kind's place still open) for each tenant's thing that the route names."""
    path = blank(prefix + route.path)
    if path.startswith("/network/v2.0/{}/{}/tags"):
        collections = {"ports": "port", "security-groups": "group", "floatingips": "floating"}
        return [(kind, path.replace("{}", name, 1)) for name, kind in collections.items()]
    found = [kind for start, kind in OWNED.items() if path == start or path.startswith(start + "/")]
    return [(kind, path) for kind in found]


def test_every_route_is_somebodys_or_everybodys(cloud: InProcess) -> None:
    """A new route needs a row above."""
    unknown = [
        f"{route.method} {mount.prefix}{route.path}"
        for mount in cloud.app.mounts.values()
        for route in mount.table.routes
        if "{" in route.path
        and not f"{mount.prefix}{route.path}".startswith(OLD_SPELLINGS)
        and not owned(mount.prefix, route)
        and not SHARED.match(mount.prefix + route.path)
    ]
    assert unknown == []


def calls(cloud: InProcess) -> list[tuple[str, Route, str, str]]:
    return [
        (mount.prefix, route, kind, path)
        for mount in cloud.app.mounts.values()
        for route in mount.table.routes
        for kind, path in owned(mount.prefix, route)
    ]


def test_what_is_anothers_does_not_exist(cloud: InProcess, owner: Owner, stranger: Owner) -> None:
    """Its refusal is that of an id nobody has, to the letter, and nothing about it changes."""
    before = snapshot(cloud, owner)
    wrong = []
    for prefix, route, kind, path in calls(cloud):
        theirs = refusal(cloud, prefix, route, path, owner.things[kind], stranger.token)
        nobodys = refusal(cloud, prefix, route, path, absent(kind), stranger.token)
        # What methods there are (OPTIONS) is the same for all, and told to all.
        refused = theirs[0] in REFUSALS or route.method == "OPTIONS"
        if theirs != nobodys or not refused:
            wrong.append((route.method, path, route.action, theirs, nobodys))
    assert wrong == []
    assert snapshot(cloud, owner) == before


def test_most_of_the_table_says_404(cloud: InProcess, owner: Owner, stranger: Owner) -> None:
    """403 is for what only an administrator may do, whoever owns it: the owner meets it too. Swift says it of every
    account that is not one's own, whether there is one or not."""
    for prefix, route, kind, path in calls(cloud):
        status, _words = refusal(cloud, prefix, route, path, owner.things[kind], stranger.token)
        if status == 403 and prefix not in ("/identity", "/object-store"):
            own = refusal(cloud, prefix, route, path, stranger.things[kind], stranger.token)[0]
            assert own == 403, (route.method, path, route.action)


def absent(kind: str) -> str:
    if kind == "account":
        return f"AUTH_{absent('project')}"
    return ABSENT.replace("-", "") if kind in ("user", "project", "credential", "limit") else ABSENT


def refusal(cloud: InProcess, prefix: str, route: Route, path: str, thing: str, token: str) -> tuple[int, str]:
    """Status and body of the answer, with the id itself taken out."""
    url = path.replace("{}", thing, 1).replace("{}", "key")
    key = (route.method, blank(route.path))
    if route.action is not None:
        body: Any = {route.action: ACTIONS.get(route.action)}
    else:
        body = BODIES.get(key)
        assert body is not None or route.body is None, f"no body for {key}"
    lowest = route.lowest if route.lowest > (2, 1) else (2, 1)
    version = ".".join(str(part) for part in (route.highest if route.highest < (9, 0) else lowest))
    headers = {
        "openstack-api-version": f"compute {version}",
        "content-type": MEDIA.get(route.method, "application/json"),
    }
    answer = cloud.call(route.method, url, token, body, headers)
    words = re.sub(r"req-[0-9a-f-]+", "", answer.raw.decode())
    return answer.status, words.replace(thing, "ID")


def snapshot(cloud: InProcess, owner: Owner) -> list[bytes]:
    """Everything the owner sees of its own things."""
    urls = [
        "/compute/v2.1/servers/detail",
        "/compute/v2.1/os-keypairs",
        "/compute/v2.1/os-server-groups",
        "/network/v2.0/ports",
        "/network/v2.0/security-groups",
        "/network/v2.0/floatingips",
        f"/image/v2/images/{owner.things['image']}",
        f"/identity/v3/users/{owner.things['user']}",
    ]
    return [cloud.get(url, owner.token).raw for url in urls]
