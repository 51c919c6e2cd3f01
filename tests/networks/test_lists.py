"""Lists: filters, fields, sorting and pages, as Neutron's clients use them."""

from typing import Any
from urllib.parse import urlsplit

import pytest

V = "/network/v2.0"


@pytest.fixture
def ports(cloud: Any) -> list[dict[str, Any]]:
    """Five ports: p0 … p4, two of them for a device, one switched off."""
    made = []
    for number in range(5):
        more = {"device_id": "d"} if number < 2 else {}
        made.append(
            cloud.make("ports", name=f"p{number}", admin_state_up=number != 4, description=f"{number % 2}", **more)
        )
    return made


def names(listed: list[dict[str, Any]]) -> list[str]:
    return sorted(each["name"] for each in listed)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=p1", ["p1"]),
        ("name=p1&name=p3", ["p1", "p3"]),
        ("name=p1&device_id=d", ["p1"]),
        ("name=p3&device_id=d", []),
        ("device_id=", ["p2", "p3", "p4"]),
        ("admin_state_up=False", ["p4"]),
        ("admin_state_up=true&description=1", ["p1", "p3"]),
        ("status=DOWN", ["p0", "p1", "p2", "p3", "p4"]),
        ("status=ACTIVE", []),
        ("project_id=0123456789abcdef0123456789abcde0&tenant_id=0123456789abcdef0123456789abcde0&name=p0", ["p0"]),
        ("revision_number=1&name=p2", ["p2"]),
        ("name=P1", []),
    ],
)
def test_filters(cloud: Any, ports: list[dict[str, Any]], query: str, found: list[str]) -> None:
    assert names(cloud.list("ports", query)) == found


def test_ports_by_address_and_by_group(cloud: Any, ports: list[dict[str, Any]]) -> None:
    fixed = ports[2]["fixed_ips"][0]
    assert names(cloud.list("ports", f"fixed_ips=ip_address%3D{fixed['ip_address']}")) == ["p2"]
    both = f"fixed_ips=ip_address%3D{fixed['ip_address']}&fixed_ips=subnet_id%3D{fixed['subnet_id']}"
    assert names(cloud.list("ports", both)) == ["p2"]
    assert len(cloud.list("ports", "fixed_ips=ip_address_substr%3D10.77.")) == 5
    group = cloud.make("security-groups", name="g")["id"]
    cloud.api.put(f"{V}/ports/{ports[3]['id']}", "member", {"port": {"security_groups": [group]}})
    assert names(cloud.list("ports", f"security_groups={group}")) == ["p3"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("colour=red", "['colour'] is invalid attribute for filtering"),
        ("admin_state_up=perhaps", "'perhaps' cannot be converted to boolean"),
        ("revision_number=one", "'one' is not an integer"),
        ("revision_number=--1", "'--1' is not an integer"),
        ("revision_number=99999999999999999999", "is not an integer"),
        ("created_at=yesterday", "'yesterday' is not a valid time"),
        ("limit=-1", "Limit must be an integer 0 or greater and not '-1'"),
        ("limit=ten", "Limit must be an integer 0 or greater and not 'ten'"),
        ("sort_key=name&sort_dir=up", "valid value is 'asc' and 'desc'"),
        ("sort_key=name&sort_key=id&sort_dir=asc", "The number of sort_keys and sort_dirs must be same"),
        ("sort_key=colour", "['colour'] is invalid attribute for sort_keys"),
        ("fixed_ips=10.77.0.5", "is not one of ip_address="),
        ("page_reverse=perhaps", "cannot be converted to boolean"),
    ],
)
def test_bad_queries_say_what_is_wrong(cloud: Any, refused: Any, query: str, words: str) -> None:
    assert words in refused(cloud.api.get(f"{V}/ports?{query}", "member"), 400, "HTTPBadRequest")


def test_an_unknown_marker_is_not_found(cloud: Any, refused: Any) -> None:
    refused(cloud.api.get(f"{V}/ports?limit=1&marker=nobody", "member"), 404, "PortNotFound")


def test_fields(cloud: Any, ports: list[dict[str, Any]]) -> None:
    assert cloud.list("ports", "name=p1&fields=id&fields=name&fields=colour") == [{"id": ports[1]["id"], "name": "p1"}]
    answer = cloud.api.get(f"{V}/ports/{ports[0]['id']}?fields=status", "member")
    assert answer.json == {"port": {"status": "DOWN"}}


