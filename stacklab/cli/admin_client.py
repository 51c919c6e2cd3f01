"""The running home's API, as its administrator: what a command that changes it speaks to."""

import http.client
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import click
import msgspec

_URL = re.compile(r"^\s+auth_url: (\S+)/identity/v3$", re.MULTILINE)
_PASSWORD = re.compile(r'^\s+password: "([^"]+)"$', re.MULTILINE)
Json = dict[str, Any]


class AdminClient:
    """Reads STATE/clouds.yaml. Raises ClickException where there is none, or the node does not answer."""

    def __init__(self, state: Path) -> None:
        file = state / "clouds.yaml"
        text = file.read_text() if file.exists() else ""
        url, password = _URL.search(text), _PASSWORD.search(text)
        if url is None or password is None:
            raise click.ClickException(f"{file} is not there, or not a home's: run this on the home node")
        self.url = url[1]
        self._headers = {"content-type": "application/json", "x-auth-token": self._login(password[1])}

    def _login(self, password: str) -> str:
        user = {"name": "admin", "domain": {"id": "default"}, "password": password}
        scope = {"project": {"name": "admin", "domain": {"id": "default"}}}
        auth = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
        answer, _body = self._exchange("POST", "/identity/v3/auth/tokens", auth, {"content-type": "application/json"})
        if answer.status != 201:
            raise click.ClickException(f"{self.url} does not accept the password in clouds.yaml")
        return answer.headers["x-subject-token"] or ""

    def call(self, method: str, path: str, body: Json | None = None) -> Any:
        """The decoded answer. Raises ClickException with the service's own words."""
        answer, found = self._exchange(method, path, body, self._headers)
        if answer.status >= 400:
            raise click.ClickException(found["error"]["message"] if found else f"{self.url} answers {answer.status}")
        return found

    def user(self, named: str) -> str:
        """The id of a user who is told by name in the default domain, or by id."""
        query = urlencode({"name": named, "domain_id": "default"})
        found = self.call("GET", f"/identity/v3/users?{query}")["users"]
        return str(found[0]["id"] if found else self.call("GET", f"/identity/v3/users/{named}")["user"]["id"])

    def _exchange(
        self, method: str, path: str, body: Json | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, Any]:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=30)
        try:
            connection.request(method, path, msgspec.json.encode(body) if body else None, headers)
            answer = connection.getresponse()
            raw = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise click.ClickException(f"{self.url} does not answer: is this node up? ({error})") from None
        finally:
            connection.close()
        return answer, msgspec.json.decode(raw) if raw else None
