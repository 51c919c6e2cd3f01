"""A real Swift 2.38 on loopback: one proxy, one account, container and object server, one replica, tempauth, memcached.

`make bench` installs it (requirements-swift.lock, config/packages/bench.txt); everything it writes is in one folder.
Swift reads /etc/swift/swift.conf always, so its servers run in a mount namespace where that is this folder.
"""

import http.client
import subprocess
import time
from pathlib import Path

import psutil

from tests.support.client import until
from tests.support.ports import free_port

BIN = Path(".venv-swift/bin").absolute()
KINDS = ("account", "container", "object")
_HASHES = """
[swift-hash]
swift_hash_path_prefix = peers
swift_hash_path_suffix = bench
[storage-policy:0]
name = gold
default = yes
"""
_DEFAULT = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 1
user = root
swift_dir = /etc/swift
log_level = WARNING
"""
_SERVER = (
    _DEFAULT
    + """
devices = {folder}/devices
mount_check = false
[pipeline:main]
pipeline = healthcheck {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
[filter:healthcheck]
use = egg:swift#healthcheck
"""
)
_FILTERS = (
    "catch_errors gatekeeper healthcheck proxy_logging memcache listing_formats bulk tempurl ratelimit tempauth copy "
    "container_quotas account_quotas slo dlo versioned_writes symlink"
)
_PROXY = (
    _DEFAULT
    + """
[pipeline:main]
pipeline = {filters} proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
"""
)
_OPTIONS = {
    "memcache": "memcache_servers = 127.0.0.1:{memcached}",
    "tempauth": "user_test_tester = testing .admin",
    "versioned_writes": "allow_versioned_writes = true\nallow_object_versioning = true",
}


class Swift:
    """`start()`, then `base` is the account's address and `token` good for it."""

    def __init__(self, folder: Path) -> None:
        (folder / "devices" / "disk").mkdir(parents=True)
        self.folder, self.port, self._memcached = folder, free_port(), free_port()
        self._ports = {kind: free_port() for kind in KINDS}
        self._running: list[subprocess.Popen[bytes]] = []
        self.token = ""
        self._configure()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/AUTH_test"

    def _configure(self) -> None:
        self._write("swift", _HASHES)
        for kind, port in self._ports.items():
            self._write(f"{kind}-server", _SERVER.format(kind=kind, port=port, folder=self.folder))
            ring = str(self.folder / f"{kind}.builder")
            for words in (f"create 8 1 1|add r1z1-127.0.0.1:{port}/disk 1|rebalance").split("|"):
                command = [str(BIN / "swift-ring-builder"), ring, *words.split()]
                subprocess.run(command, check=True, capture_output=True, timeout=60)
        filters = [
            f"[filter:{name}]\nuse = egg:swift#{name}\n{_OPTIONS.get(name, '').format(memcached=self._memcached)}"
            for name in _FILTERS.split()
        ]
        self._write("proxy-server", _PROXY.format(port=self.port, filters=_FILTERS) + "\n".join(filters))

    def _write(self, name: str, words: str) -> None:
        (self.folder / f"{name}.conf").write_text(words)

    def start(self) -> "Swift":
        Path("/etc/swift").mkdir(exist_ok=True)  # where this folder is mounted, in the servers' own namespace
        self._spawn("memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", str(self._memcached), "-m", "256")
        for kind in (*KINDS, "proxy"):
            server, conf = str(BIN / f"swift-{kind}-server"), str(self.folder / f"{kind}-server.conf")
            inside = 'mount --bind "$0" /etc/swift && exec "$@"'
            self._spawn("unshare", "-m", "sh", "-c", inside, str(self.folder), server, conf)
        until("Swift's first container", self._login, 120, 0.05)
        return self

    def _spawn(self, *words: str) -> None:
        with (self.folder / "log").open("ab") as log:
            self._running.append(subprocess.Popen(words, stdout=log, stderr=log))

    def _login(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/auth/v1.0", headers={"X-Auth-User": "test:tester", "X-Auth-Key": "testing"})
            answer = connection.getresponse()
            self.token = answer.headers.get("X-Auth-Token", "")
            answer.read()
            connection.request("PUT", "/v1/AUTH_test/ready", headers={"X-Auth-Token": self.token})
            made = connection.getresponse()  # 503 while the servers behind the proxy start
            made.read()
            return made.status in (201, 202)
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
            return False
        finally:
            connection.close()

    def processes(self) -> list[int]:
        roots = [psutil.Process(process.pid) for process in self._running]
        return [p.pid for root in roots for p in (root, *root.children(recursive=True))]

    def stop(self) -> None:
        for process in reversed(self._running):
            process.terminate()
            process.wait(60)
        self._running = []
