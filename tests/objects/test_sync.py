"""Container sync: a node that follows itself, and the receiving end by itself, with every way to be refused."""

import hmac
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import pytest

from stacklab.core import clock
from stacklab.core.db.database import row
from stacklab.core.errors import BadRequest
from stacklab.core.settings import SettingsError
from stacklab.objects import sync_sender
from stacklab.objects.sync_realms import Realms
from tests.support.api import Answer
from tests.support.client import Client, until
from tests.support.node import Node
from tests.support.object_lab import ACCOUNT, ObjectLab

REALMS = "[realm1]\nkey = of-operators\nkey2 = before\ncluster_here = {}/object-store/v1/\n[other]\nkey = x\n"
PATH = f"/object-store/v1/{ACCOUNT}/box/thing"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("sync")
    found = Node(folder / "state", STACKLAB_OBJECTS_SYNC_SECONDS="1")
    (folder / "realms.conf").write_text(REALMS.format(found.url))
    found.environ["STACKLAB_OBJECTS_SYNC_REALMS_FILE"] = str(folder / "realms.conf")
    try:
        yield found.start()
    finally:
        found.purge()


class Pair:
    """Two containers of a node that follow each other."""

    def __init__(self, node: Node) -> None:
        self.client: Client = node.admin()
        project = self.client.one("/identity/v3/projects", "projects", "admin")
        self.account = f"/object-store/v1/AUTH_{project}"
        self.to = f"//realm1/here/AUTH_{project}"

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        status, told, data = self.client.raw(method, f"{self.account}/{quote(path, safe='/?=-')}", body, named)
        return status, {name.lower(): value for name, value in told.items()}, data

    def follow(self, container: str, other: str) -> None:
        to = f"{self.to}/{other}"
        status, _told, _data = self.ask("PUT", container, x_container_sync_to=to, x_container_sync_key="shared")
        assert status == 202

    def listed(self, container: str) -> list[dict[str, Any]]:
        status, _headers, data = self.ask("GET", f"{container}?format=json")
        assert status == 200
        found: list[dict[str, Any]] = json.loads(data)
        return found

    def equal(self) -> bool:
        return self.listed("one") == self.listed("two")


def test_two_containers_that_follow_each_other(node: Node) -> None:
    pair = Pair(node)
    pair.ask("PUT", "one")
    pair.ask("PUT", "one/before it was synced", b"old", x_object_meta_colour="red", content_type="text/x")
    pair.ask("PUT", "two")
    pair.follow("one", "two")
    pair.follow("two", "one")
    pair.ask("PUT", "two/è", b"new")
    until("both to have both", lambda: len(pair.listed("one")) == 2 and pair.equal(), 30)
    there = pair.ask("GET", "two/before it was synced")
    assert (there[2], there[1]["x-object-meta-colour"], there[1]["content-type"]) == (b"old", "red", "text/x")
    pair.ask("POST", "two/before it was synced", x_object_meta_colour="blue")
    until("a POST to be told", lambda: pair.ask("HEAD", "one/before it was synced")[1].get(
        "x-object-meta-colour") == "blue", 30)  # fmt: skip
    pair.ask("DELETE", "one/before it was synced")
    until("a deletion to be told", lambda: len(pair.listed("two")) == 1 and pair.equal(), 30)
    pair.ask("PUT", "one/large?multipart-manifest=put", json.dumps([{"path": "/one/è"}]).encode())
    pair.ask("PUT", "one/link", x_symlink_target="one/large")
    until("all kinds to be told", lambda: len(pair.listed("two")) == 3 and pair.equal(), 30)
    assert pair.ask("GET", "two/large")[2] == pair.ask("GET", "two/link")[2] == b"new"
    assert "of-operators" not in node.log()
    assert "shared" not in node.log()


@pytest.fixture
def lab(database: Callable[..., None], tmp_path: Path) -> Iterator[ObjectLab]:
    database("stacklab.objects")
    made = ObjectLab(tmp_path)
    (tmp_path / "realms.conf").write_text(REALMS.format("http://127.0.0.1:1"))
    made.service.realms = Realms(str(tmp_path / "realms.conf"))
    made.put("box", x_container_sync_key="shared")
    yield made
    made.require_whole()


def tell(
    lab: ObjectLab,
    method: str,
    at: str,
    body: bytes = b"",
    realm: str = "realm1",
    key: str = "of-operators",
    **more: str,
) -> Answer:
    """As another cloud does."""
    text = "\n".join((more.pop("signed", method), more.pop("path", PATH), at, "nonce", more.pop("user_key", "shared")))
    auth = f"{realm} nonce {hmac.new(key.encode(), text.encode(), 'sha1').hexdigest()}"
    return lab.ask(method, "box/thing", body, None, x_timestamp=at, x_container_sync_auth=auth, **more)


def test_what_is_told_is_done_with_its_own_moment(lab: ObjectLab) -> None:
    assert tell(lab, "PUT", "1700000000.123456", b"bytes", x_object_meta_a="b").status == 201
    head = tell(lab, "HEAD", "1").headers
    assert (head["x-timestamp"], head["x-object-meta-a"]) == ("1700000000.12345", "b")
    assert lab.listed("box")[0]["last_modified"] == "2023-11-14T22:13:20.123456"
    for old in ("1700000000.123456", "1600000000"):
        assert tell(lab, "PUT", old, b"older").status == 202
    assert tell(lab, "DELETE", "1600000000").status == 409
    assert lab.get("box/thing") == b"bytes"
    assert tell(lab, "PUT", "1800000000_0000000000000001", b"newer", key="before").status == 201
    assert tell(lab, "DELETE", "1900000000.5").status == 204
    assert tell(lab, "DELETE", "1900000000.5").status == 404


