"""What dnsmasq is told."""

from pathlib import Path

from stacklab.host.network.dhcp import arguments, hosts_file, names_file
from stacklab.host.network.plan import NetworkNeed, PortNeed, SubnetPlan

SERVED = SubnetPlan("10.0.0.0/24", "10.0.0.1")
SILENT = SubnetPlan("10.1.0.0/24", "10.1.0.1", dhcp=False)
NAMED = SubnetPlan("10.2.0.0/23", "10.2.0.1", dns=("9.9.9.9", "2620:fe::fe", "1.1.1.1"))
NETWORK = NetworkNeed("n", "sl-b1", 1400, (SERVED, SILENT, NAMED))


def port(*addresses: str) -> PortNeed:
    return PortNeed("p", "sl-t1", "n", "52:54:00:00:00:01", addresses, "vm", ())


def test_each_subnet_has_its_own_options() -> None:
    line = arguments(NETWORK, Path("/state"), "nobody")
    assert "--dhcp-range=set:s0,10.0.0.0,static,255.255.255.0,86400" in line
    assert "--dhcp-range=set:s2,10.2.0.0,static,255.255.254.0,86400" in line
    assert not [option for option in line if "s1" in option or "10.1." in option]
    assert "--dhcp-option=tag:s0,option:dns-server,10.0.0.1" in line
    assert "--dhcp-option=tag:s2,option:dns-server,9.9.9.9,1.1.1.1" in line
    assert "--dhcp-option-force=option:mtu,1400" in line


def test_the_metadata_route_and_the_default_route_come_together() -> None:
    routes = "169.254.169.254/32,10.0.0.1,0.0.0.0/0,10.0.0.1"
    assert f"--dhcp-option=tag:s0,option:classless-static-route,{routes}" in arguments(
        NETWORK, Path("/state"), "nobody"
    )


def test_a_port_is_offered_its_first_address_with_dhcp() -> None:
    assert hosts_file(NETWORK, [port("10.1.0.9", "10.2.1.9", "10.0.0.9")]) == "52:54:00:00:00:01,10.2.1.9,vm\n"
    assert hosts_file(NETWORK, [port("10.1.0.9"), port()]) == ""


def test_every_address_has_a_name() -> None:
    assert names_file([port("10.0.0.9", "10.1.0.9")]) == (
        "10.0.0.9 vm.stacklab.internal vm\n10.1.0.9 vm.stacklab.internal vm\n"
    )
