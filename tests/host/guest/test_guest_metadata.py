"""Without a config drive the guest asks the metadata service: in OpenStack's form, and where that fails in EC2's."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support import guest_vm

pytestmark = pytest.mark.host


def openstack_tree(key: Path) -> dict[str, bytes]:
    return {
        "/openstack/latest/meta_data.json": guest_vm.meta_data(key),
        "/openstack/latest/user_data": guest_vm.USER_DATA.encode(),
    }


def ec2_tree(key: Path) -> dict[str, bytes]:
    return {
        "/latest/meta-data/instance-id": b"i-00000001",
        "/latest/meta-data/hostname": b"first-guest.stacklab.test",
        "/latest/meta-data/public-keys/": b"0=tester",
        "/latest/meta-data/public-keys/0/openssh-key": key.with_suffix(".pub").read_bytes(),
        "/latest/user-data": guest_vm.USER_DATA.encode(),
    }


@contextmanager
def served(tree: dict[str, bytes]) -> Iterator[int]:
    """The tree over HTTP on a port of the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = tree.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_words: object) -> None:
            """Quiet: pytest's output is for failures."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("source", "tree"), [("openstack", openstack_tree), ("ec2", ec2_tree)])
def test_guest_is_who_the_service_says(tmp_path: Path, source: str, tree: object) -> None:
    assert callable(tree)
    key = guest_vm.make_key(tmp_path)
    with (
        served(tree(key)) as port,
        guest_vm.booted(tmp_path, key, network=guest_vm.metadata_network(port)) as guest,
    ):
        assert guest.trace()["metadata"][1] == f"{source} hostname=first-guest keys=1"
        assert guest.ssh("hostname; cat /var/lib/user-data-ran") == "first-guest\nseen by root"


def test_user_data_runs_once_in_a_life(tmp_path: Path) -> None:
    key = guest_vm.make_key(tmp_path)
    with guest_vm.booted(tmp_path, key, *guest_vm.config_drive(tmp_path, key)) as guest:
        guest.ssh("sudo rm /var/lib/user-data-ran; echo kept >note; sync; (sleep 0.2; sudo reboot) >/dev/null 2>&1 &")
        guest.wait_for(r"boot finished[\s\S]*boot finished", 60)
        assert guest.ssh("cat note; ls /var/lib/user-data-ran 2>&1 || echo not again").endswith("not again")
        assert guest.console.count("hello from user-data") == 1
