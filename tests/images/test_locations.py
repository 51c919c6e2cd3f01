"""Locations: brought here with their hash checked; or, where the operator allows it, left where they are."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.support.images import ImageLab

CONTENT = b"content of an image"


class _Web(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(200 if self.path.startswith("/image") else 404)
        self.send_header("content-length", str(len(CONTENT)))
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(CONTENT)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def site(lab: ImageLab) -> Iterator[str]:
    """Served on loopback, which the lab may reach."""
    lab.settings.images.import_ports, lab.settings.images.import_private = [], True
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Web)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def add(lab: ImageLab, image_id: str, url: str, **validation: str) -> int:
    body: dict[str, Any] = {"url": url, "validation_data": validation} if validation else {"url": url}
    status = lab.api.post(f"/image/v2/images/{image_id}/locations", "member", body).status
    lab.work()
    return status


def digest(algorithm: str) -> str:
    return hashlib.new(algorithm, CONTENT).hexdigest()


@pytest.mark.parametrize("algorithm", ["", "sha256", "md5", "sha512"])
def test_a_location_is_brought_here_and_checked(lab: ImageLab, site: str, algorithm: str) -> None:
    image_id = lab.make()["id"]
    said = {"os_hash_algo": algorithm, "os_hash_value": digest(algorithm)} if algorithm else {}
    assert add(lab, image_id, f"{site}/image", **said) == 202
    shown = lab.show(image_id)
    assert (shown["status"], shown["os_hash_algo"]) == ("active", algorithm or "sha512")
    assert shown["os_hash_value"] == digest(algorithm or "sha512")
    assert shown["checksum"] == digest("md5")
    assert lab.files() == [digest("sha512")]
    assert lab.service.stores.local.path(digest("sha512")).read_bytes() == CONTENT
    assert add(lab, image_id, f"{site}/image") == 409


def test_nothing_said_of_the_hash(lab: ImageLab, site: str) -> None:
    image_id = lab.make()["id"]
    body = {"url": f"{site}/image", "validation_data": {}}
    assert lab.api.post(f"/image/v2/images/{image_id}/locations", "member", body).status == 202


def test_another_hash_leaves_nothing(lab: ImageLab, site: str) -> None:
    image_id = lab.make()["id"]
    assert add(lab, image_id, f"{site}/image", os_hash_algo="sha512", os_hash_value="beefdead" * 16) == 202
    shown = lab.show(image_id)
    assert (shown["status"], shown["checksum"], shown["os_hash_algo"]) == ("queued", None, None)
    assert lab.files() == []


@pytest.mark.parametrize(
    ("url", "validation"),
    [
        ("http://web.test/", {"os_hash_value": "ab"}),
        ("http://web.test/", {"os_hash_algo": "sha123", "os_hash_value": "ab"}),
        ("http://web.test/", {"os_hash_algo": "sha512", "os_hash_value": "ab" * 32}),
        ("file:///etc/passwd", {}),
        ("http://224.0.0.1/", {}),
    ],
)
def test_what_cannot_be_added(lab: ImageLab, url: str, validation: dict[str, str]) -> None:
    assert add(lab, lab.make()["id"], url, **validation) == 400


def test_by_patch_only_where_allowed(lab: ImageLab) -> None:
    image_id = lab.make()["id"]
    assert "locations" not in lab.show(image_id)
    assert lab.patch(image_id, {"op": "add", "path": "/locations/-", "value": {"url": "http://x.test/"}}).status == 403


def at(url: str, **more: Any) -> dict[str, Any]:
    return {"op": "add", "path": "/locations/-", "value": {"url": url, "metadata": {}, **more}}


def test_left_where_they_are(lab: ImageLab, site: str) -> None:
    lab.settings.images.show_locations = True
    image = lab.make()
    image_id, url = image["id"], f"{site}/image"
    assert image["locations"] == []
    assert lab.patch(image_id, at(f"{site}/nothing")).status == 400
    assert lab.patch(image_id, at("gopher://web.test")).status == 400
    shown = lab.patch(image_id, at(url, metadata={"a": "b"})).json
    assert (shown["status"], shown["size"], shown["os_hash_algo"]) == ("active", len(CONTENT), None)
    assert shown["locations"] == [{"url": url, "metadata": {"a": "b"}}]
    answer = lab.api.get(f"/image/v2/images/{image_id}/file", "member")
    assert (answer.status, answer.raw) == (200, CONTENT)
    assert lab.patch(image_id, at(url)).status == 400
    assert lab.patch(image_id, {"op": "remove", "path": "/locations/0"}, persona="admin").status == 403
    assert lab.patch(image_id, at(f"{url}#new")).status == 200
    two = lab.show(image_id)["locations"]
    two[0]["metadata"]["a"] = "c"
    assert lab.patch(image_id, {"op": "replace", "path": "/locations", "value": two}).status == 200
    assert lab.patch(image_id, {"op": "replace", "path": "/locations", "value": two[:1]}).status == 400
    assert lab.show(image_id)["locations"] == two
    assert lab.patch(image_id, {"op": "remove", "path": "/locations/0"}).status == 403
    assert lab.patch(image_id, {"op": "remove", "path": "/locations/0"}, persona="admin").status == 200
    listed = lab.api.get("/image/v2/images", "member").json["images"]
    assert [one["locations"] for one in listed] == [two[1:]]


def test_what_is_elsewhere_no_more(lab: ImageLab, site: str) -> None:
    lab.settings.images.show_locations = True
    image_id = lab.make()["id"]
    assert lab.patch(image_id, at(f"{site}/image")).status == 200
    lab.settings.images.import_private = False  # as good as a server that is gone
    for _ in range(20):  # more than may be relayed at a time: none is left counted
        answer = lab.api.get(f"/image/v2/images/{image_id}/file", "member")
        assert (answer.status, b"did not answer as it should" in answer.raw) == (503, True)
    lab.settings.images.import_private = True
    assert lab.api.get(f"/image/v2/images/{image_id}/file", "member").raw == CONTENT


def test_hashes_that_were_said_stay(lab: ImageLab, site: str) -> None:
    lab.settings.images.show_locations = True
    image_id, url = lab.make()["id"], f"{site}/image"
    said = {"checksum": "1" * 32, "os_hash_value": "deadbeef" * 16, "os_hash_algo": "sha512"}
    shown = lab.patch(image_id, at(url, validation_data=said)).json
    assert {name: shown[name] for name in said} == said
    assert lab.patch(image_id, at(f"{url}#new", validation_data=said)).status == 200
    for name, value in (("checksum", "2" * 32), ("os_hash_value", "beefdead" * 16), ("os_hash_algo", "sha256")):
        assert lab.patch(image_id, at(f"{url}#3", validation_data={**said, name: value})).status == 409
    assert len(lab.show(image_id)["locations"]) == 2


@pytest.mark.parametrize(
    "said",
    [{}, {"os_hash_algo": "sha512"}, {"os_hash_value": "0" * 128}, {"checksum": "0" * 32},
     {"os_hash_algo": "sha512", "os_hash_value": "0" * 128, "checksum": "0" * 31},
     {"os_hash_algo": "sha512", "os_hash_value": "0" * 128, "size": "5"}],
)  # fmt: skip
def test_a_hash_is_said_whole_or_not(lab: ImageLab, site: str, said: dict[str, str]) -> None:
    lab.settings.images.show_locations = True
    image_id = lab.make()["id"]
    assert lab.patch(image_id, at(f"{site}/image", validation_data=said)).status == 400
    bare = {"op": "add", "path": "/locations/-", "value": {"url": f"{site}/image"}}
    assert lab.patch(image_id, bare).status == 400
    assert lab.patch(image_id, at(f"{site}/image?{'x' * 256}")).status == 400
    assert lab.show(image_id)["status"] == "queued"


def test_our_own_location_names_no_folder(lab: ImageLab) -> None:
    lab.settings.images.show_locations = True
    image = lab.active()
    assert image["locations"] == [{"url": f"file:///{image['id']}", "metadata": {"store": "local"}}]
    assert lab.patch(image["id"], at("http://web.test/")).status in (400, 409)
