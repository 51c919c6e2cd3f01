"""The console over HTTP, with a fake cloud behind the same port, as in production."""

import asyncio
import importlib.util
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import uvicorn

from stacklab.console import app
from stacklab.core.settings import Settings

_spec = importlib.util.spec_from_file_location("fake_cloud", Path(__file__).with_name("fake_cloud.py"))
assert _spec
assert _spec.loader
fake_cloud = sys.modules.setdefault("fake_cloud", importlib.util.module_from_spec(_spec))
_spec.loader.exec_module(fake_cloud)


class Answer:
    def __init__(self, status: int, headers: list[tuple[str, str]], text: str) -> None:
        self.status, self.text = status, text
        self.headers = {name.lower(): value for name, value in headers}
        self.cookies = [value for name, value in headers if name.lower() == "set-cookie"]


class Visitor:
    """A browser without JavaScript: keeps cookies, fills forms with their token, follows nothing by itself."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.headers: dict[str, str] = {}

    def ask(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        sent = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), **self.headers, **(headers or {})}
        if body is not None:
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        answer = Answer(response.status, response.getheaders(), response.read().decode())
        connection.close()
        for cookie in answer.cookies:
            name, _, value = cookie.split(";")[0].partition("=")
            if "max-age=0" in cookie.lower() or value in ("", '""'):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def get(self, path: str, **more: Any) -> Answer:
        return self.ask("GET", path, **more)

    def token(self, path: str = "/login") -> str:
        found = re.search(r'name="form_token" value="([^"]+)"', self.get(path).text)
        assert found
        return found[1]

    def post(self, path: str, fields: dict[str, Any], token: str | None = None) -> Answer:
        given = self.token() if token is None else token
        return self.ask("POST", path, urlencode({"form_token": given, **fields}, doseq=True))

    def sign_up(self, email: str = "lin@example.org", password: str = "correct horse battery") -> Answer:
        return self.post("/join", {"email": email, "password": password})


class Site:
    """The running pair; `console` is the application, `cloud` the fake."""

    def __init__(self, state: Path, settings: Settings) -> None:
        self.cloud = fake_cloud.FakeCloud()
        self.state, self.settings = state, settings
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.console = app.create(settings, f"http://127.0.0.1:{self.port}", state)
        config = uvicorn.Config(self.cloud.app(self.console), log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        assert self._up.wait(10)

    async def _run(self) -> None:
        self._loop, self._down = asyncio.get_running_loop(), asyncio.Event()
        serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        while not self._server.started:
            await asyncio.sleep(0.001)
        self._up.set()
        await self._down.wait()
        await self.console.state.desk.close()
        self._server.should_exit = True
        await serving

    def run(self, call: Callable[[], Any]) -> None:
        """Run a function in the loop of the site."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(call)
        self._loop.call_soon_threadsafe(done.set)
        assert done.wait(5)

    def visitor(self) -> Visitor:
        return Visitor(self.port)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._down.set)
            self._thread.join(15)
        self._listener.close()


@pytest.fixture
def open_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    opened: list[Site] = []

    def start(state: Path | None = None, settings: Settings | None = None) -> Site:
        site = Site(state or tmp_path, settings or Settings())
        opened.append(site)
        return site

    yield start
    for site in opened:
        site.stop()


@pytest.fixture
def site(open_site: Callable[..., Site]) -> Site:
    return open_site()


@pytest.fixture
def visitor(site: Site) -> Visitor:
    return site.visitor()


@pytest.fixture
def lin(visitor: Visitor) -> Visitor:
    """Signed up and logged in."""
    assert visitor.sign_up().status == 303
    return visitor
