"""The name a port has in DNS and DHCP when nobody gave it one: Neutron derives it from the address."""


def hostname(ip: str) -> str:
    """`10.77.0.5` → `host-10-77-0-5`."""
    return "host-" + ip.replace(".", "-").replace(":", "-")