def test_what_was_deleted_does_not_come_back(lab: ObjectLab) -> None:
    there = f"//realm1/here/{ACCOUNT}/other"
    assert lab.ask("POST", "box", x_container_sync_to=there).status == 204
    assert tell(lab, "PUT", "1700000000", b"bytes").status == 201
    assert tell(lab, "DELETE", "1700000002").status == 204
    assert tell(lab, "PUT", "1700000001", b"late").status == 202
    assert lab.listed("box") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"realm": "other"},
        {"realm": "none"},
        {"key": "wrong"},
        {"user_key": "wrong"},
        {"signed": "HEAD"},
        {"path": "/x"},
    ],
)
def test_a_signature_that_is_not_good(lab: ObjectLab, wrong: dict[str, str]) -> None:
    answer = tell(lab, "PUT", "1700000000", b"bytes", **wrong)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, f'SwiftContainerSync realm="{ACCOUNT}"')
    assert answer.raw == b"X-Container-Sync-Auth header not valid; contact cluster operator for support."
    assert lab.listed("box") == []


def test_nothing_else_is_let_in(lab: ObjectLab) -> None:
    lab.put("box/thing", b"secret")
    for method in ("GET", "POST", "COPY"):
        assert tell(lab, method, "1700000000").status == 401
    for at in ("soon", "0", "-1"):
        assert tell(lab, "HEAD", at).status == 401
    assert lab.ask("POST", "box", x_container_sync_key="").status == 204
    assert tell(lab, "HEAD", "1700000000", user_key="").status == 401


def test_a_signature_is_of_one_object_and_no_more(lab: ObjectLab) -> None:
    lab.put("secret", b"")
    lab.put("secret/s", b"secret")
    assert tell(lab, "PUT", "1700000000", b"bytes", x_copy_from="secret/s").status == 201
    assert lab.get("box/thing") == b"bytes"
    text = f"PUT\n{PATH}\n1700000001\nnonce\nshared"
    auth = f"realm1 nonce {hmac.new(b'of-operators', text.encode(), 'sha1').hexdigest()}"
    signed = {"x_timestamp": "1700000001", "x_container_sync_auth": auth}
    assert lab.ask("PUT", "box/thing?extract-archive=tar", b"no archive", None, **signed).status == 201
    assert lab.get("box/thing") == b"no archive"


@pytest.mark.parametrize(
    "said",
    [
        "http://there/v1/a/c",
        "//realm1/here/a",
        "//none/here/a/c",
        "//realm1/none/a/c",
        "//other/here/a/c",
        "//realm1/here/%2E%2E/c",
    ],
)
def test_whom_a_container_cannot_follow(lab: ObjectLab, said: str) -> None:
    assert lab.ask("POST", "box", x_container_sync_to=said).status == 400
    assert lab.ask("PUT", "new", x_container_sync_to=said).status == 400
    with pytest.raises(BadRequest):
        lab.service.realms.peer(said)


def test_versions_and_sync_exclude_each_other(lab: ObjectLab) -> None:
    there = f"//realm1/here/{ACCOUNT}/other"
    lab.put("kept", x_versions_enabled="true")
    assert lab.ask("POST", "kept", x_container_sync_to=there).status == 400
    lab.put("synced", x_container_sync_to=there)
    assert lab.ask("POST", "synced", x_versions_enabled="true").status == 400


def test_an_end_that_does_not_answer_is_tried_again_later(lab: ObjectLab) -> None:
    assert lab.ask("POST", "box", x_container_sync_to=f"//realm1/here/{ACCOUNT}/other").status == 204
    lab.put("box/a", b"1")
    lab.put("box/b", b"1")
    before = clock.now()
    assert sync_sender.tick(lab.service) == 0
    assert row("SELECT count(*), min(tries) FROM objects_sync WHERE due > ?", (before + clock.SECOND,)) == (2, 1)
    assert sync_sender.tick(lab.service) == 0
    assert row("SELECT min(tries) FROM objects_sync") == (1,)
    assert lab.ask("POST", "box", x_remove_container_sync_to="x").status == 204


class Elsewhere(BaseHTTPRequestHandler):
    """Has nothing, and says that changes belong under another address."""

    asked: ClassVar[list[str]] = []

    def do_HEAD(self) -> None:
        self.asked.append(f"{self.command} {self.path.partition('?')[0].rpartition('/')[2]}")
        self.send_response(404 if self.command == "HEAD" else 307)
        self.send_header("location", f"http://{self.headers['host']}/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    do_PUT = do_GET = do_HEAD  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_what_is_signed_goes_to_no_other_address(lab: ObjectLab, tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (tmp_path / "realms.conf").write_text(REALMS.format(f"http://127.0.0.1:{server.server_port}"))
        lab.service.realms = Realms(str(tmp_path / "realms.conf"))
        assert lab.ask("POST", "box", x_container_sync_to=f"//realm1/here/{ACCOUNT}/other").status == 204
        lab.put("box/a", b"1")
        assert sync_sender.tick(lab.service) == 0
        server.shutdown()
    assert Elsewhere.asked == ["HEAD a", "PUT a"]
    assert lab.ask("POST", "box", x_remove_container_sync_to="x").status == 204


def test_info(lab: ObjectLab) -> None:
    assert lab.service.realms.info() == {"container_sync": {"realms": {"REALM1": {"clusters": {"HERE": {}}}}}}
    assert Realms("").info() == {}


@pytest.mark.parametrize("text", ["key = secret\n", "[a]\nsecret\n", None])
def test_a_file_that_cannot_be_read_is_named_and_not_shown(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "realms.conf"
    if text:
        file.write_text(text)
    with pytest.raises(SettingsError, match=r"realms\.conf") as refused:
        Realms(str(file))
    assert "secret" not in str(refused.value)
