"""Staging and import: what comes of the bytes, what is left of those that are refused, what a crash leaves."""

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stacklab.core.db.database import change, transaction
from stacklab.core.errors import NoSpace
from stacklab.core.jobs import pending, queue
from stacklab.core.settings import Images
from stacklab.host.disks.qcow import QcowDisks
from stacklab.images import model, reach, web_download
from stacklab.images.places import Places
from stacklab.images.reach import Unreachable
from stacklab.images.service import Images as ImageService
from tests.support import disk_images
from tests.support.api import Answer
from tests.support.images import ImageLab

BYTES = {"content-type": "application/octet-stream"}
DIRECT = {"method": {"name": "glance-direct"}}


def stage(lab: ImageLab, image_id: str, data: bytes) -> Answer:
    return lab.api.put(f"/image/v2/images/{image_id}/stage", "member", data, headers=BYTES)


def begin(lab: ImageLab, image_id: str, body: dict[str, Any]) -> Answer:
    return lab.api.post(f"/image/v2/images/{image_id}/import", "member", body)


def tasks(lab: ImageLab, image_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lab.api.get(f"/image/v2/images/{image_id}/tasks", "member").json["tasks"]
    return found


def web(uri: str) -> dict[str, Any]:
    return {"method": {"name": "web-download", "uri": uri}}


def test_what_was_staged_is_imported(lab: ImageLab) -> None:
    image_id = lab.make()["id"]
    assert stage(lab, image_id, b"bytes").status == 204
    shown = lab.show(image_id)
    assert (shown["status"], shown["size"], shown["checksum"]) == ("uploading", 5, None)
    assert begin(lab, image_id, DIRECT).status == 202
    assert lab.show(image_id)["status"] == "importing"
    lab.work()
    shown = lab.show(image_id)
    assert (shown["status"], shown["size"], shown["stores"]) == ("active", 5, "local")
    marks = {name: value for name, value in shown.items() if name.startswith("os_glance")}
    assert marks == {"os_glance_importing_to_stores": "", "os_glance_failed_import": ""}
    assert lab.files() == [shown["os_hash_value"]]
    (task,) = tasks(lab, image_id)
    assert task["message"] == "Copied 0 MiB"
    assert (task["status"], task["type"], task["result"]) == ("success", "api_image_import", {"image_id": image_id})
    assert task["input"]["import_req"] == DIRECT
    assert task["expires_at"]
    keys = "id type status owner image_id user_id request_id input result message created_at updated_at expires_at"
    assert set(task) == {*keys.split(), "deleted", "deleted_at"}


def test_who_only_sees_the_image_sees_no_tasks(lab: ImageLab) -> None:
    image_id = lab.make(visibility="community")["id"]
    stage(lab, image_id, b"bytes")
    begin(lab, image_id, DIRECT)
    path = f"/image/v2/images/{image_id}/tasks"
    assert [len(lab.api.get(path, who).json["tasks"]) for who in ("member", "other", "admin")] == [1, 0, 1]


def test_uploaded_and_imported_content_is_stored_once(lab: ImageLab) -> None:
    first, second = lab.active(b"same")["id"], lab.make()["id"]
    stage(lab, second, b"same")
    begin(lab, second, DIRECT)
    lab.work()
    assert lab.files() == [lab.show(second)["os_hash_value"]]
    assert lab.api.delete(f"/image/v2/images/{first}", "member").status == 204
    assert lab.files() == [lab.show(second)["os_hash_value"]]


def test_a_lie_leaves_the_image_queued_and_nothing_on_disk(lab: ImageLab, qcow2: Callable[..., bytes]) -> None:
    image_id = lab.make(disk_format="qcow2")["id"]
    stage(lab, image_id, qcow2(backing="/etc/passwd"))
    begin(lab, image_id, DIRECT)
    lab.work()
    shown = lab.show(image_id)
    assert (shown["status"], shown["size"], shown["os_glance_failed_import"]) == ("queued", None, "local")
    assert "os_glance_import_task" not in shown
    assert lab.files() == []
    (task,) = tasks(lab, image_id)
    assert task["status"] == "failure"
    assert "backing file" in task["message"]
    assert stage(lab, image_id, qcow2()).status == 204
    begin(lab, image_id, DIRECT)
    lab.work()
    assert lab.show(image_id)["status"] == "active"


def test_a_restart_goes_on_with_an_import(lab: ImageLab) -> None:
    image_id = lab.make()["id"]
    stage(lab, image_id, b"bytes")
    begin(lab, image_id, DIRECT)
    assert queue.take() is not None  # and then the process dies
    service = lab.start()
    service.sweep()
    assert queue.recover() == 1
    lab.service = service
    lab.work()
    assert lab.show(image_id)["status"] == "active"
    assert len(lab.files()) == 1


def test_a_restart_forgets_what_was_staged_in_part(lab: ImageLab) -> None:
    whole, part = lab.make()["id"], lab.make()["id"]
    stage(lab, whole, b"bytes")
    with transaction():
        assert model.move(part, "queued", "uploading")
    (lab.folder / "incoming" / "half").write_bytes(b"by")
    lab.start().sweep()
    assert (lab.show(whole)["status"], lab.show(part)["status"]) == ("uploading", "queued")
    assert lab.files() == [whole]


def test_a_restart_between_staged_bytes_and_their_row(lab: ImageLab) -> None:
    """Nobody was told that they are there; as they stood they could neither be imported nor staged again."""
    image_id = lab.make()["id"]
    stage(lab, image_id, b"bytes")
    with transaction():
        change("UPDATE images SET size = NULL")
    lab.start().sweep()
    assert (lab.show(image_id)["status"], lab.files()) == ("queued", [])
    assert stage(lab, image_id, b"bytes").status == 204


def test_staged_bytes_that_get_no_row_go(lab: ImageLab, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_sql: str, _about: object) -> int:
        raise NoSpace("full")

    monkeypatch.setattr("stacklab.images.staging.change", full)
    image_id = lab.make()["id"]
    assert stage(lab, image_id, b"bytes").status == 413
    assert (lab.show(image_id)["status"], lab.files()) == ("queued", [])


def test_deleting_takes_the_staged_bytes_along(lab: ImageLab) -> None:
    image_id = lab.make()["id"]
    stage(lab, image_id, b"bytes")
    assert lab.api.delete(f"/image/v2/images/{image_id}", "member").status == 204
    assert lab.files() == []


def test_deleted_while_it_waits(lab: ImageLab) -> None:
    image_id = lab.make()["id"]
    stage(lab, image_id, b"bytes")
    begin(lab, image_id, DIRECT)
    assert lab.api.delete(f"/image/v2/images/{image_id}", "member").status == 204
    lab.work()
    assert lab.files() == []
    assert pending() == 0


REFUSED = [
    ({}, 400, "requires a 'method' field"),
    ({"method": {}}, 400, "requires a 'name' field"),
    ({"method": {"name": "copy-image"}}, 400, "Unknown import method name 'copy-image'"),
    ({"method": {"name": "glance-download"}}, 400, "'glance_region' is required"),
    ({**DIRECT, "all_stores": "yes"}, 400, "boolean"),
    ({**web("http://example.com/x"), "stores": ["other"]}, 409, "Store for identifier other not found"),
    (DIRECT, 409, "staged before"),
    (web("http://127.0.0.1/x"), 400, "does not pass filtering"),
    (web("http://localhost/x"), 202, ""),
    (web("http://2130706433/x"), 400, "does not pass filtering"),
    (web("http://0x7f.1/x"), 400, "does not pass filtering"),
    (web("http://8.8/x"), 400, "does not pass filtering"),
    (web("gopher://example.com/"), 400, "does not pass filtering"),
    (web("http://example.com:22/"), 400, "does not pass filtering"),
    (web("http://user:secret@example.com/"), 400, "does not pass filtering"),
]


@pytest.mark.parametrize(("body", "status", "words"), REFUSED)
def test_what_cannot_be_asked(lab: ImageLab, body: dict[str, Any], status: int, words: str) -> None:
    answer = begin(lab, lab.make()["id"], body)
    assert answer.status == status
    assert words in unescape(answer.raw.decode())
    assert b"secret" not in answer.raw


INSIDE = ["127.0.0.1", "127.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1",
          "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1",
          "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "192.0.2.1", "fec0::1", "::127.0.0.1",
          "::ffff:0:7f00:1", "2001:0:7f00:1::1", "2130706433", "0x7f000001", "0177.0.0.1", "0"]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_is_not_reached(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Unreachable):
        reach.addresses(Images(), reach.target(Images(), f"http://{host}/x"))


def test_what_is_outside_is_reached() -> None:
    assert reach.addresses(Images(), reach.target(Images(), "https://1.1.1.1/")) == ["1.1.1.1"]


@pytest.mark.host
@pytest.mark.parametrize(("kind", "wanted"), [("qcow2", "raw"), ("vmdk", "qcow2"), ("vdi", "raw"), ("raw", "qcow2")])
def test_imports_are_converted(lab: ImageLab, tmp_path: Path, kind: str, wanted: str) -> None:
    lab.settings.images = msgspec.convert({"convert_to": wanted}, Images)
    lab.service = ImageService(lab.settings, lab.folder, QcowDisks(tmp_path / "real"), lab.bus)
    source = tmp_path / "source"
    if kind == "raw":
        source.write_bytes(bytes(1 << 20))
    else:
        disk_images.qemu_image(source, kind)
    image_id = lab.make(disk_format=kind)["id"]
    assert stage(lab, image_id, source.read_bytes()).status == 204
    begin(lab, image_id, DIRECT)
    lab.work()
    shown = lab.show(image_id)
    assert (shown["status"], shown["disk_format"]) == ("active", wanted), tasks(lab, image_id)
    assert lab.files() == [shown["os_hash_value"]]
    content = lab.service.stores.local.path(shown["os_hash_value"]).read_bytes()
    assert hashlib.md5(content).hexdigest() == shown["checksum"]
    assert content.startswith(b"QFI\xfb") == (wanted == "qcow2")


def test_a_disk_that_will_not_fit_is_not_converted(lab: ImageLab, qcow2: Callable[..., bytes]) -> None:
    lab.settings.images.convert_to, lab.settings.images.project_quota_gb = "raw", 1
    converted = list[Path]()
    lab.disks.convert = lambda source, *_: bool(converted.append(source))  # type: ignore[method-assign, func-returns-value]
    for size, message in ((3 << 30, "will exceed the limit"), (1 << 20, "")):
        image_id = lab.make(disk_format="qcow2")["id"]
        assert stage(lab, image_id, qcow2(size)).status == 204
        begin(lab, image_id, DIRECT)
        lab.work()
        assert message in tasks(lab, image_id)[0]["message"]
        assert bool(converted) == (not message)


class _Web(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        host = self.headers["host"]
        status, headers, body = {
            "/image": (200, {"content-length": "5"}, b"bytes"),
            "/short": (200, {"content-length": "9"}, b"bytes"),
            "/moved": (302, {"location": "/image"}, b""),
            "/inside": (302, {"location": "http://224.0.0.1/x"}, b""),
            "/nowhere": (302, {"location": "http://[::1"}, b""),
            "/chunks": (200, {"transfer-encoding": "chunked"}, b"5\r\nbytes\r\nnone\r\n"),
            "/loop": (302, {"location": f"http://{host}/loop"}, b""),
        }.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Web)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(lab: ImageLab, uri: str) -> tuple[str, str]:
    """Status of the image and what the task says."""
    image_id = lab.make()["id"]
    assert begin(lab, image_id, web(uri)).status == 202
    lab.work()
    return lab.show(image_id)["status"], tasks(lab, image_id)[0]["message"]


def test_a_download_is_imported_where_it_may_be_reached(lab: ImageLab, site: str) -> None:
    lab.settings.images.import_ports = []
    assert fetch(lab, f"{site}/image".replace("127.0.0.1", "localhost"))[0] == "queued"  # loopback
    assert lab.files() == []
    lab.settings.images.import_private = True
    assert fetch(lab, f"{site}/image") == ("active", "Copied 0 MiB")
    assert fetch(lab, f"{site}/moved") == ("active", "Copied 0 MiB")
    assert len(lab.files()) == 1


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/short", "ended in the middle"),
        ("/nothing", "answered 404"),
        ("/loop", "redirects"),
        ("/nowhere", "made no sense"),
        ("/chunks", "made no sense"),
        ("/inside", "does not pass filtering"),
    ],
)
def test_a_download_that_fails_leaves_nothing(lab: ImageLab, site: str, path: str, words: str) -> None:
    lab.settings.images.import_ports, lab.settings.images.import_private = [], True
    status, message = fetch(lab, site + path)
    assert status == "queued"
    assert words in message
    assert lab.files() == []


