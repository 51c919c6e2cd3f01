"""A token and the services its catalogue leads to, each called by the address that is written there."""

from typing import Any
from urllib.parse import urlsplit

from tests.support.client import Client


class Catalogue:
    """`Catalogue(token, body).get("compute", "/servers")`; `body` is the `token` object of the answer at log-in."""

    def __init__(self, token: str, body: Any, microversion: str = "2.37") -> None:
        self.urls: dict[str, str] = {
            service["type"]: endpoint["url"]
            for service in body["catalog"]
            for endpoint in service["endpoints"]
            if endpoint["interface"] == "public"
        }
        self._token, self._microversion = token, microversion

    def call(self, method: str, service: str, path: str, body: Any = None) -> Any:
        """The decoded answer. Raises Refused."""
        client, prefix = self._door(service)
        return client.call(method, f"{prefix}{path}", body)

    def get(self, service: str, path: str) -> Any:
        return self.call("GET", service, path)

    def post(self, service: str, path: str, body: Any) -> Any:
        return self.call("POST", service, path, body)

    def delete(self, service: str, path: str) -> Any:
        return self.call("DELETE", service, path)

    def one(self, service: str, path: str, collection: str, name: str) -> str:
        """The id of the one thing of this name in a list."""
        client, prefix = self._door(service)
        return client.one(f"{prefix}{path}", collection, name)

    def _door(self, service: str) -> tuple[Client, str]:
        url = urlsplit(self.urls[service])
        assert url.hostname, self.urls
        client = Client(url.hostname, url.port or 80, self._microversion)
        client.token = self._token
        return client, url.path
