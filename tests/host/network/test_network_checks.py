"""What the driver says of a machine that lacks something."""

import shutil
from pathlib import Path

import pytest

from stacklab.host.network import checks, nft, sysctl
from stacklab.host.network.plan import NetworkError


@pytest.fixture
def switches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A /proc/sys/net of our own, without br_netfilter, and no modprobe to bring it."""
    monkeypatch.setattr(sysctl, "ROOT", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None if name == "modprobe" else f"/bin/{name}")
    (tmp_path / "ipv4").mkdir()
    (tmp_path / "ipv4" / "ip_forward").write_text("0")
    return tmp_path


def test_without_br_netfilter_it_refuses(switches: Path) -> None:
    assert any("modprobe br_netfilter" in sentence for sentence in checks.missing())
    with pytest.raises(NetworkError, match="modprobe br_netfilter"):
        checks.require_bridge_filter()


def test_with_br_netfilter_it_does_not(switches: Path) -> None:
    (switches / "bridge").mkdir()
    (switches / "bridge" / "bridge-nf-call-iptables").write_text("1")
    checks.require_bridge_filter()


def test_missing_programs_are_named_with_what_mends_it(switches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)
    monkeypatch.setattr(nft, "library", lambda: None)
    sentences = checks.missing()
    assert any("apt-get install dnsmasq-base" in sentence for sentence in sentences)
    assert any("apt-get install nftables" in sentence for sentence in sentences)


@pytest.mark.host
def test_a_kernel_that_refuses_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(commands: str) -> None:
        raise NetworkError("nftables refused: Operation not supported")

    monkeypatch.setattr(nft, "commit", refuse)
    assert checks.missing() == ["This kernel lacks a feature of nftables: nftables refused: Operation not supported."]


def test_switches_are_written_when_they_differ(switches: Path) -> None:
    sysctl.ensure("ipv4/ip_forward", "1")
    assert sysctl.read("ipv4/ip_forward") == "1"
    sysctl.ensure("ipv6/conf/none/disable_ipv6", "1")
    assert sysctl.read("ipv6/conf/none/disable_ipv6") is None