@contextmanager
def dripping(first: bytes, again: bytes) -> Iterator[str]:
    """The address of a server that says `first`, and then `again` every 50 ms until nobody listens."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            line, _ = server.accept()
            with line:
                line.recv(1000)
                line.sendall(first)
                while not done.wait(0.05):
                    try:
                        line.sendall(again)
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        done.set()
        thread.join()


@pytest.mark.parametrize(
    ("first", "again", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nx: ", b"x", "took too long"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", "took too long"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", b"x", "too slow"),
    ],
)
def test_a_server_that_drips_is_cut_off(
    lab: ImageLab, monkeypatch: pytest.MonkeyPatch, first: bytes, again: bytes, words: str
) -> None:
    lab.settings.images.import_ports, lab.settings.images.import_private = [], True
    monkeypatch.setattr(web_download, "_HEAD", 0.3)
    monkeypatch.setattr(web_download, "_SPAN", 0.3)
    with dripping(first, again) as uri:
        status, message = fetch(lab, uri)
    assert status == "queued"
    assert words in message


def test_the_time_of_an_import_has_an_end(lab: ImageLab) -> None:
    lab.settings.images.import_ports, lab.settings.images.import_private = [], True
    lab.settings.images.import_seconds = 1
    with dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 100_000) as uri:
        status, message = fetch(lab, uri)
    assert status == "queued"
    assert "took too long" in message


def test_one_project_never_has_the_last_place() -> None:
    places = Places(2)
    with places.asked("a") as first, places.asked("a") as second, places.asked("b") as other, places.asked("c") as full:
        assert (first, second, other, full) == (True, False, True, False)
    with places.asked("a") as again, Places(1).asked("a") as alone, Places(0).asked("a") as never:
        assert (again, alone, never) == (True, True, False)


def test_nothing_is_imported_while_it_is_still_staged(lab: ImageLab) -> None:
    image_id = lab.make()["id"]
    with transaction():
        assert model.move(image_id, "queued", "uploading")  # as the first byte of a stage does
    answer = begin(lab, image_id, DIRECT)
    assert (answer.status, b"needs to be staged" in answer.raw) == (409, True)


def test_a_name_that_answers_otherwise_the_second_time(lab: ImageLab, site: str, monkeypatch: Any) -> None:
    """DNS rebinding: the name is looked up once, and what is connected to is what was weighed."""
    asked = []

    def lookup(host: str, port: int, **_more: Any) -> list[Any]:
        asked.append(host)
        return [(2, 1, 6, "", ("8.8.8.8" if len(asked) == 1 else "127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    wanted = reach.target(lab.settings.images, "http://rebinding.test/x")
    assert reach.addresses(lab.settings.images, wanted) == ["8.8.8.8"]
    with pytest.raises(Unreachable):
        reach.addresses(lab.settings.images, wanted)


def test_an_operators_task_makes_an_image(lab: ImageLab, site: str) -> None:
    lab.settings.images.import_ports, lab.settings.images.import_private = [], True
    properties = {"name": "t", "container_format": "bare", "disk_format": "raw", "visibility": "public"}
    asked = {"import_from": f"{site}/image", "import_from_format": "raw", "image_properties": properties}
    task = lab.api.post("/image/v2/tasks", "admin", {"type": "import", "input": asked})
    assert task.status == 201
    lab.work()
    shown = lab.api.get(f"/image/v2/tasks/{task.json['id']}", "admin").json
    assert shown["status"] == "success"
    assert lab.show(shown["result"]["image_id"], "admin")["status"] == "active"
    listed = lab.api.get("/image/v2/tasks?limit=1", "admin").json
    assert [one["id"] for one in listed["tasks"]] == [task.json["id"]]
    assert "input" not in listed["tasks"][0]


def test_pages_of_tasks_join_to_the_whole_in_any_order(lab: ImageLab) -> None:
    for _ in range(3):
        assert begin(lab, lab.make()["id"], web("http://localhost/x")).status == 202
    lab.work()
    assert begin(lab, lab.make()["id"], web("http://localhost/x")).status == 202
    for key in ("created_at", "expires_at", "id", "status", "type", "updated_at"):
        for direction in ("asc", "desc"):
            query = f"/image/v2/tasks?sort_key={key}&sort_dir={direction}"
            whole = [one["id"] for one in lab.api.get(query, "admin").json["tasks"]]
            assert len(whole) == 4
            found, more = list[str](), f"{query}&limit=1".removeprefix("/image")
            while more:
                page = lab.api.get(f"/image{more}", "admin").json
                found += [one["id"] for one in page["tasks"]]
                more = page.get("next")
            assert found == whole, query
    for wrong in ("sort_key=input", "type=nothing", "status=done"):
        assert lab.api.get(f"/image/v2/tasks?{wrong}", "admin").status == 400
