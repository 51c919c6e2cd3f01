"""`glance-download`: what comes of an image of another region, and of what goes wrong on the way."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import msgspec
import pytest

from stacklab.core.db.database import rows
from stacklab.core.jobs import queue
from tests.support.images import ImageLab

SOURCE = "6a3d5f0e-8f5c-4d1e-9d5d-0a8f9b7c6d5e"
DATA = b"a disk from elsewhere"


class Region(BaseHTTPRequestHandler):
    """Identity and images of another region. What it answers is `image`; every token that came is in `tokens`."""

    image: ClassVar[dict[str, Any]] = {}
    tokens: ClassVar[list[str | None]] = []
    moved: ClassVar[bool] = False

    def do_GET(self) -> None:
        self.tokens.append(self.headers.get("X-Auth-Token"))
        url = f"http://{self.headers['Host']}/image"
        endpoints = [{"region_id": "there", "interface": "public", "url": f"{url}/"}]
        answers = {
            "/identity/v3/auth/catalog": msgspec.json.encode({"catalog": [{"type": "image", "endpoints": endpoints}]}),
            f"/image/v2/images/{SOURCE}": msgspec.json.encode(self.image),
            f"/image/v2/images/{SOURCE}/file": DATA,
        }
        found = answers.get(self.path)
        if self.moved and self.path.endswith("/file"):
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
        else:
            self.send_response(200 if found is not None else 404)
        self.send_header("Content-Length", str(len(found or b"")))
        self.end_headers()
        self.wfile.write(found or b"")

    def log_message(self, *_args: Any) -> None: ...


@pytest.fixture
def region(lab: ImageLab, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Region]]:
    image = {
        "status": "active",
        "disk_format": "raw",
        "container_format": "bare",
        "os_hash_algo": "sha512",
        "os_hash_value": hashlib.sha512(DATA).hexdigest(),
        "hw_cpu_cores": "5",
        "trait:STORAGE_DISK_SSD": "required",
        "speed": "88mph",
    }
    monkeypatch.setattr(Region, "image", image)
    monkeypatch.setattr(Region, "tokens", [])
    with ThreadingHTTPServer(("127.0.0.1", 0), Region) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        lab.service.elsewhere.identity = lambda: f"http://127.0.0.1:{server.server_port}/identity"
        yield Region
        server.shutdown()


def take_over(lab: ImageLab, **other: str) -> dict[str, Any]:
    """The image after the import, with its task's fields `task_status` and `task_message`."""
    image_id = lab.make(disk_format="iso", container_format="ovf", hw_cpu_cores="1")["id"]
    method = {"name": "glance-download", "glance_region": "there", "glance_image_id": SOURCE, **other}
    answer = lab.api.post(f"/image/v2/images/{image_id}/import", "member", {"method": method})
    assert answer.status == 202, answer.raw
    kinds = lab.service.jobs()
    while job := queue.take():
        kinds[job.kind].run(job)
        queue.done(job)
    (task,) = lab.api.get(f"/image/v2/images/{image_id}/tasks", "member").json["tasks"]
    return {**lab.show(image_id), "task_status": task["status"], "task_message": task["message"]}


def test_bytes_formats_and_what_describes_the_disk_come_along(lab: ImageLab, region: type[Region]) -> None:
    made = take_over(lab)
    assert (made["task_status"], made["status"], made["size"]) == ("success", "active", len(DATA))
    assert (made["disk_format"], made["container_format"]) == ("raw", "bare")
    assert (made["hw_cpu_cores"], made["trait:STORAGE_DISK_SSD"]) == ("5", "required")
    assert "speed" not in made
    assert made["os_hash_value"] == region.image["os_hash_value"]
    assert region.tokens == ["member"] * 3


def test_the_token_is_on_no_disk(lab: ImageLab, region: type[Region]) -> None:
    image_id = lab.make()["id"]
    method = {"name": "glance-download", "glance_region": "there", "glance_image_id": SOURCE}
    lab.api.post(f"/image/v2/images/{image_id}/import", "member", {"method": method})
    kept = repr(rows("SELECT payload FROM jobs")) + repr(rows("SELECT input FROM image_tasks"))
    assert SOURCE in kept
    assert "member" not in kept


FAILURES = [
    ({"glance_region": "nowhere"}, {}, "no image service of region 'nowhere'"),
    ({"glance_service_interface": "internal"}, {}, "interface 'internal'"),
    ({"glance_image_id": SOURCE.replace("6", "7")}, {}, "answered 404"),
    ({}, {"status": "queued"}, "not active"),
    ({}, {"disk_format": None}, "no formats"),
    ({}, {"os_hash_value": "00" * 64}, "not matched"),
    ({}, {"container_format": "a box"}, "container_format"),
    ({}, {"hw_cpu_cores": 5}, "hw_cpu_cores"),
    ({}, {"disk_format": "qcow2"}, "refused"),
]


@pytest.mark.parametrize(("asked", "there", "words"), FAILURES)
def test_what_goes_wrong_leaves_the_image_as_it_was(
    lab: ImageLab, region: type[Region], asked: dict[str, str], there: dict[str, Any], words: str
) -> None:
    region.image |= there
    made = take_over(lab, **asked)
    assert (made["task_status"], made["status"]) == ("failure", "queued")
    assert words in made["task_message"]
    assert (made["disk_format"], made["container_format"], made["hw_cpu_cores"]) == ("iso", "ovf", "1")
    assert lab.files() == []


def test_a_token_is_not_taken_along_to_where_an_answer_points(
    lab: ImageLab, region: type[Region], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(region, "moved", True)
    made = take_over(lab)
    assert (made["task_status"], len(region.tokens)) == ("failure", 3)
    assert "answered 302" in made["task_message"]


def test_after_a_restart_it_must_be_asked_for_again(lab: ImageLab, region: type[Region]) -> None:
    image_id = lab.make()["id"]
    method = {"name": "glance-download", "glance_region": "there", "glance_image_id": SOURCE}
    lab.api.post(f"/image/v2/images/{image_id}/import", "member", {"method": method})
    lab.service = lab.start()
    job = queue.take()
    assert job is not None
    lab.service.jobs()[job.kind].run(job)
    (task,) = lab.api.get(f"/image/v2/images/{image_id}/tasks", "member").json["tasks"]
    assert task["status"] == "failure"
    assert "ask for it again" in task["message"]


def test_an_id_that_is_none(lab: ImageLab) -> None:
    method = {"name": "glance-download", "glance_region": "there", "glance_image_id": "foo"}
    answer = lab.api.post(f"/image/v2/images/{lab.make()['id']}/import", "member", {"method": method})
    assert answer.status == 400
    assert b"image id does not look like a UUID" in answer.raw
