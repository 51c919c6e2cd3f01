"""A store for what is on the web: images whose bytes stay at their address, until they are copied here."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from stacklab.core.errors import BadRequest
from stacklab.http.context import Context
from tests.support.api import PERSONAS
from tests.support.images import ImageLab, several

MEMBER = Context(PERSONAS["member"])
WRONG = {"os_hash_algo": "sha512", "os_hash_value": "beefdead" * 16}


class Site(ThreadingHTTPServer):
    """Serves `content` at every path."""

    content = b"content of an image"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/image"

    def digest(self, algorithm: str) -> str:
        return hashlib.new(algorithm, self.content).hexdigest()


class _Web(BaseHTTPRequestHandler):
    server: Site

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(self.server.content)))
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(self.server.content)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def site(lab: ImageLab) -> Iterator[Site]:
    lab.settings.images.import_ports, lab.settings.images.import_private = [], True
    several(lab)
    server = Site(("127.0.0.1", 0), _Web)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def add(lab: ImageLab, site: Site, **said: str) -> dict[str, Any]:
    """A new image with the site's location, whatever came of it."""
    image_id = lab.make()["id"]
    body = {"url": site.url, "validation_data": said}
    assert lab.api.post(f"/image/v2/images/{image_id}/locations", "member", body).status == 202
    lab.work()
    return lab.show(image_id)


def copy(lab: ImageLab, image_id: str) -> dict[str, Any]:
    body = {"method": {"name": "copy-image"}, "stores": ["local"]}
    assert lab.api.post(f"/image/v2/images/{image_id}/import", "admin", body).status == 202
    lab.work()
    return lab.show(image_id)


@pytest.mark.parametrize("algorithm", ["", "sha256", "sha512"])
def test_its_hash_is_known_and_its_bytes_stay(lab: ImageLab, site: Site, algorithm: str) -> None:
    said = {"os_hash_algo": algorithm, "os_hash_value": site.digest(algorithm)} if algorithm else {}
    image = add(lab, site, **said)
    assert (image["status"], image["stores"], image["size"]) == ("active", "web", len(site.content))
    assert (image["os_hash_algo"], image["os_hash_value"]) == (
        algorithm or "sha512",
        site.digest(algorithm or "sha512"),
    )
    assert image["checksum"] == site.digest("md5")
    assert lab.held() == {}
    assert lab.api.get(f"/image{image['file']}", "member").raw == site.content
    with pytest.raises(BadRequest, match="not at this site"):
        lab.service.bootable(MEMBER, image["id"])


def test_another_hash_leaves_the_image_queued_with_its_location(lab: ImageLab, site: Site) -> None:
    lab.settings.images.show_locations = True
    image = add(lab, site, **WRONG)
    assert (image["status"], image["stores"], image["size"]) == ("queued", "web", None)
    assert (image["checksum"], image["os_hash_algo"], image["os_hash_value"]) == (None, None, None)
    assert image["os_glance_failed_import"] == "web"
    assert [one["url"] for one in image["locations"]] == [site.url]
    assert lab.api.get(f"/image{image['file']}", "member").status == 204
    assert lab.upload(image["id"], b"bytes").status == 204
    shown = lab.show(image["id"])
    assert (shown["status"], shown["stores"], len(shown["locations"])) == ("active", "local", 1)
    assert lab.api.get(f"/image{image['file']}", "member").raw == b"bytes"


def test_copied_here_it_can_be_booted(lab: ImageLab, site: Site) -> None:
    lab.settings.images.show_locations = True
    image = copy(lab, add(lab, site, os_hash_algo="sha256", os_hash_value=site.digest("sha256"))["id"])
    assert (image["stores"], image["os_hash_algo"]) == ("local,web", "sha256")
    assert lab.held() == {"local": [site.digest("sha512")]}
    assert lab.service.bootable(MEMBER, image["id"]).virtual_size == len(site.content)
    assert [one["metadata"]["store"] for one in image["locations"]] == ["local", "web"]
    listed = lab.api.get("/image/v2/images", "member").json["images"]
    assert [one["locations"] for one in listed] == [image["locations"]]
    assert lab.api.delete(f"/image/v2/stores/web/{image['id']}", "admin").status == 204
    assert lab.show(image["id"])["stores"] == "local"
    assert len(lab.show(image["id"])["locations"]) == 1


def test_taken_out_of_its_last_store_with_files_it_is_at_its_address_again(lab: ImageLab, site: Site) -> None:
    image = copy(lab, add(lab, site)["id"])
    assert lab.api.delete(f"/image/v2/stores/local/{image['id']}", "admin").status == 204
    assert lab.show(image["id"])["stores"] == "web"
    assert lab.held() == {}
    assert lab.api.get(f"/image{image['file']}", "member").raw == site.content
    with pytest.raises(BadRequest):
        lab.service.bootable(MEMBER, image["id"])


def test_what_has_changed_meanwhile_is_not_copied(lab: ImageLab, site: Site) -> None:
    image_id = add(lab, site)["id"]
    site.content = b"something else now!"
    image = copy(lab, image_id)
    assert (image["status"], image["stores"], image["os_glance_failed_import"]) == ("active", "web", "local")
    assert lab.held() == {}


def test_what_lies_is_not_copied(lab: ImageLab, site: Site, qcow2: Any) -> None:
    """At its address nobody looked into it; before it can be booted somebody does."""
    lab.settings.images.show_locations = True
    site.content = qcow2(backing="/etc/passwd")
    image_id = lab.make(disk_format="qcow2")["id"]
    patch = {"op": "add", "path": "/locations/-", "value": {"url": site.url, "metadata": {"a": "b"}}}
    shown = lab.patch(image_id, patch).json
    assert (shown["status"], shown["stores"]) == ("active", "web")
    assert shown["locations"] == [{"url": site.url, "metadata": {"a": "b", "store": "web"}}]
    assert copy(lab, image_id)["stores"] == "web"
    assert lab.held() == {}
    site.content = qcow2()
    image = copy(lab, image_id)
    assert (image["stores"], image["os_hash_value"]) == ("local,web", site.digest("sha512"))


def test_the_quota_knows_what_is_elsewhere(lab: ImageLab, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stacklab.images.room._GIB", 2)
    image = add(lab, site)  # 19 bytes of 20
    assert image["status"] == "active"
    body = {"method": {"name": "copy-image"}, "stores": ["local"]}
    assert lab.api.post(f"/image/v2/images/{image['id']}/import", "admin", body).status == 413
    assert add(lab, site)["status"] == "queued"


def test_what_was_on_the_web_before_there_was_a_store_for_it(lab: ImageLab, site: Site) -> None:
    lab.settings.images.show_locations, lab.settings.images.web_store = True, ""
    lab.restart()
    image_id = lab.make()["id"]
    shown = lab.patch(image_id, {"op": "add", "path": "/locations/-", "value": {"url": site.url, "metadata": {}}}).json
    assert ("stores" in shown, shown["locations"]) == (False, [{"url": site.url, "metadata": {}}])
    lab.settings.images.web_store = "web"
    lab.restart()
    lab.service.sweep()
    assert lab.show(image_id)["stores"] == "web"
    assert copy(lab, image_id)["stores"] == "local,web"
