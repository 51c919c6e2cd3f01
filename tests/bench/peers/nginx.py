"""nginx, one worker, sendfile, serving a folder: how fast files can leave this machine at all."""

import socket
import subprocess
from pathlib import Path

import psutil

from tests.support.client import until
from tests.support.ports import free_port

_CONFIG = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; user root;
events {{ worker_connections 512; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {files}; }}
}}
"""


class Nginx:
    """`start()`, then `base` is the address of the folder `files`."""

    def __init__(self, folder: Path, files: Path) -> None:
        folder.mkdir(parents=True)
        self.port = free_port()
        self._config = folder / "nginx.conf"
        self._config.write_text(_CONFIG.format(folder=folder, port=self.port, files=files))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Nginx":
        self._process = subprocess.Popen(["nginx", "-c", str(self._config)])
        until("nginx", self._answers, 20)
        return self

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def processes(self) -> list[int]:
        assert self._process
        root = psutil.Process(self._process.pid)
        return [process.pid for process in (root, *root.children(recursive=True))]

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(20)
            self._process = None
