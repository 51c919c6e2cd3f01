"""Which ranges are internal, from the kernel's routing table as it prints it."""

from pathlib import Path

import pytest

from stacklab.host.network import routes

TABLE = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0
eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth1\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0
eth1\t0000020A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
eth1\t0503A8C0\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0
sl-b1\t00004D0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""


def test_internal_ranges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the default route, not half the internet, not our bridge; 10.2.0.0/16 lies in 10.0.0.0/8."""
    monkeypatch.setattr(routes, "ROUTES", tmp_path / "route")
    (tmp_path / "route").write_text(TABLE)
    assert routes.internal_ranges({"sl-b1"}) == ["10.0.0.0/8", "192.168.1.0/24", "192.168.3.5/32"]
