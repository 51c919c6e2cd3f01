"""Home's half of the fake cloud: sign-up, accounts, tokens, projects, regions and leases, in the shapes of the APIs."""

import uuid
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Json = dict[str, Any]


def stamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def nova_fault(status: int, message: str) -> Response:
    name = {400: "badRequest", 403: "forbidden", 409: "conflictingRequest"}.get(status, "computeFault")
    return JSONResponse({name: {"code": status, "message": message}}, status)


class FakeHome:
    """Who has an account, and with which token; what a test wants home to say of the rest."""

    def __init__(self) -> None:
        self.users: dict[str, str] = {}
        self.role = "member"  # that everybody has
        self.tokens: dict[str, str] = {}
        self.servers: dict[str, Json] = {}
        self.signup_rules: Json = {"enabled": True, "password_min_length": 10}
        self.proofs: list[Json] = []
        self.links: dict[str, Json] = {}
        self.codes: dict[str, str] = {}  # user → the code that is right now
        self.leases: dict[str, Json] = {}
        self.regions: list[Json] = []
        self.far: dict[str, str] = {}  # region → where its services are
        self.people: dict[str, str] | None = None  # user id → role id; None: they may not look

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
            "roles": [{"id": "r", "name": self.role}],
            "catalog": [
                {
                    "type": "compute",
                    "endpoints": [{"interface": "public", "region": "R", "url": f"{request.base_url}compute/v2.1"}],
                }
            ],
        }
        return JSONResponse({"token": token}, status, headers={"X-Subject-Token": text})