def test_sorting_by_several_keys(cloud: Any, ports: list[dict[str, Any]]) -> None:
    listed = cloud.list("ports", "sort_key=description&sort_key=name&sort_dir=desc&sort_dir=asc")
    assert [each["name"] for each in listed] == ["p1", "p3", "p0", "p2", "p4"]


def test_without_sorting_the_order_is_by_id(cloud: Any, ports: list[dict[str, Any]]) -> None:
    listed = [each["id"] for each in cloud.list("ports")]
    assert listed == sorted(listed)


@pytest.mark.parametrize("sorting", ["", "&sort_key=description&sort_dir=desc", "&sort_key=name"])
@pytest.mark.parametrize("limit", [1, 2, 3, 5, 7])
def test_pages_forward_and_back_are_the_whole_list(
    cloud: Any, ports: list[dict[str, Any]], limit: int, sorting: str
) -> None:
    whole = [each["id"] for each in cloud.list("ports", sorting)]
    seen: list[str] = []
    url = f"{V}/ports?limit={limit}{sorting}"
    while url:
        page = cloud.api.get(url, "member").json
        seen += [each["id"] for each in page["ports"]]
        url = link(page, "next")
    assert seen == whole
    back: list[str] = []
    url = f"{V}/ports?limit={limit}{sorting}&page_reverse=True"
    while url:
        page = cloud.api.get(url, "member").json
        back = [each["id"] for each in page["ports"]] + back
        url = link(page, "previous")
    assert back == whole


def link(page: dict[str, Any], rel: str) -> str:
    found = {each["rel"]: each["href"] for each in page.get("ports_links", [])}
    parts = urlsplit(found.get(rel, ""))
    assert not parts.netloc or parts.netloc == "cloud.test"
    return f"{parts.path}?{parts.query}" if parts.path else ""


def test_a_limit_beyond_any_number_is_no_limit(cloud: Any, ports: list[dict[str, Any]]) -> None:
    answer = cloud.api.get(f"{V}/ports?limit={'9' * 5000}", "member")
    assert {port["id"] for port in answer.json["ports"]} == {port["id"] for port in ports}


def test_no_limit_no_links(cloud: Any, ports: list[dict[str, Any]]) -> None:
    assert list(cloud.api.get(f"{V}/ports", "member").json) == ["ports"]
    assert len(cloud.list("ports", "limit=0")) == 5


def test_networks_by_what_they_are(cloud: Any) -> None:
    assert names(cloud.list("networks", "router:external=True")) == ["public"]
    assert names(cloud.list("networks", "shared=True&router:external=False")) == ["lab"]
    assert names(cloud.list("subnets", "ip_version=4&enable_dhcp=True")) == ["lab-subnet"]
    assert names(cloud.list("subnets", "ip_version=6")) == []
    provider = cloud.list("networks", "name=public", "admin")[0]
    assert provider["provider:network_type"] == "flat"
    assert "provider:network_type" not in cloud.list("networks", "name=public")[0]


def test_a_sort_key_given_again_and_again_costs_nothing(cloud: Any, ports: list[dict[str, Any]]) -> None:
    """Each one was a column and a condition as long as all before it: five hundred held the node for minutes."""
    again = "&".join(["sort_key=description", "sort_key=name", *["sort_key=description"] * 3000])
    listed = [port["name"] for port in cloud.list("ports", again)]
    assert listed == ["p0", "p2", "p4", "p1", "p3"]
    rest = cloud.list("ports", f"{again}&limit=5&marker={ports[4]['id']}")
    assert [port["name"] for port in rest] == ["p1", "p3"]


def test_another_project_s_port_is_no_marker(cloud: Any, refused: Any) -> None:
    """Where one's own ports stand beside it would tell its name, its address, its server."""
    theirs = cloud.make("ports", "other", name="m")
    refused(cloud.api.get(f"{V}/ports?sort_key=name&marker={theirs['id']}", "member"), 404, "PortNotFound")


def test_too_many_addresses_to_look_for_are_refused(cloud: Any, refused: Any) -> None:
    many = "&".join(f"fixed_ips=ip_address%3D{number}" for number in range(1200))
    refused(cloud.api.get(f"{V}/ports?{many}", "member"), 400, "HTTPBadRequest")
