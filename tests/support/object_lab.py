"""The object store behind the dispatcher, as a test uses it: one account, one persona, paths below the account."""

from pathlib import Path
from typing import Any

from stacklab.core.db.database import row, rows
from stacklab.core.events import Bus
from stacklab.core.settings import Settings
from stacklab.objects import sweep
from stacklab.objects.api import mount
from stacklab.objects.service import Objects
from tests.support.api import PROJECT, Answer, Api

ACCOUNT = f"AUTH_{PROJECT}"


class ObjectLab:
    def __init__(self, folder: Path) -> None:
        self.service = Objects(Settings(), folder / "objects", Bus())
        self.api = Api(mount(self.service))

    def ask(
        self, method: str, path: str = "", body: bytes = b"", persona: str | None = "member", **headers: str
    ) -> Answer:
        """`headers` with underscores for hyphens; `path` below the account."""
        named = {"accept": "*/*", **{name.replace("_", "-"): value for name, value in headers.items()}}
        url = f"/object-store/v1/{ACCOUNT}" + (f"/{path}" if path and not path.startswith("?") else path)
        return self.api.call(method, url, persona, body, named)

    def put(self, path: str, body: bytes = b"", **headers: str) -> Answer:
        answer = self.ask("PUT", path, body, "member", **headers)
        assert answer.status in (201, 202), (answer.status, answer.raw)
        return answer

    def get(self, path: str, **headers: str) -> bytes:
        answer = self.ask("GET", path, b"", "member", **headers)
        assert answer.status in (200, 206), (answer.status, answer.raw)
        return answer.raw

    def head(self, path: str) -> dict[str, str]:
        answer = self.ask("HEAD", path)
        assert answer.status in (200, 204), answer.status
        return answer.headers

    def listed(self, path: str) -> list[dict[str, Any]]:
        joint = "&" if "?" in path else "?"
        answer = self.ask("GET", f"{path}{joint}format=json")
        assert answer.status == 200, answer.raw
        found: list[dict[str, Any]] = answer.json
        return found

    def require_whole(self) -> None:
        """Counts are those of the rows, every row has its file, every file its row."""
        for number, objects, size in rows("SELECT id, objects, bytes FROM objects_containers"):
            now = row("SELECT count(*), coalesce(sum(size), 0) FROM objects WHERE container = ?", (number,))
            old = row("SELECT coalesce(sum(size), 0) FROM objects_versions WHERE container = ?", (number,))
            assert now
            assert old
            assert (objects, size) == (now[0], now[1] + old[0])
        whole = row("SELECT coalesce(sum(objects), 0), coalesce(sum(bytes), 0) FROM objects_containers")
        told = row("SELECT coalesce(sum(objects), 0), coalesce(sum(bytes), 0) FROM objects_accounts")
        assert whole == told
        named = rows("SELECT file FROM objects UNION SELECT file FROM objects_versions")
        assert all(self.service.store.path(file).is_file() for (file,) in named if file)
        self.service.store.close()
        assert sweep.orphans(self.service.store) == []
