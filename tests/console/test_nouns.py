"""Key pairs, security groups, floating IPs, API access: what each form does and what it says."""

import re
from typing import Any

import pytest


def test_generate_import_delete_key_pairs(site: Any, lin: Any) -> None:
    lin.post("/keypairs", {"how": "new", "name": "one"}, lin.token("/keypairs"))
    assert "BEGIN FAKE KEY" in lin.get("/keypairs").text
    lin.post("/keypairs", {"how": "paste", "name": "two", "public_key": "ssh-ed25519 AAAA x"}, lin.token("/keypairs"))
    assert set(site.cloud.pairs) == {"one", "two"}
    answer = lin.post("/keypairs", {"how": "new", "name": "one"}, lin.token("/keypairs"))
    assert answer.status == 422
    assert "already have a key pair of this name" in answer.text
    lin.post("/keypairs/delete", {"name": "one"}, lin.token("/keypairs"))
    assert set(site.cloud.pairs) == {"two"}


@pytest.mark.parametrize("fields", [{"how": "new", "name": ""}, {"how": "paste", "name": "x", "public_key": ""}])
def test_key_pair_form_is_checked(site: Any, lin: Any, fields: dict[str, str]) -> None:
    assert lin.post("/keypairs", fields, lin.token("/keypairs")).status == 422
    assert not site.cloud.pairs


def new_group(site: Any, lin: Any) -> tuple[str, dict[str, Any]]:
    path = lin.post("/security-groups", {"name": "web"}, lin.token("/security-groups")).headers["location"]
    return path, site.cloud.groups[path.rsplit("/", 1)[1]]


def test_quick_rules(site: Any, lin: Any) -> None:
    path, group = new_group(site, lin)
    lin.post(path, {"do": "quick:SSH"}, lin.token(path))
    lin.post(path, {"do": "quick:Ping"}, lin.token(path))
    lin.post(path, {"do": "quick:HTTPS", "only_me": "on"}, lin.token(path))
    rules = [(r["protocol"], r["port_range_min"], r["remote_ip_prefix"]) for r in group["security_group_rules"]]
    assert rules == [("tcp", 22, "0.0.0.0/0"), ("icmp", None, "0.0.0.0/0"), ("tcp", 443, "127.0.0.1/32")]
    assert lin.get(path).text.count("open to anyone") == 2


def test_only_my_ip_replaces_the_open_rule(site: Any, lin: Any) -> None:
    path, group = new_group(site, lin)
    lin.post(path, {"do": "quick:SSH"}, lin.token(path))
    lin.post(path, {"do": f"mine:{group['security_group_rules'][0]['id']}"}, lin.token(path))
    assert [r["remote_ip_prefix"] for r in group["security_group_rules"]] == ["127.0.0.1/32"]


@pytest.mark.parametrize(
    ("ports", "source", "status"),
    [
        ("8080", "", 303),
        ("8000-8100", "10.0.0.0/8", 303),
        ("0", "", 422),
        ("9-1", "", 422),
        ("x", "", 422),
        ("1", "here", 422),
    ],
)
def test_typed_rules(site: Any, lin: Any, ports: str, source: str, status: int) -> None:
    path, group = new_group(site, lin)
    fields = {"do": "add", "protocol": "tcp", "ports": ports, "source": source}
    assert lin.post(path, fields, lin.token(path)).status == status
    assert len(group["security_group_rules"]) == (status == 303)


def test_group_that_is_gone(lin: Any) -> None:
    assert lin.get("/security-groups/00000000-0000-4000-8000-000000000000").status == 404


def test_floating_ips(site: Any, lin: Any) -> None:
    lin.post("/floating-ips", {"do": "allocate", "network": "net-pub"}, lin.token("/floating-ips"))
    (id,) = site.cloud.floating
    assert "10.88.0.10" in lin.get("/floating-ips").text
    lin.post("/floating-ips", {"do": f"release:{id}"}, lin.token("/floating-ips"))
    assert not site.cloud.floating


def test_credential_is_shown_once_with_its_files(site: Any, lin: Any) -> None:
    lin.post("/api", {"name": "laptop"}, lin.token("/api"))
    page = lin.get("/api").text
    assert "hush-hush" in page
    link = re.search(r'href="(/api/[^/]+)/clouds.yaml"', page)
    assert link
    clouds = lin.get(link[1] + "/clouds.yaml").text
    assert 'application_credential_secret: "hush-hush"' in clouds
    assert f'auth_url: "http://127.0.0.1:{site.port}/identity/v3"' in clouds
    assert "export OS_APPLICATION_CREDENTIAL_SECRET='hush-hush'" in lin.get(link[1] + "/openrc").text
    assert lin.get(link[1] + "/other").status == 404
    assert "hush-hush" not in lin.get("/api").text
    lin.post("/api/revoke", {"id": next(iter(site.cloud.credentials))}, lin.token("/api"))
    assert not site.cloud.credentials


def test_request_log_has_no_secrets(site: Any, lin: Any) -> None:
    lin.post("/api", {"name": "laptop"}, lin.token("/api"))
    lin.get("/api")
    page = lin.get("/api").text
    assert "application_credentials" in page
    assert "hush-hush" not in page
    assert "correct horse battery" not in page


def test_credential_for_some_calls_only(site: Any, lin: Any) -> None:
    fields = {"name": "watcher", "rules": "compute GET /v2.1/servers\n\nimage GET /v2/images/*"}
    lin.post("/api", fields, lin.token("/api"))
    (made,) = site.cloud.credentials.values()
    assert made["access_rules"][1] == {"service": "image", "method": "GET", "path": "/v2/images/*"}
    assert "compute GET /v2.1/servers" in lin.get("/api").text
    wrong = lin.post("/api", {"name": "x", "rules": "everything please"}, lin.token("/api"))
    assert wrong.status == 422
    assert "everything please" in wrong.text


def test_s3_keys_show_their_secret_once(site: Any, lin: Any) -> None:
    site.cloud.s3_keys["elsewhere"] = {"access": "elsewhere", "secret": "theirs", "tenant_id": "b" * 32}
    where = lin.post("/s3-keys", {}, lin.token("/s3-keys")).headers["location"]
    [key] = [key for key in site.cloud.s3_keys.values() if key["access"] != "elsewhere"]
    first, again = lin.get(where).text, lin.get(where).text
    assert first.count(key["secret"]) > 1
    assert "openstack ec2 credentials create" in first
    assert key["secret"] not in again
    assert key["access"] in again
    assert "elsewhere" not in again
    lin.post("/s3-keys", {"delete": key["access"]}, lin.token("/s3-keys"))
    assert set(site.cloud.s3_keys) == {"elsewhere"}
