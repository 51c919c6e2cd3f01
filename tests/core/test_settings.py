"""Every setting is documented, typed, settable in the environment, and an unknown one is named."""

import tomllib
from pathlib import Path

import msgspec
import pytest

from stacklab.core.settings import Settings, SettingsError, load

DOCUMENTED = Path("config/stacklab.toml")


def test_the_file_shows_every_setting_with_its_default() -> None:
    assert tomllib.loads(DOCUMENTED.read_text()) == msgspec.to_builtins(Settings())


def test_every_section_has_sentences() -> None:
    for block in DOCUMENTED.read_text().split("\n[")[1:]:
        assert "# " in block


def test_order_of_precedence(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text("[node]\nregion = 'file'\nworkers = 3\nlog_level = 'debug'\n")
    found = load(file, {"STACKLAB_NODE_REGION": "environment", "STACKLAB_NODE_WORKERS": "5"}, node_region="line")
    assert (found.node.region, found.node.workers, found.node.log_level) == ("line", 5, "debug")


@pytest.mark.parametrize(
    ("text", "environ", "named"),
    [
        ("[node]\nregoin = 'x'\n", {}, "regoin"),
        ("[nodes]\nregion = 'x'\n", {}, "nodes"),
        ("[node]\nworkers = 'many'\n", {}, "workers"),
        ("", {"STACKLAB_NODE_REGOIN": "x"}, "STACKLAB_NODE_REGOIN"),
        ("", {"STACKLAB_QUOTA_CORES": "lots"}, "cores"),
        ("[node\n", {}, "s.toml"),
        ("", {"STACKLAB_NODE_LOG_LEVEL": "loud"}, "log_level"),
        ("", {"STACKLAB_NODE_WORKERS": "0"}, "workers"),
        ("", {"STACKLAB_COMPUTE_HYPERVISOR": "xen"}, "hypervisor"),
        ("", {"STACKLAB_COMPUTE_CPU_RATIO": "0"}, "cpu_ratio"),
        ("", {"STACKLAB_NETWORK_LAB_CIDR": "10.1.1.1/24"}, "lab_cidr"),
        ("", {"STACKLAB_NETWORK_PUBLIC_CIDR": "fd00::/64"}, "public_cidr"),
        ("", {"STACKLAB_NETWORK_PUBLIC_CIDR": "10.77.8.0/24"}, "overlap"),
        ("", {"STACKLAB_NETWORK_LAB_CIDR": "10.77.0.0/31"}, "lab_cidr"),
        ("", {"STACKLAB_NETWORK_DNS": "ns.example.org"}, "ns.example.org"),
        ("", {"STACKLAB_QUOTA_CORES": "-2"}, "cores"),
        ("", {"STACKLAB_OBJECTS_TEMPURL_DIGESTS": "sha256,md5"}, "md5"),
        ("", {"STACKLAB_OBJECTS_POLICIES": "gold,Gold"}, "policies"),
        ("", {"STACKLAB_OBJECTS_POLICIES": ""}, "policies"),
        ("", {"STACKLAB_OBJECTS_CONTAINER_RATELIMITS": "100:5,50:3"}, "container_ratelimits"),
        ("", {"STACKLAB_OBJECTS_LISTING_RATELIMITS": "many:5"}, "listing_ratelimits"),
        ("", {"STACKLAB_IMAGES_STORES": "/mnt"}, "STACKLAB_IMAGES_STORES"),
        ("", {"STACKLAB_IMAGES_STORES": '[{ name = "local", path = "/a" }]'}, "local"),
        ("", {"STACKLAB_IMAGES_STORES": '[{ name = "a,b", path = "/a" }]'}, "a,b"),
        ("", {"STACKLAB_IMAGES_STORES": '[{ name = "os_glance_tasks", path = "/a" }]'}, "os_glance_tasks"),
        ("", {"STACKLAB_IMAGES_STORES": '[{ name = "a", path = "a" }]'}, "absolute"),
        ("", {"STACKLAB_IMAGES_STORES": '[{ name = "a", path = "/a" }, { name = "b", path = "/a" }]'}, "same path"),
        ("", {"STACKLAB_IMAGES_WEB_STORE": "local"}, "same name"),
        ("", {"STACKLAB_IMAGES_WEB_STORE": "the web"}, "web_store"),
        ("", {"STACKLAB_IMAGES_DEFAULT_STORE": "web", "STACKLAB_IMAGES_WEB_STORE": "web"}, "default_store"),
    ],
)
def test_a_bad_setting_is_named(tmp_path: Path, text: str, environ: dict[str, str], named: str) -> None:
    file = tmp_path / "s.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=named):
        load(file, environ)


def test_a_list_in_the_environment_is_comma_separated() -> None:
    assert load(None, {"STACKLAB_NETWORK_DNS": "192.0.2.1, 192.0.2.2"}).network.dns == ["192.0.2.1", "192.0.2.2"]


def test_tables_are_set_in_the_environment_as_in_the_file() -> None:
    given = '[{ name = "archive", path = "/mnt/images", weight = 7 }]'
    (store,) = load(environ={"STACKLAB_IMAGES_STORES": given}).images.stores
    assert (store.name, store.path, store.description, store.weight) == ("archive", "/mnt/images", "", 7)
