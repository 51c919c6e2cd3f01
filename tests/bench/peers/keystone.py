"""A real Keystone 30 on loopback, as deployments run it: uwsgi with two processes, MariaDB, memcached, fernet tokens.

`make bench` installs it (requirements-keystone.lock, config/packages/bench.txt); everything it writes is in one folder.
"""

import os
import subprocess
import time
from pathlib import Path

import psutil

from tests.support.client import Client, until
from tests.support.ports import free_port

BIN = Path(".venv-keystone/bin").absolute()
PASSWORD = "adminpw"
_CONFIG = """
[DEFAULT]
public_endpoint = http://127.0.0.1:{port}
[database]
connection = mysql+pymysql://peer:peer@127.0.0.1:{database}/keystone
[cache]
enabled = true
backend = oslo_cache.memcache_pool
memcache_servers = 127.0.0.1:{memcached}
[token]
provider = fernet
[fernet_tokens]
key_repository = {folder}/fernet
[credential]
key_repository = {folder}/credential
[oslo_policy]
enforce_scope = true
[identity]
list_limit = 10000
"""


class Keystone:
    """`start()` makes its database the first time; `seconds` is how long the last start took to the first token."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.port, self._database, self._memcached = free_port(), free_port(), free_port()
        self.seconds = 0.0
        self._running: list[subprocess.Popen[bytes]] = []
        self._config = folder / "keystone.conf"
        self._config.write_text(
            _CONFIG.format(port=self.port, database=self._database, memcached=self._memcached, folder=folder)
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v3"

    @property
    def memcached(self) -> str:
        return f"127.0.0.1:{self._memcached}"

    def database(self, name: str) -> str:
        """The address of a new, empty database beside its own, for a service that stands on it."""
        grant = f"GRANT ALL ON {name}.* TO 'peer'@'127.0.0.1'; GRANT ALL ON {name}.* TO 'peer'@'localhost'"
        assert self._sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb3; {grant}") == 0
        return f"mysql+pymysql://peer:peer@127.0.0.1:{self._database}/{name}"

    def start(self) -> "Keystone":
        data = self.folder / "mariadb"
        if not data.exists():
            self._prepare(data)
        begun = time.perf_counter()
        self._start_stores(data)
        words = f"--http-socket 127.0.0.1:{self.port} --module keystone.wsgi.api:application --master --processes 2"
        tuning = "--threads 1 --enable-threads --lazy-apps --thunder-lock --buffer-size 65535 --listen 100"
        self._spawn(
            BIN / "uwsgi", *words.split(), *tuning.split(), "--die-on-term", "--add-header", "Connection: close"
        )
        until("Keystone's first token", self._answers, 120, 0.02)
        self.seconds = time.perf_counter() - begun
        return self

    def _prepare(self, data: Path) -> None:
        """The database, its schema, keys and administrator."""
        words = (
            f"mariadb-install-db --no-defaults --user=root --datadir={data} --auth-root-authentication-method=normal"
        )
        subprocess.run(words.split(), check=True, capture_output=True, timeout=120)
        self._start_stores(data)
        grant = "GRANT ALL ON keystone.* TO 'peer'@'127.0.0.1' IDENTIFIED BY 'peer'"
        self._sql(f"CREATE DATABASE keystone CHARACTER SET utf8mb3; {grant}; {grant.replace('127.0.0.1', 'localhost')}")
        self._manage("db_sync")
        for keys in ("fernet_setup", "credential_setup"):
            self._manage(keys, "--keystone-user", "root", "--keystone-group", "root")
        urls = [word for kind in ("admin", "internal", "public") for word in (f"--bootstrap-{kind}-url", self.url)]
        self._manage("bootstrap", "--bootstrap-password", PASSWORD, "--bootstrap-region-id", "RegionOne", *urls)
        self.stop()

    def _start_stores(self, data: Path) -> None:
        place = f"--user=root --datadir={data} --socket={data}.sock --bind-address=127.0.0.1 --port={self._database}"
        sizes = "--max-connections=1024 --innodb-buffer-pool-size=512M --innodb-flush-log-at-trx-commit=1"
        self._spawn("mariadbd", "--no-defaults", *place.split(), *sizes.split())
        self._spawn("memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", str(self._memcached), "-m", "256", "-t", "2")
        until("MariaDB", lambda: self._sql("SELECT 1", check=False) == 0, 60, 0.02)

    def _sql(self, words: str, check: bool = True) -> int:
        command = ["mariadb", "--no-defaults", "-uroot", f"--socket={self.folder}/mariadb.sock", "-e", words]
        return subprocess.run(command, check=check, capture_output=True, timeout=60).returncode

    def _manage(self, *words: str) -> None:
        command = [str(BIN / "keystone-manage"), "--config-file", str(self._config), *words]
        subprocess.run(command, check=True, capture_output=True, timeout=300)

    def _spawn(self, *words: str | Path) -> None:
        environ = {**os.environ, "OS_KEYSTONE_CONFIG_FILES": str(self._config)}
        log = (self.folder / f"{Path(words[0]).name}.log").open("ab")
        with log:
            self._running.append(subprocess.Popen([str(w) for w in words], stdout=log, stderr=log, env=environ))

    def _answers(self) -> bool:
        try:
            self.admin()
        except OSError:
            return False
        return True

    def admin(self) -> Client:
        return Client("127.0.0.1", self.port, identity="").login("admin", PASSWORD, "admin")

    def processes(self) -> list[int]:
        """Everything that serves: uwsgi's processes, MariaDB, memcached."""
        roots = [psutil.Process(process.pid) for process in self._running]
        return [p.pid for root in roots for p in (root, *root.children(recursive=True))]

    def stop(self) -> None:
        """In reverse: what asks the stores goes first."""
        for process in reversed(self._running):
            process.terminate()
            process.wait(60)
        self._running = []
