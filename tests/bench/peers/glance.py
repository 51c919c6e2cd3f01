"""A real Glance 33 on loopback, beside the Keystone that checks its tokens: uwsgi with two processes, the same MariaDB,
images in files.

`make bench` installs it (requirements-glance.lock, config/packages/bench.txt); everything it writes is in one folder.
"""

import os
import subprocess
from pathlib import Path

import psutil

from tests.bench.peers.keystone import Keystone
from tests.support.client import Client, Refused, until
from tests.support.ports import free_port

BIN = Path(".venv-glance/bin").absolute()
_PASSWORD = "svcpw"  # of Glance's own user in the Keystone of this run
_CONFIG = """
[DEFAULT]
enabled_backends = files:file
worker_self_reference_url = {url}
[glance_store]
default_backend = files
[files]
filesystem_store_datadir = {folder}/images
[os_glance_staging_store]
filesystem_store_datadir = {folder}/staging
[os_glance_tasks_store]
filesystem_store_datadir = {folder}/tasks
[database]
connection = {database}
[paste_deploy]
flavor = keystone
config_file = {paste}
[keystone_authtoken]
www_authenticate_uri = {keystone}
auth_url = {keystone}
auth_type = password
project_domain_id = default
user_domain_id = default
project_name = service
username = glance
password = {password}
memcached_servers = {memcached}
[oslo_concurrency]
lock_path = {folder}
"""


class Glance:
    """`start()`, then `url` is where it answers and `keystone.admin()` who may ask. `keystone` runs already."""

    def __init__(self, folder: Path, keystone: Keystone) -> None:
        for name in ("images", "staging", "tasks"):
            (folder / name).mkdir(parents=True)
        self.folder, self.keystone, self.port = folder, keystone, free_port()
        self._server: subprocess.Popen[bytes] | None = None
        self._config = folder / "glance-api.conf"
        paste = BIN.parent / "etc" / "glance" / "glance-api-paste.ini"
        self._config.write_text(
            _CONFIG.format(
                url=self.url,
                folder=folder,
                paste=paste,
                database=keystone.database("glance"),
                keystone=keystone.url,
                password=_PASSWORD,
                memcached=keystone.memcached,
            )
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Glance":
        self._introduce(self.keystone.admin())
        manage = [str(BIN / "glance-manage"), "--config-file", str(self._config), "db_sync"]
        subprocess.run(manage, check=True, capture_output=True, timeout=300)
        words = f"--http-socket 127.0.0.1:{self.port} --module glance.wsgi.api:application --master --processes 2"
        tuning = "--threads 1 --enable-threads --lazy-apps --thunder-lock --buffer-size 65535 --listen 100"
        more = ["--die-on-term", "--add-header", "Connection: close"]
        environ = {**os.environ, "OS_GLANCE_CONFIG_DIR": str(self.folder)}
        with (self.folder / "uwsgi.log").open("ab") as log:
            command = [str(BIN / "uwsgi"), *words.split(), *tuning.split(), *more]
            self._server = subprocess.Popen(command, stdout=log, stderr=log, env=environ)
        until("Glance's first answer", self._answers, 120, 0.1)
        return self

    def _introduce(self, admin: Client) -> None:
        """Glance's own user, with the right to have tokens checked."""
        project = admin.post("/v3/projects", {"project": {"name": "service", "domain_id": "default"}})["project"]["id"]
        user = {"name": "glance", "password": _PASSWORD, "domain_id": "default"}
        user_id = admin.post("/v3/users", {"user": user})["user"]["id"]
        role = admin.get("/v3/roles?name=admin")["roles"][0]["id"]
        admin.put(f"/v3/projects/{project}/users/{user_id}/roles/{role}", None)

    def _answers(self) -> bool:
        client = Client("127.0.0.1", self.port)
        client.token = self.keystone.admin().token
        try:
            return "images" in client.get("/v2/images")
        except (OSError, Refused):
            return False

    def processes(self) -> list[int]:
        """Everything that serves: Glance's and what it asks."""
        assert self._server
        root = psutil.Process(self._server.pid)
        return [root.pid, *(child.pid for child in root.children(recursive=True)), *self.keystone.processes()]

    def stop(self) -> None:
        if self._server:
            self._server.terminate()
            self._server.wait(60)
