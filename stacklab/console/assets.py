"""The static files: read and gzipped once at start, served under a version of their content and cached for ever."""

import gzip
import hashlib
import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

ROOT = Path(__file__).resolve().parents[2] / "static"
_SERVED = {".css", ".js", ".svg", ".woff2"}
_PACKED = {".woff2"}  # already compressed
mimetypes.add_type("font/woff2", ".woff2")


class Assets:
    """`url("console/style.css")` changes whenever any file does, so browsers never keep a stale one."""

    def __init__(self, root: Path = ROOT) -> None:
        self._files = {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.suffix in _SERVED and path.is_file()
        }
        whole = hashlib.sha256()
        for name, data in self._files.items():
            whole.update(name.encode() + b"\0" + data)
        self.version = whole.hexdigest()[:12]
        self._zipped = {
            name: gzip.compress(data, 9, mtime=0)
            for name, data in self._files.items()
            if Path(name).suffix not in _PACKED
        }

    def url(self, name: str) -> str:
        return f"/static/{self.version}/{name}"

    async def serve(self, request: Request) -> Response:
        """GET /static/{version}/{name}; another version's name is answered too, but not for keeps."""
        name = request.path_params["name"]
        if name not in self._files:
            return PlainTextResponse("not found", 404)
        current = request.path_params["version"] == self.version
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache",
            "Vary": "Accept-Encoding",
        }
        body = self._files[name]
        if name in self._zipped and "gzip" in request.headers.get("accept-encoding", ""):
            body = self._zipped[name]
            headers["Content-Encoding"] = "gzip"
        return Response(body, media_type=mimetypes.guess_type(name)[0], headers=headers)
