"""The image API of the fake cloud, in memory. Not a test itself."""

import hashlib
import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.console.fake_home import stamp

Json = dict[str, Any]
PROJECT = "a" * 32
IMAGE = "11111111-1111-4111-8111-111111111111"
GUEST = {
    "id": IMAGE, "name": "stacklab-guest", "status": "active", "size": 20971520, "owner": "admins",
    "visibility": "public", "disk_format": "qcow2", "container_format": "bare", "min_ram": 0, "min_disk": 0,
    "os_admin_user": "lab", "os_distro": "stacklab", "tags": [], "protected": True, "os_hidden": False,
    "checksum": "0" * 32, "os_hash_algo": "sha512", "os_hash_value": "0" * 128, "virtual_size": None,
}  # fmt: skip


class FakeImages:
    """`held` is the images by id; `members` their members' answers; `imported` what was asked to be fetched; `stores`
    what is told of those there are.
    """

    def __init__(self) -> None:
        self.held: dict[str, Json] = {IMAGE: {**GUEST, "created_at": stamp()}}
        self.members: dict[str, dict[str, str]] = {}
        self.imported: list[Json] = []
        self.stores: list[Json] = [{"id": "local", "default": "true"}]
        self.patches: list[tuple[str, list[Json]]] = []

    def routes(self) -> list[Route]:
        base = "/image/v2/images"
        return [
            Route(base, self.all, methods=["GET", "POST"]),
            Route("/image/v2/info/usage", self.usage),
            Route("/image/v2/info/stores", self.info),
            Route("/image/v2/stores/{store}/{id}", self.leave, methods=["DELETE"]),
            Route(base + "/{id}", self.one, methods=["GET", "PATCH", "DELETE"]),
            Route(base + "/{id}/file", self.file, methods=["PUT"]),
            Route(base + "/{id}/actions/{action}", self.act, methods=["POST"]),
            Route(base + "/{id}/import", self.fetch, methods=["POST"]),
            Route(base + "/{id}/tasks", self.tasks),
            Route(base + "/{id}/members", self.sharing, methods=["GET", "POST"]),
            Route(base + "/{id}/members/{member}", self.member, methods=["PUT", "DELETE"]),
        ]

    def add(self, name: str, **more: Any) -> str:
        id = str(uuid.uuid4())
        self.held[id] = {
            **GUEST, "id": id, "name": name, "owner": PROJECT, "visibility": "private", "protected": False,
            "created_at": stamp(), **more,
        }  # fmt: skip
        return id

    async def usage(self, _request: Request) -> Response:
        limits = {"image_size_total": {"usage": 3, "limit": 10240}, "image_count_total": {"usage": 1, "limit": 100}}
        return JSONResponse({"usage": limits})

    async def info(self, _request: Request) -> Response:
        return JSONResponse({"stores": self.stores})

    async def leave(self, request: Request) -> Response:
        image = self.held[request.path_params["id"]]
        image["stores"] = ",".join(set(image["stores"].split(",")) - {request.path_params["store"]})
        return Response(status_code=204)

    async def all(self, request: Request) -> Response:
        if request.method == "POST":
            wanted = await request.json()
            id = self.add(**wanted, status="queued", checksum=None, size=None)
            return JSONResponse(self.held[id], 201)
        query = request.query_params
        hidden, owner, visibility = query.get("os_hidden") == "true", query.get("owner"), query.get("visibility")
        found = [
            image
            for image in self.held.values()
            if image["os_hidden"] == hidden
            and owner in (None, image["owner"])
            and visibility in (None, image["visibility"])
            and self._asked(image, query.get("member_status", "accepted"))
        ]
        key, _, way = query.get("sort", "created_at:desc").partition(":")
        found.sort(key=lambda image: (str(image[key]), image["id"]), reverse=way == "desc")
        start = next((at + 1 for at, image in enumerate(found) if image["id"] == query.get("marker")), 0)
        limit = int(query.get("limit", 1000))
        more = {"next": "/v2/images?…"} if len(found) > start + limit else {}
        return JSONResponse({"images": found[start : start + limit], **more})

    def _asked(self, image: Json, answer: str) -> bool:
        mine = image["owner"] == PROJECT or image["visibility"] != "shared"
        return mine or self.members.get(image["id"], {}).get(PROJECT) == answer

    async def one(self, request: Request) -> Response:
        image = self.held.get(request.path_params["id"])
        if image is None:
            return JSONResponse({"code": 404, "title": "Not Found", "message": "No image found<br /><br />"}, 404)
        if request.method == "DELETE":
            del self.held[image["id"]]
            return Response(status_code=204)
        if request.method == "PATCH":
            patch = await request.json()
            self.patches.append((request.headers["content-type"], patch))
            for change in patch:
                image[change["path"][1:]] = change.get("value")
        return JSONResponse(image)

    async def act(self, request: Request) -> Response:
        states = {"deactivate": "deactivated", "reactivate": "active"}
        self.held[request.path_params["id"]]["status"] = states[request.path_params["action"]]
        return Response(status_code=204)

    async def file(self, request: Request) -> Response:
        body = await request.body()
        facts = {
            "status": "active",
            "size": len(body),
            "checksum": hashlib.md5(body, usedforsecurity=False).hexdigest(),
        }
        stored = {"stores": request.headers.get("x-image-meta-store", "local")}
        self.held[request.path_params["id"]] |= {**facts, "os_hash_value": hashlib.sha512(body).hexdigest(), **stored}
        return Response(status_code=204)

    async def fetch(self, request: Request) -> Response:
        self.imported.append(wanted := await request.json())
        copied = {"os_glance_importing_to_stores": ",".join(wanted.get("stores", []))}
        copies = wanted["method"]["name"] == "copy-image"
        self.held[request.path_params["id"]] |= copied if copies else {"status": "importing"}
        return Response(status_code=202)

    async def tasks(self, _request: Request) -> Response:
        return JSONResponse({"tasks": [{"updated_at": stamp(), "status": "failure", "message": "no such file there"}]})

    async def sharing(self, request: Request) -> Response:
        members = self.members.setdefault(request.path_params["id"], {})
        if request.method == "POST":
            members[(await request.json())["member"]] = "pending"
        return JSONResponse({"members": [{"member_id": who, "status": said} for who, said in members.items()]})

    async def member(self, request: Request) -> Response:
        members, who = self.members[request.path_params["id"]], request.path_params["member"]
        if request.method == "DELETE":
            del members[who]
            return Response(status_code=204)
        members[who] = (await request.json())["status"]
        return JSONResponse({"member_id": who, "status": members[who]})
