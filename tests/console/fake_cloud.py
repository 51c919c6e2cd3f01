"""A small cloud that answers the console's calls in OpenStack's shapes, in memory: for the tests of the pages alone.

Not a test itself. `FakeCloud().app(fallback)` is an ASGI application; `boot_after` looks turn BUILD into ACTIVE.
"""

import uuid
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from tests.console.fake_home import FakeHome, nova_fault, stamp
from tests.console.fake_images import IMAGE, FakeImages
from tests.console.fake_objects import FakeObjects

Json = dict[str, Any]
PRIVATE = "-----BEGIN FAKE KEY-----\nxyz\n-----END FAKE KEY-----\n"
LOG = "stacklab-guest: [0.90] kernel\nstacklab-guest: [2.10] network eth0=10.77.0.9\nstacklab-guest: [3.40] ready\n"


def naive() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


class FakeCloud(FakeHome):
    """State by noun; `fail` maps "METHOD /path" to a response that is given instead."""

    def __init__(self) -> None:
        super().__init__()
        self.images = FakeImages()
        self.objects = FakeObjects()
        self.pairs: dict[str, Json] = {}
        self.groups: dict[str, Json] = {}
        self.floating: dict[str, Json] = {}
        self.credentials: dict[str, Json] = {}
        self.s3_keys: dict[str, Json] = {}
        self.fail: dict[str, Response] = {}
        self.seen: list[str] = []
        self.forwarded: list[str] = []
        self.boot_after = 1

    def app(self, fallback: ASGIApp | None = None) -> Starlette:
        routes: list[Any] = [
            Route("/signup", self.sign_up, methods=["GET", "POST"]),
            Route("/signup/account", self.account),
            Route("/signup/account/delete", self.delete_account, methods=["POST"]),
            Route("/signup/totp", self.totp, methods=["POST"]),
            Route("/signup/totp/{what}", self.totp_step, methods=["POST"]),
            Route("/signup/leases", self.list_leases),
            Route("/signup/leases/{server}", self.lease),
            Route("/signup/leases/{server}/extend", self.extend, methods=["POST"]),
            Route("/signup/{what}", self.mail, methods=["POST"]),
            Route("/regions/v1/regions", self.list_regions),
            Route("/identity/v3/auth/tokens", self.tokens_route, methods=["GET", "POST", "DELETE"]),
            Route("/identity/{region}/v3/auth/tokens", self.bound_token, methods=["POST"]),
            Route("/identity/v3/auth/projects", self.projects),
            Route("/identity/v3/projects/{id}", self.project),
            Route("/identity/v3/role_assignments", self.assignments),
            Route("/identity/v3/roles", self.roles),
            Route("/identity/v3/users", self.find_users),
            Route("/identity/v3/users/{id}/password", self.change_password, methods=["POST"]),
            Route("/identity/v3/projects/{id}/users/{user}/roles/{role}", self.grant, methods=["PUT", "DELETE"]),
            Route("/identity/v3/users/{user}/application_credentials", self.credentials_route, methods=["GET", "POST"]),
            Route("/identity/v3/users/{user}/application_credentials/{id}", self.credential, methods=["DELETE"]),
            Route("/identity/v3/users/{user}/credentials/OS-EC2", self.ec2_keys, methods=["GET", "POST"]),
            Route("/identity/v3/users/{user}/credentials/OS-EC2/{access}", self.ec2_key, methods=["DELETE"]),
            *self.images.routes(),
            *self.objects.routes(),
            Route("/compute/v2.1/servers/detail", self.list_servers),
            Route("/compute/v2.1/servers", self.create_server, methods=["POST"]),
            Route("/compute/v2.1/servers/{id}", self.server, methods=["GET", "DELETE"]),
            Route("/compute/v2.1/servers/{id}/action", self.action, methods=["POST"]),
            Route("/compute/v2.1/servers/{id}/os-instance-actions", self.actions),
            Route("/compute/v2.1/servers/{id}/os-instance-actions/{request}", self.action_detail),
            Route("/compute/v2.1/flavors/detail", self.flavors),
            Route("/compute/v2.1/limits", self.limits),
            Route("/compute/v2.1/os-keypairs", self.keypairs, methods=["GET", "POST"]),
            Route("/compute/v2.1/os-keypairs/{name}", self.keypair, methods=["DELETE"]),
            Route("/network/v2.0/networks", self.networks),
            Route("/network/v2.0/ports", self.ports),
            Route("/network/v2.0/quotas/{project}", self.quota),
            Route("/network/v2.0/floatingips", self.floatingips, methods=["GET", "POST"]),
            Route("/network/v2.0/floatingips/{id}", self.floatingip, methods=["DELETE", "PUT"]),
            Route("/network/v2.0/security-groups", self.security_groups, methods=["GET", "POST"]),
            Route("/network/v2.0/security-groups/{id}", self.security_group, methods=["GET", "DELETE"]),
            Route("/network/v2.0/security-group-rules", self.rules, methods=["POST"]),
            Route("/network/v2.0/security-group-rules/{id}", self.rule, methods=["DELETE"]),
        ]
        for route in routes:
            route.app = self._checked(route.app, route.path)
        if fallback:
            routes.append(Mount("/", fallback))
        return Starlette(routes=routes)

    def _checked(self, app: ASGIApp, path: str) -> ASGIApp:
        """Looks at the token first, as every API does; and gives the failures a test asked for."""

        async def checked(scope: Any, receive: Any, send: Any) -> None:
            request = Request(scope)
            self.seen.append(f"{request.method} {request.url.path}")
            self.forwarded.append(request.headers.get("x-forwarded-for", ""))
            failure = self.fail.get(f"{request.method} {path}")
            name = request.url.path
            public = path in ("/signup", "/signup/{what}", "/regions/v1/regions") or name == "/signup/totp/recover"
            public = public or (path.endswith("auth/tokens") and request.method == "POST") or path.endswith("password")
            if not public and request.headers.get("x-auth-token") not in self.tokens:
                failure = JSONResponse({"error": {"code": 401, "message": "requires authentication"}}, 401)
            await (failure or app)(scope, receive, send)

        return checked

    fault = staticmethod(nova_fault)

    async def credentials_route(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"application_credentials": list(self.credentials.values())})
        wanted = (await request.json())["application_credential"]
        made = {"id": uuid.uuid4().hex, "expires_at": None, **wanted}
        self.credentials[made["id"] or ""] = made
        return JSONResponse({"application_credential": made | {"secret": "hush-hush"}}, 201)

    async def credential(self, request: Request) -> Response:
        self.credentials.pop(request.path_params["id"])
        return Response(status_code=204)

    async def ec2_keys(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"credentials": list(self.s3_keys.values())})
        key = {"access": uuid.uuid4().hex, "secret": f"hush{len(self.s3_keys)}", **await request.json()}
        self.s3_keys[str(key["access"])] = key
        return JSONResponse({"credential": key}, 201)

    async def ec2_key(self, request: Request) -> Response:
        self.s3_keys.pop(request.path_params["access"])
        return Response(status_code=204)

    async def flavors(self, _request: Request) -> Response:
        sizes = [("1", "lab.nano", 1, 128, 1), ("2", "m1.small", 1, 2048, 20), ("3", "m1.huge", 64, 524288, 80)]
        names = ("id", "name", "vcpus", "ram", "disk")
        return JSONResponse({"flavors": [dict(zip(names, size, strict=True)) for size in sizes]})

    async def limits(self, _request: Request) -> Response:
        count = len(self.servers)
        absolute = {
            "maxTotalInstances": 10, "totalInstancesUsed": count, "maxTotalCores": 20, "totalCoresUsed": count,
            "maxTotalRAMSize": 51200, "totalRAMUsed": 128 * count,
        }  # fmt: skip
        return JSONResponse({"limits": {"rate": [], "absolute": absolute}})

    async def keypairs(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"keypairs": [{"keypair": pair} for pair in self.pairs.values()]})
        pair = (await request.json())["keypair"]
        if pair["name"] in self.pairs:
            return JSONResponse(
                {"conflictingRequest": {"code": 409, "message": f"Key pair '{pair['name']}' already exists."}}, 409
            )
        self.pairs[pair["name"]] = {"name": pair["name"], "fingerprint": "aa:bb:cc:dd:ee:ff:00:11", "type": "ssh"}
        private = (
            {} if "public_key" in pair else {"private_key": "-----BEGIN FAKE KEY-----\nxyz\n-----END FAKE KEY-----\n"}
        )
        return JSONResponse({"keypair": self.pairs[pair["name"]] | private}, 201)

    async def keypair(self, request: Request) -> Response:
        self.pairs.pop(request.path_params["name"])
        return Response(status_code=204)

    async def networks(self, _request: Request) -> Response:
        lab = {"id": "net-lab", "name": "lab", "router:external": False, "subnets": ["s"]}
        return JSONResponse(
            {"networks": [lab, {"id": "net-pub", "name": "public", "router:external": True, "subnets": ["p"]}]}
        )

    async def ports(self, request: Request) -> Response:
        device = request.query_params.get("device_id")
        ports = [
            {"id": f"port-{id}", "device_id": id, "device_owner": "compute:nova", "security_groups": server["_groups"]}
            for id, server in self.servers.items()
            if device in (None, id)
        ]
        return JSONResponse({"ports": ports})

    async def quota(self, _request: Request) -> Response:
        return JSONResponse({"quota": {"floatingip": 50}})

    async def floatingips(self, request: Request) -> Response:
        if request.method == "GET":
            port = request.query_params.get("port_id")
            return JSONResponse({"floatingips": [f for f in self.floating.values() if port in (None, f["port_id"])]})
        body = (await request.json())["floatingip"]
        id = str(uuid.uuid4())
        port = body.get("port_id")
        self.floating[id] = {
            "id": id, "floating_ip_address": f"10.88.0.{len(self.floating) + 10}", "port_id": port,
            "fixed_ip_address": "10.77.0.9" if port else None,
        }  # fmt: skip
        if port:
            address = {"addr": self.floating[id]["floating_ip_address"], "version": 4, "OS-EXT-IPS:type": "floating"}
            self.servers[port.removeprefix("port-")]["addresses"]["lab"].append(address)
        return JSONResponse({"floatingip": self.floating[id]}, 201)

    async def floatingip(self, request: Request) -> Response:
        self.floating.pop(request.path_params["id"])
        return Response(status_code=204)

    async def security_groups(self, request: Request) -> Response:
        if not self.groups:
            self._group("default")
        if request.method == "GET":
            name = request.query_params.get("name")
            return JSONResponse({"security_groups": [g for g in self.groups.values() if name in (None, g["name"])]})
        return JSONResponse({"security_group": self._group((await request.json())["security_group"]["name"])}, 201)

    def _group(self, name: str) -> Json:
        id = str(uuid.uuid4())
        self.groups[id] = {"id": id, "name": name, "description": "", "security_group_rules": []}
        return self.groups[id]

    async def security_group(self, request: Request) -> Response:
        id = request.path_params["id"]
        if id not in self.groups:
            return JSONResponse({"NeutronError": {"type": "NotFound", "message": "no group", "detail": ""}}, 404)
        if request.method == "DELETE":
            del self.groups[id]
            return Response(status_code=204)
        return JSONResponse({"security_group": self.groups[id]})

    async def rules(self, request: Request) -> Response:
        rule = (await request.json())["security_group_rule"]
        made = (
            {"port_range_min": None, "port_range_max": None, "remote_group_id": None} | rule | {"id": str(uuid.uuid4())}
        )
        self.groups[rule["security_group_id"]]["security_group_rules"].append(made)
        return JSONResponse({"security_group_rule": made}, 201)

    async def rule(self, request: Request) -> Response:
        for group in self.groups.values():
            group["security_group_rules"] = [
                r for r in group["security_group_rules"] if r["id"] != request.path_params["id"]
            ]
        return Response(status_code=204)

    def add_server(self, name: str, status: str = "ACTIVE", fault: str = "", groups: list[str] | None = None) -> str:
        id = str(uuid.uuid4())
        self.servers[id] = {
            "id": id, "name": name, "status": status, "OS-EXT-STS:task_state": None,
            "created": stamp(), "key_name": "k",
            "addresses": {"lab": [{"addr": "10.77.0.9", "version": 4, "OS-EXT-IPS:type": "fixed"}]},
            "flavor": {"vcpus": 1, "ram": 128, "disk": 1, "original_name": "lab.nano"},
            "image": {"id": IMAGE}, "security_groups": [{"name": "default"}],
            "_groups": groups or [], "_started": naive(), "_looks": 0,
        }  # fmt: skip
        if fault:
            self.servers[id]["fault"] = {"code": 500, "message": fault}
        return id

    async def create_server(self, request: Request) -> Response:
        wanted = (await request.json())["server"]
        ids = [id for id, g in self.groups.items() if g["name"] in {s["name"] for s in wanted["security_groups"]}]
        id = self.add_server(wanted["name"], "BUILD", groups=ids)
        self.servers[id]["key_name"] = wanted.get("key_name")
        return JSONResponse({"server": {"id": id, "links": []}}, 202)

    def _look(self) -> None:
        for server in self.servers.values():
            server["_looks"] += 1
            if server["status"] == "BUILD" and server["_looks"] > self.boot_after:
                server["status"] = "ACTIVE"

    def _shown(self, server: Json) -> Json:
        return {key: value for key, value in server.items() if not key.startswith("_")}

    async def list_servers(self, _request: Request) -> Response:
        self._look()
        return JSONResponse({"servers": [self._shown(server) for server in self.servers.values()]})

    async def server(self, request: Request) -> Response:
        found = self.servers.get(request.path_params["id"])
        if found is None:
            return JSONResponse({"itemNotFound": {"code": 404, "message": "Instance could not be found."}}, 404)
        if request.method == "DELETE":
            del self.servers[found["id"]]
            return Response(status_code=204)
        return JSONResponse({"server": self._shown(found)})

    async def action(self, request: Request) -> Response:
        found, body = self.servers[request.path_params["id"]], await request.json()
        if "os-getConsoleOutput" in body:
            return JSONResponse({"output": LOG if found["status"] == "ACTIVE" else ""})
        if "createImage" in body:
            return JSONResponse({"image_id": self.images.add(body["createImage"]["name"], status="queued")}, 202)
        found["status"] = {"os-stop": "SHUTOFF", "os-start": "ACTIVE"}.get(next(iter(body)), found["status"])
        return Response(status_code=202)

    async def actions(self, _request: Request) -> Response:
        return JSONResponse({"instanceActions": [{"action": "create", "request_id": "req-1"}]})

    async def action_detail(self, request: Request) -> Response:
        began = self.servers[request.path_params["id"]]["_started"]
        event = {"event": "compute__do_build_and_run_instance", "start_time": began, "finish_time": began}
        return JSONResponse({"instanceAction": {"action": "create", "start_time": began, "events": [event]}})
