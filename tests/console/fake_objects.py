"""The object store of the fake cloud, in memory. Not a test itself."""

import hashlib
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]


class FakeObjects:
    """`boxes`: container → name → bytes; `headers`: container → what was set on it, in lower case."""

    def __init__(self) -> None:
        self.boxes: dict[str, dict[str, bytes]] = {}
        self.headers: dict[str, dict[str, str]] = {}
        self.versions: dict[str, list[Json]] = {}  # container → rows of what is kept
        self.segmented: set[str] = set()  # names of large objects

    def routes(self) -> list[Route]:
        base = "/object-store/v1/{account}"
        return [
            Route(base, self.account, methods=["GET", "POST"]),
            Route(base + "/{box}", self.box, methods=["GET", "PUT", "POST", "HEAD", "DELETE"]),
            Route(base + "/{box}/{key:path}", self.key, methods=["PUT", "DELETE"]),
        ]

    async def account(self, request: Request) -> Response:
        if request.method == "POST":
            for line in (await request.body()).decode().splitlines():
                box, _, key = unquote(line).partition("/")
                self.boxes[box].pop(key, None)
            return JSONResponse({"Errors": []})
        rows = [{"name": name, "count": len(held), "bytes": 0} for name, held in sorted(self.boxes.items())]
        return JSONResponse(rows, headers={"X-Account-Container-Count": str(len(rows))})

    async def box(self, request: Request) -> Response:
        name = request.path_params["box"]
        if request.method == "PUT":
            self.boxes.setdefault(name, {})
        elif request.method == "POST":
            self.headers.setdefault(name, {}).update(request.headers.items())
        elif request.method == "DELETE":
            if self.boxes[name] or self.versions.get(name):
                return Response(status_code=409)
            del self.boxes[name]
        elif request.method == "GET":
            found = self.versions.get(name, []) if "versions" in request.query_params else self._rows(name, request)
            return JSONResponse(found, headers=self._of(name))
        return Response(status_code=204, headers=self._of(name))

    def _of(self, name: str) -> dict[str, str]:
        told = ("x-container-", "x-versions-")
        kept = {key: value for key, value in self.headers.get(name, {}).items() if key.startswith(told)}
        return kept | {"X-Container-Object-Count": str(len(self.boxes.get(name, {})))}

    def _rows(self, name: str, request: Request) -> list[Json]:
        prefix, delimiter = request.query_params.get("prefix", ""), request.query_params.get("delimiter", "")
        rows: dict[str, Json] = {}
        for key, body in sorted(self.boxes[name].items()):
            if not key.startswith(prefix):
                continue
            head, cut, _rest = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
            if cut:
                rows[f"{prefix}{head}/"] = {"subdir": f"{prefix}{head}/"}
            else:
                rows[key] = self._row(key, body)
        return list(rows.values())

    def _row(self, key: str, body: bytes) -> Json:
        row = {
            "name": key, "bytes": len(body), "hash": hashlib.md5(body, usedforsecurity=False).hexdigest(),
            "content_type": "text/plain", "last_modified": "2026-11-24T10:00:00.000000",
        }  # fmt: skip
        return row | ({"slo_etag": "x"} if key in self.segmented else {})

    async def key(self, request: Request) -> Response:
        held, key = self.boxes[request.path_params["box"]], request.path_params["key"]
        if request.method == "PUT":
            body = await request.body()
            if request.headers.get("if-none-match") == "*" and key in held:
                return Response(status_code=412)
            held[key] = body
            return Response(status_code=201, headers={"ETag": self._row(key, held[key])["hash"]})
        if version := request.query_params.get("version-id"):
            self.versions[request.path_params["box"]].remove({"name": key, "version_id": version})
            return Response(status_code=204)
        assert request.query_params["multipart-manifest"] == "delete"
        del held[key]
        return Response(status_code=204)
