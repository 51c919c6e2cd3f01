"""GET / and GET /v3: the version, and the list of resources for who asks for that."""

from typing import Any

import pytest

from tests.support.api import Answer
from tests.support.identity_cloud import Cloud

REL = "https://docs.openstack.org/api/openstack-identity/3"


def ask(cloud: Cloud, path: str, accept: str) -> Answer:
    return cloud.api.get(f"/identity{path}", headers={"accept": accept})


def home(cloud: Cloud, path: str) -> dict[str, Any]:
    answer = ask(cloud, path, "application/json-home")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json-home")
    return dict(answer.json["resources"])


@pytest.mark.parametrize(("at", "root_at"), [("/v3", "/"), ("/v3/", "")])
def test_the_version(shared_cloud: Cloud, at: str, root_at: str) -> None:
    shown = ask(shared_cloud, at, "application/json").json["version"]
    assert (shown["id"], shown["status"]) == ("v3.14", "stable")
    assert shown["links"] == [{"rel": "self", "href": "http://cloud.test/identity/v3/"}]
    root = ask(shared_cloud, root_at, "*/*")
    assert (root.status, root.headers["location"]) == (300, "http://cloud.test/identity/v3/")
    assert root.json == {"versions": {"values": [shown]}}


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html", "application/json"),
        ("application/json-home", "application/json-home"),
        ("application/json, application/json-home", "application/json"),
        ("application/json;q=0.5, application/json-home", "application/json-home"),
        ("application/json-home;q=0.2, */*;q=0.1", "application/json-home"),
        ("application/json-home;q=wrong", "application/json"),
    ],
)
def test_who_gets_which(shared_cloud: Cloud, accept: str, media: str) -> None:
    assert ask(shared_cloud, "/v3", accept).headers["content-type"] == media


def test_the_list_of_resources(shared_cloud: Cloud) -> None:
    found = home(shared_cloud, "/v3")
    assert found[f"{REL}/rel/auth_tokens"] == {"href": "/auth/tokens"}
    assert found[f"{REL}/rel/implied_role"] == {
        "href-template": "/roles/{prior_role_id}/implies/{implied_role_id}",
        "href-vars": {"prior_role_id": f"{REL}/param/role_id", "implied_role_id": f"{REL}/param/role_id"},
    }
    trust = found[f"{REL}/ext/OS-TRUST/1.0/rel/trust"]
    assert trust["href-vars"] == {"trust_id": f"{REL}/ext/OS-TRUST/1.0/param/trust_id"}
    assert found[f"{REL}/rel/limits"]["hints"] == {"status": "experimental"}
    assert home(shared_cloud, "/")[f"{REL}/rel/auth_tokens"] == {"href": "/v3/auth/tokens"}


def test_it_lists_nothing_that_is_not_there(shared_cloud: Cloud) -> None:
    for resource in home(shared_cloud, "/").values():
        path = resource.get("href") or resource["href-template"].replace("{", "").replace("}", "")
        assert shared_cloud.call("PURGE", path, "admin").status == 405
    assert not [relation for relation in home(shared_cloud, "/v3") if "FEDERATION" in relation or "OAUTH2" in relation]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v3/OS-FEDERATION/projects"),
        ("GET", "/v3/OS-FEDERATION/identity_providers"),
        ("POST", "/v3/auth/OS-FEDERATION/saml2"),
        ("POST", "/v3/OS-OAUTH2/token"),
    ],
)
def test_what_we_do_not_have_is_not_found(shared_cloud: Cloud, method: str, path: str) -> None:
    assert shared_cloud.call(method, path, "admin").status == 404
