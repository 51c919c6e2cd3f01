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

Json = dict[str, Any]
IMAGE = "11111111-1111-4111-8111-111111111111"
PRIVATE = "-----BEGIN FAKE KEY-----\nxyz\n-----END FAKE KEY-----\n"
LOG = "stacklab-guest: [0.90] kernel\nstacklab-guest: [2.10] network eth0=10.77.0.9\nstacklab-guest: [3.40] ready\n"


def stamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def naive() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def nova_fault(status: int, message: str) -> Response:
    name = {400: "badRequest", 403: "forbidden", 409: "conflictingRequest"}.get(status, "computeFault")
    return JSONResponse({name: {"code": status, "message": message}}, status)


class FakeCloud:
    """State by noun; `fail` maps "METHOD /path" to a response that is given instead."""

    def __init__(self) -> None:
        self.users: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self.servers: dict[str, Json] = {}
        self.pairs: dict[str, Json] = {}
        self.groups: dict[str, Json] = {}
        self.floating: dict[str, Json] = {}
        self.credentials: dict[str, Json] = {}
        self.fail: dict[str, Response] = {}
        self.seen: list[str] = []
        self.forwarded: list[str] = []
        self.boot_after = 1
        self.signup_rules: Json = {"enabled": True, "password_min_length": 10}
        self.proofs: list[Json] = []
        self.links: dict[str, Json] = {}
        self.codes: dict[str, str] = {}  # user → the code that is right now
        self.leases: dict[str, Json] = {}
        self.regions: list[Json] = []
        self.far: dict[str, str] = {}  # region → where its services are
        self.people: dict[str, str] | None = None  # user id → role id; None: they may not look

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
            Route("/image/v2/images", self.images),
            Route("/image/v2/images/{id}", self.image),
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

    async def sign_up(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse(self.signup_rules)
        body = await request.json()
        self.proofs.append(body.get("proof"))
        if self.signup_rules.get("verification"):
            self.links["mailed"] = {"kind": "verify", "email": body["email"], "expires_at": stamp()}
            return JSONResponse({"verification": {"email": body["email"], "expires_at": stamp()}}, 202)
        self.users.setdefault(body["email"], body["password"])
        return JSONResponse({"user": {}, "project": {}}, 201)

    async def mail(self, request: Request) -> Response:
        """resend, link, verify, reset, password."""
        body, what = await request.json(), request.path_params["what"]
        if what in ("resend", "reset"):
            self.links["mailed"] = {"kind": "reset" if what == "reset" else "verify", "email": body["email"]}
            return JSONResponse({what: {"email": body["email"]}}, 202)
        link = self.links.get(body["token"])
        if link is None:
            return JSONResponse({"error": {"code": 404, "message": "no such link"}}, 404)
        if what == "link":
            return JSONResponse({"link": link})
        if len(body["password"]) < 10:
            return JSONResponse({"error": {"code": 400, "message": "too short a password"}}, 400)
        del self.links[body["token"]]
        self.users[link["email"]] = body["password"]
        return JSONResponse({"user": {}, "project": {}}, 201) if what == "verify" else Response(status_code=204)

    def _me(self, request: Request) -> str:
        return self.tokens[request.headers["x-auth-token"]]

    async def account(self, request: Request) -> Response:
        me = self._me(request)
        return JSONResponse({"account": {"id": "u" * 32, "email": me, "totp": me in self.codes, "recovery_codes": 9}})

    async def delete_account(self, request: Request) -> Response:
        if self.users[self._me(request)] != (await request.json())["password"]:
            return JSONResponse({"error": {"code": 403, "message": "wrong password"}}, 403)
        del self.users[self._me(request)]
        self.tokens.clear()
        return Response(status_code=202)

    async def totp(self, request: Request) -> Response:
        uri = f"otpauth://totp/StackLab:{self._me(request)}?secret=JBSWY3DPEHPK3PXP&issuer=StackLab"
        return JSONResponse({"totp": {"secret": "JBSWY3DPEHPK3PXP", "uri": uri, "digits": 6, "period": 30}}, 201)

    async def totp_step(self, request: Request) -> Response:
        body, what = await request.json(), request.path_params["what"]
        if what == "recover":
            if body["code"] != "right" or self.users.get(body["email"]) != body["password"]:
                return JSONResponse({"error": {"code": 401, "message": "no"}}, 401)
            del self.codes[body["email"]]
            return Response(status_code=204)
        if body["code"] != "123456":
            return JSONResponse({"error": {"code": 400, "message": "wrong code"}}, 400)
        if what == "disable":
            del self.codes[self._me(request)]
            return Response(status_code=204)
        self.codes[self._me(request)] = "123456"
        return JSONResponse({"recovery_codes": [f"aaaaa-bbbbb-ccccc-{i}" for i in range(10)]})

    def add_lease(self, server: str, stage: str) -> None:
        later = "2099-01-02T03:04:05Z"
        self.leases[server] = {
            "server_id": server, "server_name": self.servers[server]["name"], "project_id": "a" * 32, "stage": stage,
            "reason": "idle" if stage != "running" else None, "ends_at": later, "extended_at": None,
            "stops_at": later if stage == "announced" else None, "deletes_at": later if stage != "running" else None,
        }  # fmt: skip

    async def list_leases(self, _request: Request) -> Response:
        return JSONResponse({"leases": list(self.leases.values())})

    async def lease(self, request: Request) -> Response:
        found = self.leases.get(request.path_params["server"])
        return JSONResponse({"lease": found}) if found else nova_fault(404, "none")

    async def extend(self, request: Request) -> Response:
        found = self.leases[request.path_params["server"]]
        found |= {"stage": "running", "reason": None, "stops_at": None, "deletes_at": None}
        return JSONResponse({"lease": found})

    async def list_regions(self, _request: Request) -> Response:
        return JSONResponse({"regions": self.regions})

    async def bound_token(self, request: Request) -> Response:
        """A token for one region, from one of home."""
        region = request.path_params["region"]
        old = (await request.json())["auth"]["identity"]["token"]["id"]
        if old not in self.tokens or region not in self.far:
            return JSONResponse({"error": {"code": 401, "message": "no such token or region"}}, 401)
        text = f"bound-to-{region}-{uuid.uuid4().hex}"
        base = self.far[region]
        catalog = [
            {"type": kind, "endpoints": [{"interface": "public", "region": region, "url": base + path}]}
            for kind, path in (("compute", "/compute/v2.1"), ("network", "/network"), ("image", "/image"))
        ]
        token = {"expires_at": "2099-01-01T00:00:00.000000Z", "catalog": catalog}
        return JSONResponse({"token": token}, 201, headers={"X-Subject-Token": text})

    async def projects(self, request: Request) -> Response:
        return JSONResponse(
            {"projects": [{"id": "a" * 32, "name": self._me(request)}, {"id": "b" * 32, "name": "second"}]}
        )

    async def project(self, request: Request) -> Response:
        return JSONResponse(
            {"project": {"id": request.path_params["id"], "name": self._me(request), "description": ""}}
        )

    async def assignments(self, _request: Request) -> Response:
        if self.people is None:
            return JSONResponse({"error": {"code": 403, "message": "not authorized"}}, 403)
        found = [
            {"user": {"id": user, "name": f"name-{user}"}, "role": {"id": role, "name": role}, "scope": {}}
            for user, role in self.people.items()
        ]
        return JSONResponse({"role_assignments": found})

    async def roles(self, _request: Request) -> Response:
        return JSONResponse({"roles": [{"id": name, "name": name} for name in ("admin", "member", "reader")]})

    async def find_users(self, request: Request) -> Response:
        name = request.query_params["name"]
        return JSONResponse({"users": [{"id": "wei", "name": name}] if name == "wei" else []})

    async def grant(self, request: Request) -> Response:
        assert self.people is not None
        if request.method == "PUT":
            self.people[request.path_params["user"]] = request.path_params["role"]
        else:
            del self.people[request.path_params["user"]]
        return Response(status_code=204)

    async def change_password(self, request: Request) -> Response:
        given = (await request.json())["user"]
        me = self._me(request)
        if self.users[me] != given["original_password"]:
            return JSONResponse({"error": {"code": 401, "message": "wrong"}}, 401)
        self.users[me] = given["password"]
        self.tokens = {text: name for text, name in self.tokens.items() if name != me}
        return Response(status_code=204)

    async def tokens_route(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.tokens.pop(request.headers["x-subject-token"], None)
            return Response(status_code=204)
        if request.method == "GET":
            return self._token(request, self._me(request), request.headers["x-subject-token"], 200)
        auth = (await request.json())["auth"]
        if "token" in auth["identity"]:
            name = self.tokens[auth["identity"]["token"]["id"]]
            return self._token(request, name, "", 201, auth["scope"]["project"]["id"])
        if "totp" in auth["identity"]:
            user = auth["identity"]["totp"]["user"]
            right = request.headers.get("openstack-auth-receipt") == f"receipt of {user['name']}"
            if not right or self.codes[user["name"]] != user["passcode"]:
                return JSONResponse({"error": {"code": 401, "message": "no", "title": "x"}}, 401)
            return self._token(request, user["name"])
        user = auth["identity"]["password"]["user"]
        if self.users.get(user["name"]) == user["password"] and user["name"] in self.codes:
            receipt = {"Openstack-Auth-Receipt": f"receipt of {user['name']}"}
            return JSONResponse({"receipt": {"methods": ["password"]}}, 401, headers=receipt)
        if self.users.get(user["name"]) != user["password"]:
            return JSONResponse({"error": {"code": 401, "message": "Invalid user or password", "title": "x"}}, 401)
        return self._token(request, user["name"])

    def _token(
        self, request: Request, name: str, text: str = "", status: int = 201, project: str = "a" * 32
    ) -> Response:
        text = text or f"fake-token-{uuid.uuid4().hex}"
        self.tokens[text] = name
        domain = {"id": "default", "name": "Default"}
        token = {
            "expires_at": "2099-01-01T00:00:00.000000Z",
            "user": {"id": "u" * 32, "name": name, "domain": domain},
            "project": {"id": project, "name": name, "domain": domain},
            "roles": [{"id": "r", "name": "member"}],
            "catalog": [
                {
                    "type": "compute",
                    "endpoints": [{"interface": "public", "region": "R", "url": f"{request.base_url}compute/v2.1"}],
                }
            ],
        }
        return JSONResponse({"token": token}, status, headers={"X-Subject-Token": text})

    async def credentials_route(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"application_credentials": list(self.credentials.values())})
        name = (await request.json())["application_credential"]["name"]
        made = {"id": uuid.uuid4().hex, "name": name, "expires_at": None}
        self.credentials[made["id"] or ""] = made
        return JSONResponse({"application_credential": made | {"secret": "hush-hush"}}, 201)

    async def credential(self, request: Request) -> Response:
        self.credentials.pop(request.path_params["id"])
        return Response(status_code=204)

    async def images(self, _request: Request) -> Response:
        return JSONResponse({"images": [self._image()]})

    async def image(self, _request: Request) -> Response:
        return JSONResponse(self._image())

    def _image(self) -> Json:
        return {
            "id": IMAGE, "name": "stacklab-guest", "status": "active", "size": 20971520,
            "disk_format": "qcow2", "min_ram": 0, "min_disk": 0, "os_admin_user": "lab", "os_distro": "stacklab",
        }  # fmt: skip

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
            "image": {"id": self._image()["id"]}, "security_groups": [{"name": "default"}],
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
        found["status"] = {"os-stop": "SHUTOFF", "os-start": "ACTIVE"}.get(next(iter(body)), found["status"])
        return Response(status_code=202)

    async def actions(self, _request: Request) -> Response:
        return JSONResponse({"instanceActions": [{"action": "create", "request_id": "req-1"}]})

    async def action_detail(self, request: Request) -> Response:
        began = self.servers[request.path_params["id"]]["_started"]
        event = {"event": "compute__do_build_and_run_instance", "start_time": began, "finish_time": began}
        return JSONResponse({"instanceAction": {"action": "create", "start_time": began, "events": [event]}})
