"""Pages of other sites: what a browser asks ahead of a request, and what it lets a page see of the answer."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.client import Client

APP, OTHER, STRANGE = "https://app.example", "https://other.example", "https://strange.example"


@pytest.fixture
def client(site: Any) -> Client:
    return Client(site.node.host, site.node.port)


@pytest.fixture(scope="module", autouse=True)
def bucket(site: Any) -> None:
    """Whose own rules let one of the two pages see answers."""
    site.client().create_bucket(Bucket="pages")
    site.client().put_object(Bucket="pages", Key="k", Body=b"hello", Metadata={"colour": "red"})
    rules = {"x-container-meta-access-control-allow-origin": APP}
    path = f"/object-store/v1/AUTH_{site.project}/pages"
    assert site.node.admin().raw("POST", path, b"", rules)[0] == 204


def link(s3: Any, key: str) -> str:
    url = urlsplit(s3.generate_presigned_url("get_object", Params={"Bucket": "pages", "Key": key}))
    return f"{url.path}?{url.query}"


@pytest.mark.parametrize("origin", [APP, OTHER])
@pytest.mark.parametrize("signed", ["header", "query"])
def test_what_is_asked_ahead(client: Client, s3: Any, origin: str, signed: str) -> None:
    asked = {"origin": origin, "access-control-request-method": "PUT"}
    if signed == "header":
        asked["access-control-request-headers"] = "Authorization, X-Amz-Date"
    status, told, body = client.raw("OPTIONS", "/pages/k" if signed == "header" else link(s3, "k"), None, asked)
    assert (status, body) == (200, b"")
    assert told["access-control-allow-origin"] == origin
    assert "PUT" in told["access-control-allow-methods"]
    assert told.get("access-control-allow-headers", "") == ("authorization, x-amz-date" if signed == "header" else "")


def test_what_a_strange_page_asks_ahead(client: Client) -> None:
    asked = {"origin": STRANGE, "access-control-request-headers": "authorization"}
    status, told, _body = client.raw("OPTIONS", "/pages/k", None, asked)
    assert status == 401
    assert "access-control-allow-origin" not in told


def test_a_page_sees_what_the_bucket_lets_it(client: Client, s3: Any) -> None:
    status, told, body = client.raw("GET", link(s3, "k"), None, {"origin": APP})
    assert (status, body) == (200, b"hello")
    assert told["access-control-allow-origin"] == APP
    assert {"etag", "x-amz-meta-colour"} <= set(told["access-control-expose-headers"].split(", "))
    status, told, _body = client.raw("GET", link(s3, "k"), None, {"origin": OTHER})
    assert status == 200
    assert "access-control-allow-origin" not in told


def test_swifts_own_paths_stay_swifts(client: Client, site: Any) -> None:
    asked = {"origin": OTHER, "access-control-request-method": "GET", "access-control-request-headers": "authorization"}
    status, _told, _body = client.raw("OPTIONS", f"/object-store/v1/AUTH_{site.project}/pages/k", None, asked)
    assert status == 401
