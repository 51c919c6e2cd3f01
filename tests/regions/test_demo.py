"""`stacklab demo`: three regions come up, know each other, go down together, and come up again as they were."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.support.client import Client, until
from tests.support.ports import free_port


def cards(port: int) -> dict[str, bool]:
    try:
        found = Client("127.0.0.1", port).get("/regions/v1/regions")["regions"]
    except OSError:
        return {}
    return {card["name"]: card["trusted"] for card in found if card["reachable"] and card["capacity"]}


def run(folder: Path, port: int) -> str:
    """Until all three are there; then Ctrl-C. What it said."""
    words = [sys.executable, "-m", "stacklab", "demo", "--state", str(folder), "--port", str(port)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as demo:
        try:
            wanted = {"RegionOne": True, "RegionTwo": True, "RegionThree": False}
            until("three regions", lambda: demo.poll() is not None or cards(port) == wanted, 90, 0.2)
            assert demo.poll() is None, demo.stdout and demo.stdout.read()
            assert demo.stdout
            said = [demo.stdout.readline() for _ in range(4)]
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)
    assert demo.returncode == 0
    return "".join(said)


def three_ports() -> int:
    """The first of three in a row that nobody listens on."""
    while True:
        port = free_port()
        try:
            for number in (port, port + 1, port + 2):
                socket.create_server(("127.0.0.1", number)).close()
        except (OSError, OverflowError):
            continue
        return port


def test_three_regions_twice(tmp_path: Path) -> None:
    port = three_ports()
    for _ in range(2):
        said = run(tmp_path / "demo", port)
        assert f"RegionThree  http://127.0.0.1:{port + 2}   lent" in said
        assert cards(port) == {}
