"""network_data.json: the cards, addresses, routes and name servers of an instance, as cloud-init reads them."""

from stacklab.host.metadata.spec import InstanceFacts, NicFacts

Json = dict[str, object]


def network_data(facts: InstanceFacts) -> Json:
    """One link and one static IPv4 network a card; all name servers again at the top, as Nova lists them."""
    servers = list(dict.fromkeys(server for nic in facts.nics for server in nic.dns))
    return {
        "links": [_link(nic) for nic in facts.nics],
        "networks": [_network(number, nic) for number, nic in enumerate(facts.nics)],
        "services": [_name_server(server) for server in servers],
    }


def _link(nic: NicFacts) -> Json:
    return {
        "id": _link_id(nic),
        "vif_id": nic.port_id,
        "type": "bridge",
        "mtu": nic.mtu,
        "ethernet_mac_address": nic.mac,
    }


def _network(number: int, nic: NicFacts) -> Json:
    routes = [{"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": nic.gateway}] if nic.gateway else []  # noqa: S104
    return {
        "id": f"network{number}",
        "type": "ipv4",
        "link": _link_id(nic),
        "ip_address": nic.address,
        "netmask": nic.netmask,
        "routes": routes,
        "network_id": nic.network_id,
        "services": [_name_server(server) for server in nic.dns],
    }


def _link_id(nic: NicFacts) -> str:
    """The tap's name; the rule of tap names is the network floor's, so a fact without one gets the port's id."""
    return nic.tap or f"tap{nic.port_id[:11]}"


def _name_server(address: str) -> Json:
    return {"type": "dns", "address": address}
