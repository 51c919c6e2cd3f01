"""Whatever a client sends, it is told what is wrong: no answer is the server's fault."""

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

V = "/network/v2.0"
NAMES = (
    "name", "description", "network_id", "fixed_ips", "security_groups", "device_id", "admin_state_up", "port_id",
    "floating_network_id", "floating_ip_address", "fixed_ip_address", "subnet_id", "security_group_id", "direction",
    "ethertype", "protocol", "port_range_min", "port_range_max", "remote_ip_prefix", "remote_group_id", "mac_address",
    "port", "floatingip", "check_limit", "tags", "dns_nameservers", "project_id", "tenant_id", "stateful",
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", "ingress", "IPv4", "tcp", "10.77.0.5", "::", "{lab}", "{port}", "{group}", "{public}"]),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(("ip_address", "subnet_id", "x")), inner, max_size=2),
    ),
    max_leaves=4,
)
BODIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)
WRITES = [
    ("POST", "ports", "port"), ("PUT", "ports/{port}", "port"), ("POST", "security-groups", "security_group"),
    ("PUT", "security-groups/{group}", "security_group"), ("POST", "security-group-rules", "security_group_rule"),
    ("POST", "floatingips", "floatingip"), ("PUT", "floatingips/{floating}", "floatingip"),
    ("PUT", "networks/{lab}", "network"), ("PUT", "subnets/{subnet}", "subnet"), ("PUT", "quotas/p", "quota"),
]  # fmt: skip
LISTS = ("networks", "subnets", "ports", "security-groups", "security-group-rules", "floatingips", "agents")
QUERY = st.lists(
    st.tuples(
        st.sampled_from(
            (
                *NAMES,
                "fields",
                "limit",
                "marker",
                "sort_key",
                "sort_dir",
                "page_reverse",
                "id",
                "created_at",
                "tags-any",
            )
        ),
        TEXTS,
    ),
    max_size=4,
)
LOOSE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, str):
        return names.get(value.strip("{}"), value) if value.startswith("{") else value
    if isinstance(value, dict):
        return {key: filled(each, names) for key, each in value.items()}
    return [filled(each, names) for each in value] if isinstance(value, list) else value


@pytest.fixture
def names(cloud: Any) -> dict[str, str]:
    port = cloud.make("ports", "admin")
    return {
        "lab": cloud.id_of("lab"),
        "public": cloud.id_of("public"),
        "port": port["id"],
        "subnet": port["fixed_ips"][0]["subnet_id"],
        "group": port["security_groups"][0],
        "floating": cloud.make("floatingips", "admin")["id"],
    }


@pytest.mark.parametrize(("method", "path", "key"), WRITES, ids=[f"{m} {p}" for m, p, _ in WRITES])
@LOOSE
@given(body=BODIES, persona=st.sampled_from(["admin", "member"]))
def test_bodies(
    cloud: Any, names: dict[str, str], method: str, path: str, key: str, body: dict[str, Any], persona: str
) -> None:
    answer = cloud.api.call(method, f"{V}/{path.format(**names)}", persona, {key: filled(body, names)})
    assert answer.status < 500, answer.raw
    assert answer.status < 300 or answer.json["NeutronError"]["message"]
    if answer.status < 300:
        cloud.service.apply_now()


@pytest.mark.parametrize("collection", LISTS)
@LOOSE
@given(query=QUERY)
def test_queries(cloud: Any, names: dict[str, str], collection: str, query: list[tuple[str, str]]) -> None:
    text = urlencode([(key, filled(value, names)) for key, value in query])
    answer = cloud.api.get(f"{V}/{collection}?{text}", "admin")
    assert answer.status in (200, 400, 404), answer.raw
